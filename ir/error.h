// Errors and results.
//
// "You erred" is an Error value: a code, one sentence, and where. "We erred" is an InternalError,
// thrown by check(); it means a bug in actjit, never in the caller's input.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace actjit {

enum class ErrorCode : std::uint8_t {
  syntax,              // text that does not parse
  unknown_name,        // a function, input, parameter, dialect or target nobody declared
  type_mismatch,       // dtypes that do not fit an operation
  shape_mismatch,      // shapes that do not broadcast or do not match
  invalid_argument,    // a value out of its range
  invalid_graph,       // a graph the verifier refuses
  missing_input,       // an input without data
  unsupported_target,  // an instruction set this machine or build does not have
  unsupported,         // a request no implementation covers
  io,                  // files: missing, truncated, of another format
  limit,               // sizes and depths past a stated bound
  cancelled,           // the caller asked to stop
  internal             // we erred
};

std::string_view name(ErrorCode code);

// A place in a text: line and column count from 1, columns in bytes.
struct Location {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string source_line;  // the line itself, for the caret
  friend bool operator==(const Location&, const Location&) = default;
};

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;  // one sentence: what was wrong, what would be right
  std::optional<Location> where;

  // "line 1, column 6: message", the line of text and a caret below it where there is a location.
  std::string to_string() const;
};

// The one function in which errors are born (a place to put a breakpoint).
Error make_error(ErrorCode code, std::string message);
Error make_error(ErrorCode code, std::string message, Location where);

class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

// An internal check: what is false here is our bug. Usable in constant expressions.
constexpr void check(bool condition, const char* what) {
  if (!condition) throw InternalError(what);
}

// Either a T or an Error.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & { return check(has_value(), "value() of a failed Result"), std::get<0>(state_); }
  const T& value() const& {
    return check(has_value(), "value() of a failed Result"), std::get<0>(state_);
  }
  T&& value() && {
    check(has_value(), "value() of a failed Result");
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const {
    check(!has_value(), "error() of a Result that has a value");
    return std::get<1>(state_);
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool has_value() const { return !error_.has_value(); }
  explicit operator bool() const { return has_value(); }
  const Error& error() const {
    check(error_.has_value(), "error() of a Result that has a value");
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace actjit
