// The parser of the text language (docs/language.md has the grammar): recursive descent with
// precedence climbing; the first error ends it.
#pragma once

#include <optional>
#include <string_view>

#include "frontend/characters.h"
#include "frontend/diagnostic.h"
#include "frontend/lexer.h"
#include "frontend/literal.h"
#include "frontend/symbols.h"
#include "frontend/syntax.h"

namespace actjit {

// The constants of the language; a name bound by the text shadows them.
constexpr std::optional<Real> find_constant(std::string_view name) {
  if (name == "pi") return real::pi;
  if (name == "e") return real::e;
  if (name == "inf") return real::infinity;
  if (name == "nan") return real::nan;
  return std::nullopt;
}

constexpr bool is_keyword(std::string_view name) {
  for (std::string_view word :
       {"def", "and", "or", "not", "true", "false", "none", "True", "False", "None"})
    if (name == word) return true;
  return find_dtype(name).has_value();
}

class Parser {
 public:
  constexpr explicit Parser(std::string_view text) : text_(text), lexer_(text), table_(text) {}

  // Parses the whole text. On failure `problem()` says why, and the syntax is not to be used.
  constexpr Syntax parse() {
    if (text_.size() > max_text_bytes) {
      fail(ErrorCode::limit, 0,
           Message("the text has ", text_.size(), " bytes; at most ", max_text_bytes,
                   " are accepted"));
      return {};
    }
    advance();
    while (token_.kind != TokenKind::end) {
      if (token_.kind == TokenKind::separator) {
        advance();
        continue;
      }
      statement();
      if (!failed() && token_.kind != TokenKind::separator && token_.kind != TokenKind::end)
        unexpected("an operator, ',' or the end of the statement");
    }
    if (!failed() && syntax_.statements.empty())
      fail(ErrorCode::syntax, 0, Message("there is no expression to compute"));
    return std::move(syntax_);
  }

  constexpr const std::optional<Diagnostic>& problem() const { return problem_; }

 private:
  enum class Binding : std::uint8_t { free, input, assigned, scalar };
  struct Infix {
    int precedence = 0;  // 0: not an infix operator
    Op op = Op::add;
    SyntaxKind kind = SyntaxKind::binary;
  };
  static constexpr int or_level = 1, and_level = 2, not_level = 3, comparison_level = 4,
                       sum_level = 5, product_level = 6;

  // Errors. The first one stays; the rest of the text is skipped.
  constexpr bool failed() const { return problem_.has_value(); }
  constexpr SyntaxId fail(ErrorCode code, std::uint32_t at, const Message& message) {
    if (!failed()) problem_ = Diagnostic{code, at, message.view()};
    token_ = {TokenKind::end, at, at};
    return add({.at = at});
  }
  constexpr SyntaxId unexpected(const char* wanted) {
    const std::uint32_t at = token_.begin;
    if (token_.kind == TokenKind::end || spelled() == "\n")
      return fail(ErrorCode::syntax, at,
                  Message("expected ", wanted, ", found the end of the ",
                          token_.kind == TokenKind::end ? "text" : "line"));
    if (token_.kind == TokenKind::unknown) return unknown_character();
    const bool long_token = spelled().size() > 40;
    return fail(ErrorCode::syntax, at,
                Message("expected ", wanted, ", found '", spelled().substr(0, 40),
                        long_token ? "...'" : "'"));
  }
  constexpr SyntaxId unknown_character() {
    const char c = spelled()[0];
    if (static_cast<unsigned char>(c) >= 0x80) return foreign_character();
    Message message("unexpected character ");
    if (c == '"' || c == '\'')
      message = Message("a string that is not closed on its line");
    else if (c >= ' ' && c <= '~')
      message.add('\'').add(c).add('\'');
    else
      message.add("with code ").add(int{static_cast<unsigned char>(c)});
    if (c == '^') message.add("; powers are written **");
    if (c == '&') message.add("; write 'and'");
    if (c == '|') message.add("; write 'or'");
    if (c == '!') message.add("; write 'not'");
    return fail(ErrorCode::syntax, token_.begin, message);
  }
  constexpr SyntaxId foreign_character() {
    const std::string_view rest = text_.substr(token_.begin);
    const std::optional<Character> found = decode_character(rest);
    if (!found)
      return fail(ErrorCode::syntax, token_.begin,
                  Message("unexpected byte 0x")
                      .add_hex(static_cast<unsigned char>(rest[0]), 2)
                      .add("; the text is no UTF-8 here"));
    Message message("unexpected character ");
    if (is_visible(found->code)) message.add('\'').add(rest.substr(0, found->size)).add("' (");
    message.add("U+").add_hex(found->code, 4);
    if (is_visible(found->code)) message.add(')');
    const std::string_view instead = ascii_instead(found->code);
    if (is_blank(found->code)) message.add("; write a blank");
    if (!instead.empty()) message.add("; write ").add(instead);
    return fail(ErrorCode::syntax, token_.begin, message);
  }

