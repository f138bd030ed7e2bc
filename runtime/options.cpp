#include "runtime/options.h"

#include <cstdlib>

namespace actjit {

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

std::string certificate_folder() {
  if (const std::string own = variable("ACTJIT_CERTIFICATES"); !own.empty()) return own;
  if (const std::string data = variable("XDG_DATA_HOME"); !data.empty())
    return data + "/actjit/certificates";
  if (const std::string home = variable("HOME"); !home.empty())
    return home + "/.local/share/actjit/certificates";
  return "";
}

}  // namespace actjit
