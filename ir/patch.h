// patch: the corrections of a certificate, put into the expanded graph.
#pragma once

#include "ir/certificate.h"
#include "ir/math/poly.h"
#include "ir/rebuild.h"
#include "ir/value.h"

namespace actjit {

// A unit in the last place of f32 in those of f64.
inline constexpr std::int64_t f32_unit = std::int64_t{1} << 29;

namespace detail {

// The roundings whose result is the output itself, or one of its alternatives: from f64, or from
// f32 to 16 bits.
constexpr std::vector<bool> final_roundings(const Graph& g) {
  std::vector<bool> reached(g.size(), false);
  std::vector<bool> out(g.size(), false);
  for (const Output& o : g.outputs()) reached[o.node] = true;
  for (NodeId id = static_cast<NodeId>(g.size()); id-- > 0;) {
    if (!reached[id]) continue;
    const Node& n = g[id];
    switch (n.op) {
      case Op::cast:
        out[id] = is_float(n.dtype) && bytes(n.dtype) < bytes(g[n.args[0]].dtype);
        reached[n.args[0]] = is_float(g[n.args[0]].dtype) && !out[id];
        break;
      case Op::select: reached[n.args[1]] = reached[n.args[2]] = true; break;
      case Op::min:
      case Op::max: reached[n.args[0]] = reached[n.args[1]] = true; break;
      case Op::neg:
      case Op::abs:
      case Op::copysign: reached[n.args[0]] = true; break;
      default: break;
    }
  }
  return out;
}

// The input in a dtype that has comparisons.
constexpr Value patched_input(Graph& g) {
  const Value x{&g, g.inputs()[0].node};
  return bytes(x.dtype()) == 2 ? cast(x, DType::f32) : x;
}

// y moved away from zero by what the patches say for x.
constexpr Value nudged(Value x, Value y, std::span<const Patch> patches) {
  const bool wide = y.dtype() == DType::f64;
  const Value bits = bitcast(y, wide ? DType::i64 : DType::i32);
  Value by = bits.like(0);
  for (const Patch& p : patches) {
    if (p.nudge == 0) continue;
    const std::int64_t units = wide ? p.nudge : p.nudge / f32_unit;
    by = select((x >= p.first) & (x <= p.last), by.like(units), by);
  }
  const Value moved = bitcast(bits + by, y.dtype());
  // Where the caller flushes subnormal numbers, f32 may be 0 here, which has nothing below it.
  return wide ? moved : select(y == 0.0, y, moved);
}

// The last step rounds what is known to more than twice f64's digits.
constexpr Value on_piece(Value input, const Piece& p) {
  const Value x = cast(input, DType::f64);
  const Value d = x - p.middle;
  const Value t = d - p.middle_low;
  const Value t_low = (d - t) - p.middle_low;
  const std::span<const double> terms = p.used_terms();
  const Value bend = terms.size() > 1 ? fma(t, math::horner(t, terms.subspan(1)), p.slope_low)
                                      : t.like(p.slope_low);
  if (p.value == 0) return fma(t, p.terms[0], fma(t_low, p.terms[0], t * bend));
  return fma(t, p.terms[0], fma(t, bend, p.value_low)) + p.value;
}

}  // namespace detail

// What a certificate has of them.
struct Corrections {
  std::vector<Patch> patches;
  std::vector<Piece> pieces;

  constexpr bool empty() const { return patches.empty() && pieces.empty(); }
};

constexpr Corrections corrections_of(const Certificate& c) {
  return {{c.patches.begin(), c.patches.end()}, {c.pieces.begin(), c.pieces.end()}};
}

constexpr Graph apply_patches(const Graph& in, const Corrections& corrections) {
  const std::span<const Patch> patches = corrections.patches;
  bool nudges = false;
  for (const Patch& p : patches) nudges = nudges || p.nudge != 0;
  std::vector<bool> marked(in.size(), false);
  if (nudges) marked = detail::final_roundings(in);
  return rebuild(
      in,
      [&](Graph& out, NodeId id, std::span<const NodeId> args, auto copy) {
        if (!marked[id]) return copy();
        const Value y = detail::nudged(detail::patched_input(out), Value{&out, args[0]}, patches);
        return cast(y, in[id].dtype).id;
      },
      [&](Graph& out, NodeId, NodeId made) {
        const Value x = detail::patched_input(out);
        Value y{&out, made};
        for (const Patch& p : patches)
          if (p.nudge == 0) y = select(x == p.first, y.like(p.result), y);
        for (const Piece& p : corrections.pieces)
          y = select((x >= p.first) & (x <= p.last), detail::on_piece(x, p), y);
        return y.id;
      });
}

}  // namespace actjit