  // Tokens.
  constexpr void advance() {
    if (failed()) return;
    previous_end_ = token_.end;
    token_ = lexer_.next();
  }
  constexpr Token ahead() const {
    Lexer copy = lexer_;
    return copy.next();
  }
  constexpr std::string_view spelled(const Token& t) const {
    return text_.substr(t.begin, t.end - t.begin);
  }
  constexpr std::string_view spelled() const { return spelled(token_); }
  constexpr bool is_symbol(std::string_view symbol) const {
    return token_.kind == TokenKind::symbol && spelled() == symbol;
  }
  constexpr bool is_word(std::string_view word) const {
    return token_.kind == TokenKind::name && spelled() == word;
  }
  constexpr bool accept(std::string_view symbol) {
    if (!is_symbol(symbol)) return false;
    advance();
    return true;
  }
  constexpr bool expect(std::string_view symbol, const char* wanted) {
    if (accept(symbol)) return true;
    unexpected(wanted);
    return false;
  }

  constexpr Symbol intern(const Token& t) {
    const Symbol symbol = table_.intern({t.begin, t.end}, syntax_.symbols);
    bindings_.resize(syntax_.symbols.size(), Binding::free);
    definition_of_.resize(syntax_.symbols.size(), nothing);
    return symbol;
  }
  // The name of something the text declares.
  constexpr Symbol declared_name(const char* wanted) {
    if (token_.kind != TokenKind::name) return unexpected(wanted), nothing;
    if (is_keyword(spelled()))
      return fail(ErrorCode::syntax, token_.begin, Message("'", spelled(), "' is a keyword")),
             nothing;
    if (spelled().find('.') != std::string_view::npos)
      return fail(ErrorCode::syntax, token_.begin,
                  Message("'", spelled(), "' has a dot; names that a text binds have none")),
             nothing;
    const Symbol symbol = intern(token_);
    advance();
    return symbol;
  }

  constexpr SyntaxId add(const SyntaxNode& node) {
    syntax_.nodes.push_back(node);
    return static_cast<SyntaxId>(syntax_.nodes.size() - 1);
  }
  constexpr std::uint32_t begin_of(SyntaxId id) const { return syntax_.nodes[id].begin; }

