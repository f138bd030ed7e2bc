#include "tools/certify/pieces.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

#include "tools/certify/column.h"
#include "tools/certify/fit.h"
#include "tools/certify/oracle.h"

namespace actjit::tools {

namespace {

// How far an interval reaches from a root: 2^-12 to 4 times its magnitude's power of two, and how
// many steps double it.
constexpr int narrowest = -12, widest = 2;
constexpr int steps_each = 4;
constexpr std::uint64_t samples = std::uint64_t{1} << 17;  // to see changes of sign
constexpr int around = 16384;                              // inputs an error is measured with
// What an interval is made narrower by until there is a polynomial.
constexpr double narrower = 0.875;
// Pieces on one side of a root.
constexpr int most_pieces = 3;

Bits bits_at(std::uint64_t rank) { return at_rank(DType::f64, rank); }
double value_at(std::uint64_t rank) { return f64_of(bits_at(rank)); }
std::uint64_t rank_at(double x) { return rank_of(DType::f64, to_bits(x)); }

// Multiples of the golden ratio, modulo 1: spread evenly, and of full length in binary, which the
// roundings of a formula depend on.
double share_of(int i) { return std::fmod((i + 0.5) * (std::numbers::phi - 1), 1); }

// Inputs beyond root + near, as far as root + 4 near, most of them close to the former.
std::vector<Bits> beyond(double root, double near) {
  std::vector<Bits> out;
  for (int i = 0; i < around; ++i) {
    const double share = share_of(i);
    out.push_back(to_bits(root + near * (1 + 3 * share * share * share)));
  }
  return out;
}

std::vector<Bits> neighbours(double x) {
  std::vector<Bits> out;
  for (std::uint64_t i = 0; i < around; ++i) out.push_back(bits_at(rank_at(x) - around / 2 + i));
  return out;
}

class Finder {
 public:
  Finder(const Oracle& oracle, const RealProgram& program, const Kernel& kernel, double bound)
      : oracle_(oracle), f_(program), kernel_(kernel), bound_(bound) {}

  Result<std::vector<Piece>> run() {
    const Domain domain(DType::f64, ~std::uint64_t{0} / samples);
    std::vector<Bits> x;
    for (std::uint64_t i = 0; i < domain.size(); ++i) x.push_back(domain[i]);
    const std::vector<int> signs = signs_of(x);
    for (std::size_t i = 1; i < x.size(); ++i)
      if (signs[i] * signs[i - 1] < 0)
        if (auto done =
                near(rank_of(DType::f64, x[i - 1]), rank_of(DType::f64, x[i]), signs[i - 1]);
            !done)
          return done.error();
    return std::move(pieces_);
  }

 private:
  // -1, 1, or 0 for zeros, infinities and NaN.
  std::vector<int> signs_of(const std::vector<Bits>& x) {
    oracle_.evaluate(x, truth_);
    std::vector<int> out;
    for (Bits bits : truth_.nearest) {
      const double y = f64_of(bits);
      out.push_back(!std::isfinite(y) || y == 0 ? 0 : std::signbit(y) ? -1 : 1);
    }
    return out;
  }

  // A change of sign between two ranks: nothing is done where it is a pole, a jump, or 0 itself.
  Result<void> near(std::uint64_t low, std::uint64_t high, int low_sign) {
    while (high - low > 1) {
      const std::uint64_t middle = low + (high - low) / 2;
      (signs_of({bits_at(middle)})[0] == low_sign ? low : high) = middle;
    }
    Number root(fit_precision);
    if (std::fabs(value_at(high)) < 0x1p-500 || !refine(value_at(low), value_at(high), root))
      return {};
    const double at = mpfr_get_d(root, MPFR_RNDN);
    if (is_covered(at)) return {};
    const Result<double> error = error_at(neighbours(at));
    if (!error) return error.error();
    return *error <= bound_ ? Result<void>() : cover(root, at);
  }

  // The domain goes over most numbers twice.
  bool is_covered(double x) const {
    return std::any_of(pieces_.begin(), pieces_.end(),
                       [&](const Piece& p) { return p.first <= x && x <= p.last; });
  }

  Result<void> cover(const Number& root, double at) {
    const double size = std::ldexp(1.0, std::ilogb(at));
    const Result<double> left = reach(at, -size);
    if (!left) return left.error();
    const Result<double> right = reach(at, size);
    if (!right) return right.error();
    const double first = held_to_side(at, at - *left);
    const double last = held_to_side(at, at + *right);
    // Within a factor of two of the root, the distance from it is exact.
    const double half = std::fabs(at) / 2;
    const std::optional<Piece> middle =
        beside_root(root, std::min(at - first, half), std::min(last - at, half), size);
    if (!middle) return {};
    pieces_.push_back(*middle);
    add_pieces(middle->first, first);
    add_pieces(middle->last, last);
    return {};
  }

