#include "tools/bench/peer.h"

#include <fmt/format.h>

#include <exception>

#include "tools/bench/peers/make.h"

namespace actjit::bench {

namespace {

void add(Peers& peers, const char* name, const PeerOptions& options,
         std::unique_ptr<Peer> (*make)(const char*, const PeerOptions&)) {
  try {
    peers.found.push_back(make(name, options));
  } catch (const std::exception& error) {
    peers.missing.push_back(fmt::format("{}: {}", name, error.what()));
  }
}

}  // namespace

// `found` decides while compiling, so that what was not found is not linked either.
Peers find_peers(const PeerOptions& options) {
  Peers out;
#define PEER(make, was_found, name, package)                                 \
  if constexpr (was_found) {                                                 \
    add(out, name, options, make);                                           \
  } else {                                                                   \
    out.missing.push_back(fmt::format("{}: not found ({})", name, package)); \
  }
#include "tools/bench/peers.def"
#undef PEER
  return out;
}

}  // namespace actjit::bench
