// What the environment says: the only place that reads it.
#pragma once

#include <string>

namespace actjit {

// Where certificates that users make are kept: $ACTJIT_CERTIFICATES, else
// $XDG_DATA_HOME/actjit/certificates, else ~/.local/share/actjit/certificates; empty where none of
// the variables is set.
std::string certificate_folder();

}  // namespace actjit
