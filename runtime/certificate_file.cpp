#include "runtime/certificate_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <deque>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

namespace actjit {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view format_name = "actjit certificate 1";
constexpr std::size_t most_patches = 4096;
constexpr std::size_t most_pieces = 64;
constexpr std::size_t most_bytes = std::size_t{1} << 20;

// What the views of a certificate look at.
struct Owned {
  std::string expression;
  std::vector<Patch> patches;
  std::vector<Piece> pieces;
};

// Exactly, and readable: hexadecimal floats as C writes them.
std::string exact(double x) { return fmt::format("{:a}", x); }
std::string hash_text(std::uint64_t hash) { return fmt::format("{:#018x}", hash); }

constexpr std::array<std::pair<Direction, std::string_view>, 3> directions{
    {{Direction::neither, "neither"},
     {Direction::increasing, "increasing"},
     {Direction::decreasing, "decreasing"}}};

Json patch_json(const Patch& p) {
  Json out;
  out["first"] = exact(p.first);
  out["last"] = exact(p.last);
  if (p.nudge != 0)
    out["nudge"] = p.nudge;
  else
    out["result"] = exact(p.result);
  return out;
}

Json piece_json(const Piece& p) {
  Json out;
  out["first"] = exact(p.first);
  out["last"] = exact(p.last);
  out["middle"] = exact(p.middle);
  out["middle_low"] = exact(p.middle_low);
  out["value"] = exact(p.value);
  out["value_low"] = exact(p.value_low);
  out["slope_low"] = exact(p.slope_low);
  out["terms"] = Json::array();
  for (double term : p.terms) out["terms"].push_back(exact(term));
  return out;
}

std::optional<double> parse_exact(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  double value = 0;
  if (text == "inf") {
    value = std::numeric_limits<double>::infinity();
  } else {
    if (!text.starts_with("0x")) return std::nullopt;
    text.remove_prefix(2);
    const auto [stop, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::hex);
    if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  }
  return negative ? -value : value;
}

// Reads fields; the first that is missing or wrong is the error.
class Reader {
 public:
  Reader(const Json& json, std::string_view where) : json_(json), where_(where) {}

  const std::optional<Error>& error() const { return error_; }

  std::string text(const char* field) {
    const auto at = json_.find(field);
    if (at != json_.end() && at->is_string()) return at->get<std::string>();
    fail(field, "a text");
    return "";
  }
  template <class T, class Find>
  T named(const char* field, Find find) {
    const std::string name = text(field);
    const std::optional<T> found = find(name);
    if (!found) fail(field, "a known name");
    return found.value_or(T{});
  }
  std::uint64_t hash(const char* field) {
    const std::string digits = text(field);
    std::uint64_t value = 0;
    const char* end = digits.data() + digits.size();
    const bool hex = digits.starts_with("0x");
    const auto [stop, error] = std::from_chars(digits.data() + (hex ? 2 : 0), end, value, 16);
    if (!hex || error != std::errc() || stop != end) fail(field, "a number such as \"0x12ab\"");
    return value;
  }
  std::uint64_t count(const char* field) {
    const auto at = json_.find(field);
    if (at != json_.end() && at->is_number_unsigned()) return at->get<std::uint64_t>();
    fail(field, "a number");
    return 0;
  }
  double real(const char* field) {
    const std::optional<double> value = parse_exact(text(field));
    if (!value) fail(field, "a number such as \"0x1.8p-3\"");
    return value.value_or(0);
  }
  std::vector<Patch> patches(const char* field) {
    std::vector<Patch> out;
    const auto at = json_.find(field);
    if (at == json_.end() || !at->is_array() || at->size() > most_patches) {
      fail(field, "a list of at most 4096 patches");
      return out;
    }
    for (const Json& item : *at) {
      Reader patch(item, where_);
      Patch p{patch.real("first"), patch.real("last"), 0, 0};
      if (item.is_object() && item.contains("nudge") && item["nudge"].is_number_integer())
        p.nudge = item["nudge"].get<std::int64_t>();
      else
        p.result = patch.real("result");
      if (!take_error(patch)) out.push_back(p);
    }
    return out;
  }
  // None if there are none.
  std::vector<Piece> pieces(const char* field) {
    std::vector<Piece> out;
    const auto at = json_.find(field);
    if (at == json_.end()) return out;
    if (!at->is_array() || at->size() > most_pieces) {
      fail(field, "a list of at most 64 pieces");
      return out;
    }
    for (const Json& item : *at) {
      Reader piece(item, where_);
      Piece p;
      p.first = piece.real("first");
      p.last = piece.real("last");
      p.middle = piece.real("middle");
      p.middle_low = piece.real("middle_low");
      p.value = piece.real("value");
      p.value_low = piece.real("value_low");
      p.slope_low = piece.real("slope_low");
      piece.reals("terms", p.terms);
      if (!take_error(piece)) out.push_back(p);
    }
    return out;
  }

