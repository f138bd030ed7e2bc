// The hash that binds a certificate to its graph: of nodes, constants and tables. Names and shapes
// do not count: they change no bits of an elementwise function. Nor does the order of the nodes,
// which compilers are free to choose: operands are built in the order arguments are evaluated in.
#pragma once

#include <cstdint>
#include <string_view>

#include "ir/graph.h"

namespace actjit {

namespace detail {

// MurmurHash3's finaliser over a running sum: A. Appleby, 2008, in the public domain.
class Hasher {
 public:
  constexpr void mix(std::uint64_t word) {
    state_ = (state_ ^ word) * 0x9e3779b97f4a7c15;
    state_ ^= state_ >> 32;
    state_ *= 0xff51afd7ed558ccd;
    state_ ^= state_ >> 29;
  }
  // By its letters, so that the order of a table's rows does not count.
  constexpr void mix(std::string_view text) {
    mix(text.size());
    for (char c : text) mix(static_cast<std::uint64_t>(static_cast<unsigned char>(c)));
  }
  constexpr std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325;
};

constexpr void mix_attribute(const Graph& g, const Node& n, Hasher& h) {
  if (n.op == Op::lookup) {
    const Table& table = g.tables()[n.attribute[0]];
    h.mix(text(table.dtype));
    h.mix(table.values.size());
    for (Bits b : table.values) h.mix(b);
  } else if (n.op == Op::constant || n.op == Op::input || n.op == Op::scalar || has_axes(n.op)) {
    h.mix(n.attribute[0]);
    h.mix(n.attribute[1]);
  }
}

}  // namespace detail

// Of the outputs, each by what it is made of.
constexpr std::uint64_t certificate_hash(const Graph& g) {
  std::vector<std::uint64_t> of_node(g.size(), 0);
  for (NodeId id = 0; id < g.size(); ++id) {
    const Node& n = g[id];
    detail::Hasher h;
    h.mix(text(n.op));
    h.mix(text(n.dtype));
    for (NodeId arg : n.operands()) h.mix(of_node[arg]);
    detail::mix_attribute(g, n, h);
    of_node[id] = h.value();
  }
  detail::Hasher h;
  for (const Output& o : g.outputs()) h.mix(of_node[o.node]);
  return h.value();
}

}  // namespace actjit
