// What is printed, and whether somebody looks at it.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace actjit::tools {

// Whether the stream is a terminal that shows colours: NO_COLOR (no-color.org) and TERM=dumb
// switch them off.
bool has_colour(std::FILE* stream);
bool is_terminal(std::FILE* stream);

enum class Style { plain, bold, dim, heading, good, bad };
// The text in that style, or as it is where `colour` is false.
std::string styled(std::string_view text, Style style, bool colour);

// A line on stderr that fills up, drawn on a terminal only and gone when the bar goes.
class ProgressBar {
 public:
  explicit ProgressBar(std::string label);
  ~ProgressBar() { clear(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void show(double fraction, std::string_view note = {});
  void clear();

 private:
  std::string label_;
  bool shown_;  // on a terminal
  int drawn_ = -1;
  std::string note_;
};

// "3.2 ms", "812 µs", "95 ns".
std::string show_time(double nanoseconds);
// A number with three digits that count: "0.47", "12.3", "1520".
std::string show_number(double value);

}  // namespace actjit::tools
