// The parser of the text form printed by print.cpp: one statement a line.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "ir/eval.h"
#include "ir/print.h"

namespace actjit {

namespace {

constexpr std::size_t max_nodes = 1'000'000;

struct Word {
  std::string_view text;
  std::uint32_t column = 1;
};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

// Words of a line up to a comment.
std::vector<Word> split(std::string_view line) {
  std::vector<Word> words;
  std::size_t i = 0;
  while (i < line.size() && line[i] != '#') {
    if (is_space(line[i])) {
      ++i;
      continue;
    }
    const std::size_t start = i;
    while (i < line.size() && !is_space(line[i]) && line[i] != '#') ++i;
    words.push_back({line.substr(start, i - start), static_cast<std::uint32_t>(start + 1)});
  }
  return words;
}

// The bits behind "nan:", in as many digits as the dtype has.
std::optional<Bits> read_nan(std::string_view text, std::size_t digits) {
  Bits bits = 0;
  if (text.size() != 4 + digits) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data() + 4, text.data() + text.size(), bits, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return bits;
}

// Decimal or hexadecimal, inf too; the same in every locale.
std::optional<double> read_double(std::string_view text) {
  if (text.starts_with("nan:")) {
    const std::optional<Bits> bits = read_nan(text, 16);
    return bits ? std::optional(f64_of(*bits)) : std::nullopt;
  }
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const bool hexadecimal = text.starts_with("0x");
  if (hexadecimal) text.remove_prefix(2);
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value,
                      hexadecimal ? std::chars_format::hex : std::chars_format::general);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || value != value || text.starts_with('-')) return std::nullopt;
  return negative ? -value : value;
}

std::optional<Bits> read_element(DType dtype, std::string_view text) {
  if (is_float(dtype)) {
    if (text.starts_with("nan:")) return read_nan(text, 2 * static_cast<std::size_t>(bytes(dtype)));
    const std::optional<double> value = read_double(text);
    if (!value) return std::nullopt;
    return eval::real(dtype, *value);
  }
  if (is_bool(dtype)) {
    if (text != "true" && text != "false") return std::nullopt;
    return text == "true" ? 1 : 0;
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (dtype == DType::i32 && value != static_cast<std::int32_t>(value)) return std::nullopt;
  return dtype == DType::i32 ? static_cast<std::uint32_t>(value) : static_cast<Bits>(value);
}

// What print_axes() wrote.
std::optional<Attribute> read_axes(Op op, std::string_view text) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::vector<std::uint32_t> numbers;
  while (!text.empty()) {
    std::uint32_t n = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error != std::errc()) return std::nullopt;
    numbers.push_back(n);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty()) break;
    if (text.size() < 2 || text[0] != ',') return std::nullopt;
    text.remove_prefix(1);
  }
  if (op == Op::slice) {
    if (numbers.size() != 4) return std::nullopt;
    return attribute_of(Slice{numbers[0], numbers[1], numbers[2], numbers[3]});
  }
  if (op == Op::join) {
    if (numbers.size() != 2 || numbers[1] > 1) return std::nullopt;
    return attribute_of(Join{numbers[0], numbers[1] == 1});
  }
  Axes axes;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] >= 64 || (i > 0 && numbers[i] <= numbers[i - 1])) return std::nullopt;
    axes.add(numbers[i]);
  }
  return attribute_of(axes);
}

class GraphParser {
 public:
  explicit GraphParser(std::string_view text) : rest_(text) {}

  Result<Graph> parse() {
    if (auto e = header()) return *e;
    while (next_line()) {
      if (words_[0].text == "}") return footer();
      if (graph_.size() > max_nodes)
        return fail(ErrorCode::limit, 0, "a graph has at most a million nodes");
      if (auto e = statement()) return *e;
    }
    return fail(ErrorCode::syntax, 0, "the graph does not end: '}' is missing");
  }

 private:
  using Failure = std::optional<Error>;

  Error fail(ErrorCode code, std::size_t word, std::string message) const {
    const std::uint32_t column =
        word < words_.size() ? words_[word].column : static_cast<std::uint32_t>(line_.size() + 1);
    return make_error(code, std::move(message),
                      {std::max(line_number_, 1u), column, std::string(line_)});
  }