  // Statements.
  constexpr void statement() {
    if (is_word("def")) return definition();
    const Token next = ahead();
    if (is_word("scalar") && next.kind == TokenKind::name) return scalar();
    if (token_.kind == TokenKind::name && next.kind == TokenKind::symbol && spelled(next) == "=")
      return assignment();
    do {
      const std::uint32_t at = token_.begin;
      const SyntaxId value = expression(or_level);
      syntax_.statements.push_back({StatementKind::output, nothing, value, at});
    } while (accept(","));
  }
  constexpr void assignment() {
    const std::uint32_t at = token_.begin;
    const Symbol symbol = declared_name("a name");
    if (failed()) return;
    if (bindings_[symbol] == Binding::scalar) {
      fail(ErrorCode::syntax, at,
           Message("'", syntax_.name(symbol, text_), "' is a run-time scalar"));
      return;
    }
    advance();  // the '=' that statement() saw
    const SyntaxId value = expression(or_level);
    if (failed()) return;
    bindings_[symbol] = Binding::assigned;
    syntax_.statements.push_back({StatementKind::assignment, symbol, value, at});
  }
  constexpr void scalar() {
    advance();
    const std::uint32_t at = token_.begin;
    const Symbol symbol = declared_name("the name of a scalar");
    if (failed()) return;
    const std::string_view name = syntax_.name(symbol, text_);
    if (bindings_[symbol] != Binding::free) {
      fail(ErrorCode::syntax, at, Message("'", name, "' is in use above; declare scalars first"));
      return;
    }
    if (syntax_.scalars.size() == max_scalars) {
      fail(ErrorCode::limit, at, Message("more than ", max_scalars, " run-time scalars"));
      return;
    }
    if (!expect("=", "'=' and the value used where the call gives none")) return;
    const SyntaxId value = constant_expression();
    if (failed()) return;
    bindings_[symbol] = Binding::scalar;
    syntax_.scalars.push_back(symbol);
    syntax_.statements.push_back({StatementKind::scalar, symbol, value, at});
  }
  constexpr void definition() {
    advance();
    Definition d{.at = token_.begin};
    d.symbol = declared_name("the name of a function");
    if (failed()) return;
    if (const std::uint32_t earlier = definition_of_[d.symbol]; earlier != nothing) {
      fail(ErrorCode::syntax, d.at,
           Message("'", syntax_.name(d.symbol, text_), "' is defined above already"));
      return;
    }
    if (!expect("(", "'('")) return;
    while (!failed() && !is_symbol(")")) {
      parameter(d);
      if (!accept(",")) break;
    }
    if (!expect(")", "')'") || !expect("=", "'='")) return;
    inside_ = &d;
    d.body = expression(or_level);
    inside_ = nullptr;
    if (failed()) return;
    definition_of_[d.symbol] = static_cast<std::uint32_t>(syntax_.definitions.size());
    syntax_.definitions.push_back(std::move(d));
  }
  constexpr void parameter(Definition& d) {
    const std::uint32_t at = token_.begin;
    SyntaxParameter p{.symbol = declared_name("a parameter")};
    if (failed()) return;
    const std::string_view name = syntax_.name(p.symbol, text_);
    for (const SyntaxParameter& other : d.parameters)
      if (other.symbol == p.symbol) {
        fail(ErrorCode::syntax, at, Message("the parameter '", name, "' is there twice"));
        return;
      }
    if (d.parameters.size() == max_arguments) {
      fail(ErrorCode::limit, at, Message("more than ", max_arguments, " parameters"));
      return;
    }
    if (accept("=")) {
      p.initial = constant_expression();
    } else if (!d.parameters.empty() && d.parameters.back().initial != nothing) {
      fail(ErrorCode::syntax, at,
           Message("the parameter '", name, "' needs a default, as the one before it has one"));
    }
    d.parameters.push_back(p);
  }

  // A default: an expression that sees no names but those of constants.
  constexpr SyntaxId constant_expression() {
    const Definition closed;
    inside_ = &closed;
    const SyntaxId value = expression(or_level);
    inside_ = nullptr;
    return value;
  }

