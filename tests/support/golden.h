// Golden texts: what a stage prints, kept in tests/golden and compared line by line.
//
// ACTJIT_BLESS=1 writes what is printed now; review it as a diff.
#pragma once

#include <gtest/gtest.h>

#include <string_view>

namespace actjit::test {

testing::AssertionResult is_golden(std::string_view name, std::string_view text);

}  // namespace actjit::test
