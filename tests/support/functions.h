// The functions of one operand that a user can name.
#pragma once

#include <map>
#include <string>

#include "frontend/language.h"

namespace actjit::test {

// By its text: every elementwise activation that has defaults in some dialect, and every math op.
std::map<std::string, Program> functions_of_one_input();

}  // namespace actjit::test
