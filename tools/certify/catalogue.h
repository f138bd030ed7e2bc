// What the project has certificates for.
#pragma once

#include <string>
#include <vector>

#include "tools/certify/certify.h"

namespace actjit::tools {

// An elementwise function of one input, its parameters set to some dialect's defaults.
struct CatalogueItem {
  std::string expression;  // a canonical call: "leaky_relu(x, slope=0.01)"
  Graph graph;
};

// Every activation of every dialect with its defaults, every op on floats that users write as a
// function, and their derivatives, for an input of `dtype`; each function once.
std::vector<CatalogueItem> catalogue_items(DType dtype);

// The tiers functions of `dtype` are certified in.
std::vector<Tier> catalogue_tiers(DType dtype);

// The text of ir/certificates/DTYPE.def.
std::string certificate_rows(std::span<const Certificate> certificates);

// docs/accuracy.md, from the project's certificates.
std::string accuracy_markdown();

}  // namespace actjit::tools
