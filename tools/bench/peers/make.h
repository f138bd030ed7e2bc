// The functions that make the peers (peers.def), each defined where its library was found. They
// throw std::runtime_error where the options leave the peer out.
#pragma once

#include <memory>

#include "tools/bench/peer.h"

namespace actjit::bench {

#define PEER(make, found, name, package) \
  std::unique_ptr<Peer> make(const char* peer_name, const PeerOptions& options);
#include "tools/bench/peers.def"
#undef PEER

}  // namespace actjit::bench
