// libxsmm: its elementwise kernels of one input. They err by some 1e-4, which makes them peers of
// the rough tier.
#include <map>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "tools/bench/peers/make.h"

// Behind all others: it redefines what the standard library's headers use.
#include <libxsmm.h>

namespace actjit::bench {

namespace {

std::optional<libxsmm_meltw_unary_type> kind_of(std::string_view workload) {
  static const std::map<std::string_view, libxsmm_meltw_unary_type> table{
      {"relu", LIBXSMM_MELTW_TYPE_UNARY_RELU},       {"elu", LIBXSMM_MELTW_TYPE_UNARY_ELU},
      {"sigmoid", LIBXSMM_MELTW_TYPE_UNARY_SIGMOID}, {"tanh", LIBXSMM_MELTW_TYPE_UNARY_TANH},
      {"gelu", LIBXSMM_MELTW_TYPE_UNARY_GELU},       {"exp", LIBXSMM_MELTW_TYPE_UNARY_EXP}};
  const auto found = table.find(workload);
  return found == table.end() ? std::nullopt : std::optional(found->second);
}

std::optional<libxsmm_datatype> type_of(DType dtype) {
  switch (dtype) {
    case DType::f32: return LIBXSMM_DATATYPE_F32;
    case DType::bf16: return LIBXSMM_DATATYPE_BF16;
    case DType::f16: return LIBXSMM_DATATYPE_F16;
    default: return std::nullopt;
  }
}

class Libxsmm : public Peer {
 public:
  explicit Libxsmm(const char* name) : Peer(name) {}

  // Its kernels are for matrices; columns are as long as suits its blocks of registers.
  Work prepare(const Job& job) const override {
    const auto kind = kind_of(job.cell.workload->name);
    const auto type = type_of(job.cell.dtype);
    if (!kind || !type || job.threads() > 1) return {};
    constexpr std::int64_t column = 256;
    const std::int64_t n = job.cell.elements();
    const bool is_even = n % column == 0;
    const auto rows = static_cast<libxsmm_blasint>(is_even ? column : n);
    const auto columns = static_cast<libxsmm_blasint>(is_even ? n / column : 1);
    const libxsmm_meltw_unary_shape shape = libxsmm_create_meltw_unary_shape(
        rows, columns, rows, rows, *type, *type, LIBXSMM_DATATYPE_F32);
    const libxsmm_meltwfunction_unary kernel =
        libxsmm_dispatch_meltw_unary(*kind, shape, LIBXSMM_MELTW_FLAG_UNARY_NONE);
    if (kernel == nullptr) return {};
    return [kernel, in = job.inputs[0], out = job.output] {
      float alpha = 1;  // of elu
      libxsmm_meltw_unary_param call{};
      call.op.primary = &alpha;
      call.in.primary = const_cast<void*>(in);
      call.out.primary = out;
      kernel(&call);
    };
  }
};

}  // namespace

std::unique_ptr<Peer> make_libxsmm(const char* peer_name, const PeerOptions& options) {
  libxsmm_init();
  if (options.avx2) libxsmm_set_target_archid(LIBXSMM_X86_AVX2);
  return std::make_unique<Libxsmm>(peer_name);
}

}  // namespace actjit::bench
