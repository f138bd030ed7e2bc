#include "tools/common/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace actjit::tools {

bool is_terminal(std::FILE* stream) { return ::isatty(::fileno(stream)) == 1; }

bool has_colour(std::FILE* stream) {
  const char* off = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return is_terminal(stream) && !(off && *off) && !(term && std::string_view(term) == "dumb");
}

std::string styled(std::string_view text, Style style, bool colour) {
  if (!colour || style == Style::plain) return std::string(text);
  const char* code = "";
  switch (style) {
    case Style::plain: break;
    case Style::bold: code = "1"; break;
    case Style::dim: code = "2"; break;
    case Style::heading: code = "1;36"; break;
    case Style::good: code = "32"; break;
    case Style::bad: code = "1;31"; break;
  }
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

ProgressBar::ProgressBar(std::string label)
    : label_(std::move(label)), shown_(is_terminal(stderr)) {}

void ProgressBar::show(double fraction, std::string_view note) {
  constexpr int width = 30;
  const int filled = static_cast<int>(std::clamp(fraction, 0.0, 1.0) * width);
  if (!shown_ || (filled == drawn_ && note == note_)) return;
  drawn_ = filled;
  note_ = note;
  fmt::print(stderr, "\r{} [{:#<{}}{: <{}}] {}\x1b[K", label_, "", filled, "", width - filled,
             note);
  std::fflush(stderr);
}

void ProgressBar::clear() {
  if (drawn_ < 0) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
  drawn_ = -1;
}

std::string show_number(double value) {
  if (std::isnan(value)) return "nan";
  if (!std::isfinite(value)) return fmt::format("{}", value);
  const double size = std::fabs(value);
  if (size != 0 && (size < 0.001 || size >= 1e6)) return fmt::format("{:.3g}", value);
  return fmt::format("{:.{}f}", value, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

std::string show_time(double nanoseconds) {
  if (nanoseconds < 1e3) return show_number(nanoseconds) + " ns";
  if (nanoseconds < 1e6) return show_number(nanoseconds / 1e3) + " µs";
  if (nanoseconds < 1e9) return show_number(nanoseconds / 1e6) + " ms";
  return show_number(nanoseconds / 1e9) + " s";
}

}  // namespace actjit::tools
