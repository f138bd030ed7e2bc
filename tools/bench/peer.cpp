#include "tools/bench/peer.h"

#include <fmt/format.h>

#include "tools/bench/peers/make.h"

namespace actjit::bench {

// `found` decides while compiling, so that what was not found is not linked either.
Peers find_peers() {
  Peers out;
#define PEER(make, was_found, name, package)                                           \
  if constexpr (was_found) {                                                           \
    out.found.push_back(make(name));                                                   \
  } else {                                                                             \
    out.missing.push_back(fmt::format("{}: not found ({} on Debian)", name, package)); \
  }
#include "tools/bench/peers.def"
#undef PEER
  return out;
}

}  // namespace actjit::bench