  // As many as `out` has, or fewer.
  void reals(const char* field, std::span<double> out) {
    const auto at = json_.find(field);
    if (at == json_.end() || !at->is_array() || at->empty() || at->size() > out.size())
      return fail(field, fmt::format("a list of 1 to {} numbers", out.size()));
    for (std::size_t i = 0; i < at->size(); ++i) {
      const Json& item = (*at)[i];
      const std::optional<double> value =
          item.is_string() ? parse_exact(item.get<std::string>()) : std::nullopt;
      if (!value) return fail(field, "a list of numbers such as \"0x1.8p-3\"");
      out[i] = *value;
    }
  }

 private:
  // Whether the reader of a part has failed.
  bool take_error(const Reader& part) {
    if (!error_) error_ = part.error();
    return part.error().has_value();
  }
  void fail(const char* field, std::string_view wanted) {
    if (error_) return;
    error_ =
        make_error(ErrorCode::syntax, fmt::format("{}: '{}' is not {}", where_, field, wanted));
  }

  const Json& json_;
  std::string_view where_;
  std::optional<Error> error_;
};

std::optional<Direction> find_direction(std::string_view name) {
  for (const auto& [direction, text] : directions)
    if (text == name) return direction;
  return std::nullopt;
}

}  // namespace

std::string to_json(const Certificate& c, std::span<const CertificateNote> notes) {
  Json out;
  out["format"] = format_name;
  out["expression"] = c.expression;
  out["input"] = text(c.input);
  out["output"] = text(c.output);
  out["tier"] = text(c.tier);
  out["meaning"] = hash_text(c.meaning);
  out["expanded"] = hash_text(c.expanded);
  out["patched"] = hash_text(c.patched);
  out["checked"] = c.checked;
  out["inputs"] = c.inputs;
  out["misrounded"] = c.misrounded;
  out["max_ulp"] = exact(c.max_ulp);
  out["worst"] = exact(c.worst);
  out["direction"] = directions[static_cast<std::size_t>(c.direction)].second;
  out["disorder"] = c.disorder;
  out["patches"] = Json::array();
  for (const Patch& p : c.patches) out["patches"].push_back(patch_json(p));
  if (!c.pieces.empty()) out["pieces"] = Json::array();
  for (const Piece& p : c.pieces) out["pieces"].push_back(piece_json(p));
  for (const auto& [name, value] : notes) out["notes"][name] = value;
  return out.dump(2) + "\n";
}

Result<Certificates> parse_certificate(std::string_view json, std::string_view where) {
  if (json.size() > most_bytes)
    return make_error(ErrorCode::limit, fmt::format("{}: {} bytes are more than a certificate has",
                                                    where, json.size()));
  const Json parsed = Json::parse(json, nullptr, false);
  if (parsed.is_discarded() || !parsed.is_object() || !parsed.contains("format") ||
      parsed["format"] != format_name)
    return make_error(ErrorCode::syntax,
                      fmt::format("{}: this is no certificate; 'actjit certify EXPR -o FILE' "
                                  "makes one",
                                  where));
  auto owned = std::make_shared<Owned>();
  Reader read(parsed, where);
  Certificate c;
  owned->expression = read.text("expression");
  c.input = read.named<DType>("input", find_dtype);
  c.output = read.named<DType>("output", find_dtype);
  c.tier = read.named<Tier>("tier", find_tier);
  c.meaning = read.hash("meaning");
  c.expanded = read.hash("expanded");
  c.patched = read.hash("patched");
  c.checked = read.count("checked");
  c.inputs = read.count("inputs");
  c.misrounded = read.count("misrounded");
  c.max_ulp = read.real("max_ulp");
  c.worst = read.real("worst");
  c.direction = read.named<Direction>("direction", find_direction);
  c.disorder = read.count("disorder");
  owned->patches = read.patches("patches");
  owned->pieces = read.pieces("pieces");
  if (read.error()) return *read.error();
  c.expression = owned->expression;
  c.patches = owned->patches;
  c.pieces = owned->pieces;
  Certificates out;
  out.more = {c};
  out.owners = {std::move(owned)};
  return out;
}

Result<Certificates> read_certificate(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(most_bytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.eof() && file.fail())
    return make_error(ErrorCode::io, fmt::format("cannot read the certificate '{}'", path));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return parse_certificate(text, path);
}

Result<Certificates> read_certificates(const std::string& folder) {
  Certificates out;
  std::error_code error;
  std::vector<std::string> paths;
  if (folder.empty()) return out;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error))
    if (at->path().extension() == ".json") paths.push_back(at->path().string());
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) {
    Result<Certificates> one = read_certificate(path);
    if (!one) return one.error();
    out.more.push_back(one->more[0]);
    out.owners.push_back(one->owners[0]);
  }
  return out;
}

std::string certificate_file_name(const Certificate& c) {
  return fmt::format("{:016x}.json", c.expanded);
}

}  // namespace actjit
