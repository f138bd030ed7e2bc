// Loops as peers: they are split over threads as a program would do it that has a parallel for.
#include <algorithm>

#include "tools/bench/peer.h"
#include "tools/bench/peers/loop.h"
#include "tools/bench/peers/make.h"

namespace actjit::bench {

namespace {

// Below this, starting a second thread costs more than it brings.
constexpr std::int64_t min_elements_of_a_thread = 16384;
// Pieces of a flat tensor begin at whole vectors.
constexpr std::int64_t piece_alignment = 64;

LoopDtype loop_dtype(DType dtype) {
  switch (dtype) {
    case DType::f64: return LoopDtype::f64;
    case DType::bf16: return LoopDtype::bf16;
    case DType::f16: return LoopDtype::f16;
    default: return LoopDtype::f32;
  }
}

// One call, and how it falls apart for threads.
struct Split {
  Loop loop = nullptr;
  LoopCall call{};
  std::int64_t pieces = 1, length = 0;

  void run(std::int64_t piece) const {
    LoopCall part = call;
    part.begin = piece * length;
    part.end = std::min(part.begin + length, call.end);
    if (part.begin < part.end) loop(&part);
  }
};

Split split(Loop loop, const Job& job) {
  const Cell& cell = job.cell;
  Split out{.loop = loop};
  for (std::size_t i = 0; i < job.inputs.size(); ++i) out.call.in[i] = job.inputs[i];
  out.call.out = job.output;
  out.call.outer = cell.outer;
  out.call.inner = cell.inner;
  const bool by_row = cell.workload->form != Form::flat && !cell.first_axis;
  out.call.end = by_row ? cell.outer : cell.inner;
  if (cell.elements() >= job.threads() * min_elements_of_a_thread) out.pieces = job.threads();
  out.length = (out.call.end + out.pieces - 1) / out.pieces;
  if (!by_row && out.pieces > 1)
    out.length = (out.length + piece_alignment - 1) / piece_alignment * piece_alignment;
  return out;
}

class LoopPeer : public Peer {
 public:
  LoopPeer(std::string name, FindLoop find) : Peer(std::move(name)), find_(find) {}

  Work prepare(const Job& job) const override {
    const Cell& cell = job.cell;
    const std::string workload(cell.workload->name);
    const Loop loop = find_(workload.c_str(), loop_dtype(cell.dtype), cell.first_axis);
    if (!loop) return {};
    return [s = split(loop, job), parallel = job.parallel] {
      if (s.pieces == 1) return s.run(0);
      const auto body = [](void* state, std::int64_t i) {
        static_cast<const Split*>(state)->run(i);
      };
      parallel->run(parallel->context, s.pieces, body, const_cast<Split*>(&s));
    };
  }

 private:
  FindLoop find_;
};

}  // namespace

#define ACTJIT_LOOP_PEER(make, library)                                                  \
  std::unique_ptr<Peer> make(const char* name, const PeerOptions& options) {             \
    return std::make_unique<LoopPeer>(                                                   \
        name, options.avx2 ? find_##library##_loop_avx2 : find_##library##_loop_native); \
  }
ACTJIT_LOOP_PEER(make_gcc_loops, gcc)
#if ACTJIT_HAS_CLANG
ACTJIT_LOOP_PEER(make_clang_loops, clang)
#endif
#if ACTJIT_HAS_SLEEF
ACTJIT_LOOP_PEER(make_sleef_u10, sleef_u10)
ACTJIT_LOOP_PEER(make_sleef_u35, sleef_u35)
#endif
#if ACTJIT_HAS_HIGHWAY
ACTJIT_LOOP_PEER(make_highway, highway)
#endif

}  // namespace actjit::bench
