// What each activation is, in quadruple precision through libquadmath: written from the definitions
// of the frameworks, independently of the catalogue's formulas.
#pragma once

#include <span>
#include <string_view>

namespace actjit::test {

__extension__ typedef __float128 Quad;

// The value of the activation of that canonical name at `x` (and `second`, for those with two
// operands), with the canonical parameters in the order of the catalogue's row. `known` becomes
// false for a name the oracle does not have.
Quad activation_oracle(std::string_view name, Quad x, Quad second, std::span<const double> p,
                       bool& known);

}  // namespace actjit::test
