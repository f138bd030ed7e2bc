// The state of an unfinished check, in a file that is never half written.
#pragma once

#include <optional>
#include <string>

#include "tools/certify/check.h"

namespace actjit::tools {

// `key` says which check it is: a state of another one is not taken up.
Result<void> save_state(const std::string& path, const std::string& key, const Findings& findings);

// Nothing where there is no file, or one of another check or version.
std::optional<Findings> load_state(const std::string& path, const std::string& key);

void remove_state(const std::string& path);

}  // namespace actjit::tools
