// A function as a polynomial on an interval, by interpolation in 512 bits.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "ir/certificate.h"
#include "tools/certify/interval_program.h"

namespace actjit::tools {

inline constexpr mpfr_prec_t fit_precision = 512;

// A program's value at numbers of many digits.
class LongFunction {
 public:
  explicit LongFunction(const RealProgram& program) : intervals_(program, fit_precision) {}

  // Whether the value is a number that is known to a third of the digits.
  bool operator()(const Number& x, mpfr_ptr y);

 private:
  IntervalProgram intervals_;
};

// The function as value + t (a polynomial in t), t = x - middle.
class Fit {
 public:
  // Beside a root.
  Fit(LongFunction& f, const Number& root);
  // About any other number.
  Fit(LongFunction& f, double middle);

  // For t from `low` to `high`, with the fewest terms that are close enough, if any are, and if
  // what is added to the leading term is smaller than the sum.
  std::optional<Piece> run(double low, double high);

 private:
  using Numbers = std::vector<std::unique_ptr<Number>>;
  static Numbers numbers(std::size_t n);

  bool at(mpfr_srcptr t, mpfr_ptr out);
  void set_node(std::size_t i, std::size_t n, mpfr_ptr t) const;
  bool interpolate(std::size_t n);
  bool is_close(std::size_t n);
  Piece piece(std::size_t n) const;

  LongFunction& f_;
  bool is_root_ = false;
  Number middle_{fit_precision}, value_{fit_precision};
  double centre_ = 0, half_width_ = 0;  // of the interval of t
  Numbers terms_;
};

}  // namespace actjit::tools