  // Formulas have knees at and beside 0, some too short to be seen by a fit: no piece goes there.
  static double held_to_side(double root, double end) {
    const double nearest = root * 0x1p-6;
    return root < 0 ? std::min(end, nearest) : std::max(end, nearest);
  }

  // Narrower than asked for where a knee is near.
  std::optional<Piece> beside_root(const Number& root, double left, double right, double size) {
    const double least = std::ldexp(size, narrowest);
    Fit fit(f_, root);
    for (;;) {
      if (auto piece = fit.run(-left, right)) return piece;
      double& wider = left > right ? left : right;
      if (wider <= least) return std::nullopt;
      wider *= narrower;
    }
  }

  // On from the end of one piece, as far as `to`, unless a knee ends it.
  void add_pieces(double from, double to) {
    double width = to - from;
    for (int n = 0; n < most_pieces && std::fabs(to - from) > std::fabs(to) * 0x1p-20;) {
      if (std::fabs(width) > std::fabs(to - from)) width = to - from;
      if (auto piece = Fit(f_, from + width / 2).run(-std::fabs(width / 2), std::fabs(width / 2))) {
        pieces_.push_back(*piece);
        from = width < 0 ? piece->first : piece->last;
        ++n;
      } else if (std::fabs(width) < std::ldexp(std::fabs(from), narrowest)) {
        return;
      } else {
        width *= narrower;
      }
    }
  }

  // The smallest distance beyond which, on the side of `size`, the error is well within the bound;
  // failing that, the one with the smallest error.
  Result<double> reach(double root, double size) {
    constexpr double well_within = 0.8;
    double best = 0;
    double least = std::numeric_limits<double>::infinity();
    for (int k = narrowest * steps_each; k <= widest * steps_each; ++k) {
      const double width = size * std::exp2(static_cast<double>(k) / steps_each);
      const Result<double> error = error_at(beyond(root, width));
      if (!error) return error.error();
      if (*error < least) {
        least = *error;
        best = std::fabs(width);
      }
      if (*error <= well_within * bound_) break;
    }
    return best;
  }

  // The secant through two neighbours, again and again.
  bool refine(double low, double high, Number& root) {
    constexpr int steps = 8;
    Number a(fit_precision), b(fit_precision), fa(fit_precision), fb(fit_precision);
    Number step(fit_precision);
    mpfr_set_d(a, low, MPFR_RNDN);
    mpfr_set_d(b, high, MPFR_RNDN);
    if (!f_(a, fa) || !f_(b, fb)) return false;
    for (int i = 0; i < steps && !mpfr_zero_p(fb); ++i) {
      mpfr_sub(step, b, a, MPFR_RNDN);
      mpfr_sub(fa, fb, fa, MPFR_RNDN);
      mpfr_div(step, step, fa, MPFR_RNDN);
      mpfr_mul(step, step, fb, MPFR_RNDN);
      mpfr_swap(a, b);
      mpfr_swap(fa, fb);
      mpfr_sub(b, a, step, MPFR_RNDN);
      if (mpfr_equal_p(a, b)) break;
      // So near the root that its sign is all that is known.
      if (!f_(b, fb)) break;
    }
    mpfr_set(root, b, MPFR_RNDN);
    const double at = mpfr_get_d(root, MPFR_RNDN);
    return at >= low && at <= high;
  }

  // The largest error at these inputs.
  Result<double> error_at(const std::vector<Bits>& x) {
    const Result<std::vector<Bits>> y = results_of(kernel_, x);
    if (!y) return y.error();
    oracle_.evaluate(x, truth_);
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      if ((*y)[i] != truth_.nearest[i])
        worst = std::max(worst, ulp_error(DType::f64, (*y)[i], truth_.value[i], truth_.rest[i]));
    return worst;
  }

  const Oracle& oracle_;
  LongFunction f_;
  const Kernel& kernel_;
  double bound_;
  Truth truth_;
  std::vector<Piece> pieces_;
};

}  // namespace

Result<std::vector<Piece>> pieces_near_roots(const Graph& graph, const Kernel& kernel,
                                             double bound) {
  const Result<Oracle> oracle = Oracle::create(graph);
  if (!oracle) return oracle.error();
  const Result<RealProgram> program = make_program(graph);
  if (!program) return program.error();
  return Finder(*oracle, *program, kernel, bound).run();
}

std::vector<Bits> inputs_of(const Piece& piece) {
  constexpr int inside = 1 << 15;
  std::vector<Bits> out;
  for (int i = 0; i < inside; ++i)
    out.push_back(to_bits(std::lerp(piece.first, piece.last, share_of(i))));
  for (double end : {piece.first, piece.middle, piece.last})
    for (Bits x : neighbours(end)) out.push_back(x);
  return out;
}

}  // namespace actjit::tools