  // Expressions.
  constexpr Infix infix() const {
    if (token_.kind == TokenKind::name) {
      if (spelled() == "or") return {or_level, Op::bit_or, SyntaxKind::logical};
      if (spelled() == "and") return {and_level, Op::bit_and, SyntaxKind::logical};
      return {};
    }
    if (token_.kind != TokenKind::symbol) return {};
    const std::string_view s = spelled();
    if (s == "+") return {sum_level, Op::add};
    if (s == "-") return {sum_level, Op::sub};
    if (s == "*") return {product_level, Op::mul};
    if (s == "/") return {product_level, Op::div};
    if (s == "<") return {comparison_level, Op::lt};
    if (s == "<=") return {comparison_level, Op::le};
    if (s == ">") return {comparison_level, Op::gt};
    if (s == ">=") return {comparison_level, Op::ge};
    if (s == "==") return {comparison_level, Op::eq};
    if (s == "!=") return {comparison_level, Op::ne};
    return {};
  }
  constexpr SyntaxId expression(int lowest) {
    SyntaxId left = unary(lowest);
    bool compared = false;
    while (!failed()) {
      const Infix found = infix();
      if (found.precedence == 0 || found.precedence < lowest) break;
      const std::uint32_t at = token_.begin;
      const bool comparison = found.precedence == comparison_level;
      if (comparison && compared)
        return fail(ErrorCode::syntax, at,
                    Message("comparisons do not chain; write a < b and b < c"));
      compared = comparison;
      advance();
      const SyntaxId right = expression(found.precedence + 1);
      left = add({.kind = found.kind,
                  .op = found.op,
                  .at = at,
                  .begin = begin_of(left),
                  .end = previous_end_,
                  .a = left,
                  .b = right});
    }
    return left;
  }
  // Every way into a deeper expression leads through here.
  constexpr SyntaxId unary(int lowest) {
    if (++nesting_ > max_nesting) {
      return fail(ErrorCode::limit, token_.begin,
                  Message("the expression is nested more than ", max_nesting, " deep"));
    }
    const std::uint32_t at = token_.begin;
    SyntaxId result = nothing;
    if (is_symbol("-") || is_symbol("+")) {
      const bool negative = spelled() == "-";
      advance();
      result = unary(product_level + 1);
      if (negative)
        result = add({.kind = SyntaxKind::negative,
                      .at = at,
                      .begin = at,
                      .end = previous_end_,
                      .a = result});
    } else if (is_word("not")) {
      if (lowest > not_level) {
        result = fail(ErrorCode::syntax, at, Message("'not' after an operator needs parentheses"));
      } else {
        advance();
        const SyntaxId operand = expression(not_level);
        result = add({.kind = SyntaxKind::negated,
                      .at = at,
                      .begin = at,
                      .end = previous_end_,
                      .a = operand});
      }
    } else {
      result = power();
    }
    --nesting_;
    return result;
  }
  constexpr SyntaxId power() {
    const SyntaxId base = primary();
    if (failed() || !is_symbol("**")) return base;
    const std::uint32_t at = token_.begin;
    advance();
    const SyntaxId exponent = unary(product_level + 1);
    return add({.kind = SyntaxKind::power,
                .at = at,
                .begin = begin_of(base),
                .end = previous_end_,
                .a = base,
                .b = exponent});
  }
  constexpr SyntaxId primary() {
    const Token t = token_;
    if (t.kind == TokenKind::number) return number();
    if (t.kind == TokenKind::name) return name_or_call();
    if (t.kind == TokenKind::string) {
      advance();
      return add({.kind = SyntaxKind::string, .at = t.begin, .begin = t.begin, .end = t.end});
    }
    if (is_symbol("[")) return list();
    if (!is_symbol("(")) return unexpected("an expression");
    advance();
    const SyntaxId inner = expression(or_level);
    if (is_symbol(","))
      return fail(ErrorCode::syntax, token_.begin,
                  Message("lists are written in brackets, as in axis=[0, 1]"));
    close(t.begin);
    syntax_.nodes[inner].begin = t.begin;
    syntax_.nodes[inner].end = previous_end_;
    return inner;
  }
  constexpr void close(std::uint32_t opened) {
    if (failed() || accept(")")) return;
    if (token_.kind == TokenKind::end)
      fail(ErrorCode::syntax, opened, Message("this '(' is never closed"));
    else
      unexpected("an operator, ',' or ')'");
  }
  constexpr SyntaxId list() {
    const Token opened = token_;
    advance();
    std::vector<SyntaxArgument> elements;
    while (!failed() && !is_symbol("]")) {
      if (elements.size() == max_arguments)
        return fail(ErrorCode::limit, token_.begin,
                    Message("more than ", max_arguments, " elements in a list"));
      const std::uint32_t at = token_.begin;
      elements.push_back({.value = expression(or_level), .at = at});
      if (!accept(",")) break;
    }
    if (!failed() && token_.kind == TokenKind::end)
      return fail(ErrorCode::syntax, opened.begin, Message("this '[' is never closed"));
    if (!failed()) expect("]", "an operator, ',' or ']'");
    const std::uint32_t first = append(elements);
    return add({.kind = SyntaxKind::list,
                .at = opened.begin,
                .begin = opened.begin,
                .end = previous_end_,
                .a = first,
                .b = static_cast<std::uint32_t>(elements.size())});
  }
  // The place of arguments or elements in the syntax.
  constexpr std::uint32_t append(const std::vector<SyntaxArgument>& arguments) {
    const auto first = static_cast<std::uint32_t>(syntax_.arguments.size());
    syntax_.arguments.insert(syntax_.arguments.end(), arguments.begin(), arguments.end());
    return first;
  }
  constexpr SyntaxId number() {
    const Token t = token_;
    const std::optional<Real> value = parse_real(spelled());
    if (!value) return malformed_number();
    advance();
    syntax_.numbers.push_back(*value);
    return add({.kind = SyntaxKind::number,
                .at = t.begin,
                .begin = t.begin,
                .end = t.end,
                .a = static_cast<std::uint32_t>(syntax_.numbers.size() - 1)});
  }
  constexpr SyntaxId malformed_number() {
    const std::string_view shown = spelled().substr(0, 40);
    for (char c : spelled())
      if (!is_digit(c) && c != '.' && c != 'e' && c != 'E' && c != '+' && c != '-')
        return fail(ErrorCode::syntax, token_.begin,
                    Message("'", shown, "' is neither a number nor a name"));
    return fail(ErrorCode::syntax, token_.begin,
                Message("'", shown, "' is no number an f64 can hold"));
  }
  constexpr SyntaxId name_or_call() {
    const Token t = token_;
    const std::string_view name = spelled();
    SyntaxNode node{.at = t.begin, .begin = t.begin, .end = t.end};
    if (is_keyword(name)) return keyword(node);
    const Symbol symbol = intern(t);
    advance();
    if (is_symbol("(")) return call(t, symbol);
    if (name.find('.') != std::string_view::npos)
      return fail(ErrorCode::syntax, t.begin, Message("'", name, "' has a dot; it is no input"));
    reference(symbol, t.begin);
    node.kind = SyntaxKind::name;
    node.a = symbol;
    return add(node);
  }
  constexpr SyntaxId keyword(SyntaxNode node) {
    const std::string_view word = spelled();
    if (const std::optional<DType> dtype = find_dtype(word)) {
      node.kind = SyntaxKind::dtype;
      node.dtype = *dtype;
    } else if (word == "none" || word == "None") {
      node.kind = SyntaxKind::none;
    } else if (word == "true" || word == "True" || word == "false" || word == "False") {
      node.kind = SyntaxKind::truth;
      node.a = word[0] == 't' || word[0] == 'T';
    } else {
      return unexpected("an expression");
    }
    advance();
    return add(node);
  }
  // A name that is read: a parameter inside a definition; outside, a free name becomes an input.
  constexpr void reference(Symbol symbol, std::uint32_t at) {
    const std::string_view name = syntax_.name(symbol, text_);
    if (inside_) {
      Nearest nearest(name);
      for (const SyntaxParameter& p : inside_->parameters) {
        if (p.symbol == symbol) return;
        nearest.offer(syntax_.name(p.symbol, text_));
      }
      if (find_constant(name)) return;
      if (inside_->symbol == nothing)
        fail(ErrorCode::unknown_name, at, Message("'", name, "' is no constant; a default is one"));
      else
        fail(ErrorCode::unknown_name, at,
             Message("'", name, "' is not a parameter of this definition, which sees nothing else",
                     nearest.proposal()));
      return;
    }
    if (bindings_[symbol] != Binding::free || find_constant(name)) return;
    if (syntax_.inputs.size() == max_inputs) {
      fail(ErrorCode::limit, at, Message("more than ", max_inputs, " inputs"));
      return;
    }
    bindings_[symbol] = Binding::input;
    syntax_.inputs.push_back(symbol);
  }
  constexpr SyntaxId call(const Token& callee, Symbol symbol) {
    const std::uint32_t opened = token_.begin;
    advance();
    std::vector<SyntaxArgument> arguments;
    while (!failed() && !is_symbol(")")) {
      arguments.push_back(argument(arguments));
      if (!accept(",")) break;
    }
    close(opened);
    if (inside_ && inside_->symbol == symbol)
      return fail(ErrorCode::unsupported, callee.begin,
                  Message("'", spelled(callee), "' calls itself; recursion is not supported"));
    const std::uint32_t first = append(arguments);
    return add({.kind = SyntaxKind::call,
                .at = callee.begin,
                .begin = callee.begin,
                .end = previous_end_,
                .a = first,
                .b = static_cast<std::uint32_t>(arguments.size()),
                .symbol = symbol,
                .definition = definition_of_[symbol]});
  }
  constexpr SyntaxArgument argument(const std::vector<SyntaxArgument>& before) {
    SyntaxArgument a{.at = token_.begin};
    if (before.size() == max_arguments) {
      fail(ErrorCode::limit, a.at, Message("more than ", max_arguments, " arguments"));
      return a;
    }
    const Token next = ahead();
    if (token_.kind == TokenKind::name && next.kind == TokenKind::symbol && spelled(next) == "=") {
      a.keyword = intern(token_);
      advance();
      advance();
    } else if (!before.empty() && before.back().keyword != nothing) {
      fail(ErrorCode::syntax, a.at, Message("an argument by position cannot follow one by name"));
      return a;
    }
    a.value = expression(or_level);
    return a;
  }

  std::string_view text_;
  Lexer lexer_;
  Token token_;
  std::uint32_t previous_end_ = 0;
  std::size_t nesting_ = 0;
  Syntax syntax_;
  SymbolTable table_;
  std::vector<Binding> bindings_;             // by symbol
  std::vector<std::uint32_t> definition_of_;  // by symbol
  const Definition* inside_ = nullptr;        // the definition whose body is being read
  std::optional<Diagnostic> problem_;
};

}  // namespace actjit
