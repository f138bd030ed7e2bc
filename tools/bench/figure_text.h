// Figures as the table and the page write them.
#pragma once

#include <optional>
#include <string>

#include "tools/bench/figure.h"

namespace actjit::bench {

std::string per_element(const Cell& cell, const Figure& f);
// What is no number any more is said to be wrong.
std::string show_ulp(double ulp);
std::string show_ratio(const std::optional<double>& ratio);
// Of 16 elements, a vector of f32; "-" where they were not counted.
std::string show_operations(const Figure& f);

// The ratio of a tier, and to whom where that is another peer than the one that the line names.
std::string ratio_text(const Measured& m, const Figure& tier);

// The peer that a cell's line names: where none is accurate enough the quickest one, in brackets,
// which no ratio is to.
struct NamedPeer {
  std::string name = "none", ns = "-", ulp = "-", operations = "-";
};
NamedPeer named_peer(const Measured& m);

}  // namespace actjit::bench