  // The next line that has words.
  bool next_line() {
    words_.clear();
    while (!rest_.empty()) {
      const std::size_t end = rest_.find('\n');
      line_ = rest_.substr(0, end);
      rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
      ++line_number_;
      words_ = split(line_);
      if (!words_.empty()) return true;
    }
    return false;
  }

  Failure header() {
    const bool found =
        next_line() && words_.size() == 2 && words_[0].text == "graph" && words_[1].text == "{";
    if (!found) return fail(ErrorCode::syntax, 0, "a graph begins with 'graph {'");
    return std::nullopt;
  }

  Result<Graph> footer() {
    if (words_.size() > 1) return fail(ErrorCode::syntax, 1, "nothing may follow '}'");
    if (graph_.outputs().empty()) return fail(ErrorCode::invalid_graph, 0, "no output is named");
    if (next_line()) return fail(ErrorCode::syntax, 0, "nothing may follow the graph");
    return std::move(graph_);
  }

  Failure statement() {
    // An input may be called "output" too.
    const bool names_output =
        words_[0].text == "output" && words_.size() > 1 && words_[1].text != "=";
    const std::size_t equals = names_output ? 2 : 1;
    if (words_.size() < equals + 2 || words_[equals].text != "=")
      return fail(ErrorCode::syntax, 0, "expected 'NAME = ...' or 'output NAME = NODE'");
    if (equals == 2) return output();
    // Tables have names of their own: an input may be called t0.
    const bool is_table = words_[2].text == "table";
    if (is_table ? table_names_.contains(words_[0].text) : names_.contains(words_[0].text))
      return fail(ErrorCode::syntax, 0, fmt::format("'{}' is defined twice", words_[0].text));
    const std::string_view what = words_[2].text;
    if (what == "input") return input();
    if (what == "scalar") return scalar();
    if (what == "table") return table();
    if (what == "const") return constant();
    return op();
  }

  Failure output() {
    const std::optional<NodeId> node = find(3);
    if (!node || words_.size() != 4)
      return fail(ErrorCode::unknown_name, 3, "an output names one node defined above");
    graph_.output(words_[1].text, *node);
    return std::nullopt;
  }

  std::optional<NodeId> find(std::size_t word) const {
    if (word >= words_.size()) return std::nullopt;
    const auto it = names_.find(words_[word].text);
    return it == names_.end() ? std::nullopt : std::optional(it->second);
  }

  // "f32[n,128]" or "f32".
  struct Type {
    DType dtype;
    Shape shape;
  };
  std::optional<Type> type(std::size_t word) const {
    if (word >= words_.size()) return std::nullopt;
    const std::string_view text = words_[word].text;
    const std::size_t bracket = std::min(text.find('['), text.size());
    const std::optional<DType> dtype = find_dtype(text.substr(0, bracket));
    const std::optional<Shape> shape =
        bracket == text.size() ? Shape{} : parse_shape(text.substr(bracket));
    if (!dtype || !shape) return std::nullopt;
    return Type{*dtype, *shape};
  }

  Failure define(NodeId node) {
    names_.emplace(words_[0].text, node);
    return std::nullopt;
  }

  Failure input() {
    const std::optional<Type> t = type(3);
    if (!t || words_.size() != 4 || words_[0].text[0] == '%')
      return fail(ErrorCode::syntax, 3, "expected 'NAME = input DTYPE[SHAPE]'");
    return define(graph_.input(words_[0].text, t->dtype, t->shape));
  }

  // Either a declaration, "beta = scalar f32 0x1p+0", or a use, "%4 = scalar beta : f64".
  Failure scalar() {
    if (words_[0].text[0] == '%') {
      const std::optional<NodeId> node = find(3);
      const std::optional<Type> t = type(5);
      if (!node || graph_[*node].op != Op::scalar || !t || !is_float(t->dtype))
        return fail(ErrorCode::syntax, 3, "expected 'scalar NAME : FLOAT_DTYPE'");
      return define(graph_.scalar_as(graph_[*node].attribute[0], t->dtype));
    }
    const std::optional<Type> t = type(3);
    const std::optional<double> value = read_double(words_.size() == 5 ? words_[4].text : "");
    if (!t || !is_float(t->dtype) || !t->shape.empty() || !value)
      return fail(ErrorCode::syntax, 3, "expected 'NAME = scalar FLOAT_DTYPE VALUE'");
    return define(graph_.scalar(words_[0].text, t->dtype, *value));
  }

