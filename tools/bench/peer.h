// A peer: a library, or loops that a compiler made, measured beside actjit.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/parallel.h"
#include "tools/bench/workload.h"
#include "tools/common/timing.h"

namespace actjit::bench {

// What a peer is asked to compute, on tensors that lie ready.
struct Job {
  Cell cell;
  std::vector<const void*> inputs = {};   // in the program's order
  void* output = nullptr;                 // the first input where the cell is in place
  const ParallelFor* parallel = nullptr;  // for peers without threads of their own; null for one

  int threads() const { return cell.threads; }
};

// What computes a job whenever it is called.
struct Work {
  std::function<void()> run;
  tools::Batch batch = {};  // of a peer that times itself, being another process

  template <class F>
  requires std::invocable<const F&> Work(F f) : run(std::move(f)) {}
  Work() = default;
  explicit operator bool() const { return run != nullptr; }
  void operator()() const { run(); }
};

class Peer {
 public:
  explicit Peer(std::string name) : name_(std::move(name)) {}
  virtual ~Peer() = default;
  const std::string& name() const { return name_; }

  // Work that computes the job whenever it is called; empty where the peer has no such function.
  // Throws what the library throws where it refuses.
  virtual Work prepare(const Job& job) const = 0;

 private:
  std::string name_;
};

struct PeerOptions {
  bool avx2 = false;   // held to AVX2, whatever the processor has
  std::string python;  // an interpreter; empty for none of the peers that need one
};

struct Peers {
  std::vector<std::unique_ptr<Peer>> found;
  std::vector<std::string> missing;  // a sentence each
};

// Those of peers.def that this program was built with and that the options allow.
Peers find_peers(const PeerOptions& options);

// What a peer can do was tried in a process of its own, so that one that crashes does no harm.
struct Probe {
  std::vector<bool> works;            // for each cell
  std::vector<double> seconds;        // that a call for each cell may take, judged by a small one
  std::vector<std::string> failures;  // what went wrong, a sentence each
};
Probe probe(const Peer& peer, std::span<const Cell> cells);

}  // namespace actjit::bench