  Failure table() {
    const std::optional<Type> t = type(3);
    const std::size_t size = words_.size() - 4;
    if (!t || words_.size() < 5 || (size & (size - 1)) != 0)
      return fail(ErrorCode::syntax, 3, "expected a dtype and a power of two of values");
    std::vector<Bits> values;
    for (std::size_t i = 4; i < words_.size(); ++i) {
      const std::optional<Bits> bits = read_element(t->dtype, words_[i].text);
      if (!bits) return fail(ErrorCode::syntax, i, "not a value of the table's dtype");
      values.push_back(*bits);
    }
    table_names_.emplace(words_[0].text, graph_.table(t->dtype, std::move(values)));
    return std::nullopt;
  }

  Failure constant() {
    const std::optional<Type> t = type(3);
    if (!t || !t->shape.empty() || words_.size() < 5)
      return fail(ErrorCode::syntax, 3, "expected 'const DTYPE VALUE'");
    if (!is_float(t->dtype)) {
      const std::optional<Bits> bits = read_element(t->dtype, words_[4].text);
      if (!bits) return fail(ErrorCode::syntax, 4, "not a value of the constant's dtype");
      return define(graph_.integer(t->dtype, static_cast<std::int64_t>(*bits)));
    }
    const std::optional<double> hi = read_double(words_[4].text);
    const std::optional<double> lo = words_.size() > 5 ? read_double(words_[5].text) : 0.0;
    if (!hi || !lo || words_.size() > 6)
      return fail(ErrorCode::syntax, 4, "expected one or two exact numbers");
    return define(graph_.constant(t->dtype, {*hi, *lo}));
  }

  Failure op() {
    const std::optional<Op> op = find_op(words_[2].text);
    if (!op || is_leaf(*op))
      return fail(ErrorCode::unknown_name, 2, fmt::format("no op is called '{}'", words_[2].text));
    Attribute attribute{0, 0};
    std::size_t word = 3;
    if (*op == Op::lookup) {
      const auto it = table_names_.find(word < words_.size() ? words_[word].text : "");
      if (it == table_names_.end())
        return fail(ErrorCode::unknown_name, word, "a lookup names a table defined above");
      attribute[0] = it->second;
      ++word;
    }
    if (has_axes(*op)) {
      const std::optional<Attribute> axes =
          read_axes(*op, word < words_.size() ? words_[word].text : "");
      if (!axes)
        return fail(ErrorCode::syntax, word,
                    *op == Op::slice  ? "expected '[axis,start,count,step]'"
                    : *op == Op::join ? "expected '[axis,interleaved]', the latter 0 or 1"
                                      : "expected rising axes, such as '[0,2]'");
      attribute = *axes;
      ++word;
    }
    std::vector<NodeId> args;
    for (; word < words_.size() && words_[word].text != ":"; ++word) {
      const std::optional<NodeId> arg = find(word);
      if (!arg)
        return fail(ErrorCode::unknown_name, word,
                    fmt::format("'{}' is not defined above", words_[word].text));
      args.push_back(*arg);
    }
    return finish(*op, args, attribute, word);
  }

  // The types must fit, and must be what the text says behind the colon at `word`.
  Failure finish(Op op, const std::vector<NodeId>& args, Attribute attribute, std::size_t word) {
    const std::optional<Type> stated = type(word + 1);
    if (!stated || words_.size() != word + 2)
      return fail(ErrorCode::syntax, word, "expected ': DTYPE[SHAPE]' behind the operands");
    const Inferred inferred = graph_.infer(op, args, attribute, stated->dtype);
    if (inferred.problem) return fail(inferred.code, 2, inferred.problem);
    if (inferred.dtype != stated->dtype || inferred.shape != stated->shape)
      return fail(ErrorCode::type_mismatch, word + 1,
                  fmt::format("the operands give {}", print_type(inferred.dtype, inferred.shape)));
    return define(graph_.apply(op, args, attribute, stated->dtype));
  }

  std::string_view rest_;
  std::string_view line_;
  std::uint32_t line_number_ = 0;
  std::vector<Word> words_;
  Graph graph_;
  std::unordered_map<std::string_view, NodeId> names_;
  std::unordered_map<std::string_view, std::uint64_t> table_names_;
};

}  // namespace

Result<Graph> parse_graph(std::string_view text) { return GraphParser(text).parse(); }

}  // namespace actjit
