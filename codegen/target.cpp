#include "codegen/target.h"

#include <array>
#include <string>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace actjit {
namespace {

// What a machine has beyond its baseline, as far as our targets ask.
enum class HostLevel : unsigned { other, x86_64, x86_64_v3, x86_64_v4 };

struct Row {
  Target target;
  HostLevel needs;
};

constexpr std::string_view x86_triple = "x86_64-unknown-linux-gnu";
constexpr std::array rows = {
    Row{{.name = "x86-64-v3",
         .triple = x86_triple,
         .cpu = "x86-64-v3",
         .features = "+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe",
         .vector_bits = 256,
         .lane_masks = false},
        HostLevel::x86_64_v3},
    Row{{.name = "x86-64-v4",
         .triple = x86_triple,
         .cpu = "x86-64-v4",
         // LLVM's own preference for 256 bits is tuning; the width is ours.
         .features = "+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,"
                     "+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl,-prefer-256-bit",
         .vector_bits = 512,
         .lane_masks = true},
        HostLevel::x86_64_v4},
};

constexpr auto targets = [] {
  std::array<Target, rows.size()> all{};
  for (std::size_t i = 0; i < rows.size(); ++i) all[i] = rows[i].target;
  return all;
}();

#if defined(__x86_64__)

struct CpuId {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;  // all zero where the leaf does not exist
};

CpuId cpuid(unsigned leaf) {
  CpuId id;
  if (__get_cpuid_count(leaf, 0, &id.eax, &id.ebx, &id.ecx, &id.edx) == 0) return {};
  return id;
}

constexpr bool has_all(unsigned word, unsigned bits) { return (word & bits) == bits; }

// XCR0: the register sets the operating system saves; readable only where OSXSAVE says so.
unsigned saved_registers(const CpuId& leaf1) {
  if (!has_all(leaf1.ecx, bit_OSXSAVE)) return 0;
  unsigned low = 0, high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

HostLevel host_level() {
  constexpr unsigned ymm_saved = 0x06;  // SSE and AVX state
  constexpr unsigned zmm_saved = 0xe6;  // and masks, upper halves, upper sixteen
  constexpr unsigned lzcnt = 1u << 5;   // leaf 0x80000001, ECX
  const CpuId leaf1 = cpuid(1), leaf7 = cpuid(7), extended = cpuid(0x80000001);
  const unsigned saved = saved_registers(leaf1);

  const bool v3 = has_all(saved, ymm_saved) &&
                  has_all(leaf1.ecx, bit_AVX | bit_FMA | bit_F16C | bit_MOVBE) &&
                  has_all(leaf7.ebx, bit_AVX2 | bit_BMI | bit_BMI2) && has_all(extended.ecx, lzcnt);
  if (!v3) return HostLevel::x86_64;
  const bool v4 =
      has_all(saved, zmm_saved) &&
      has_all(leaf7.ebx, bit_AVX512F | bit_AVX512BW | bit_AVX512CD | bit_AVX512DQ | bit_AVX512VL);
  return v4 ? HostLevel::x86_64_v4 : HostLevel::x86_64_v3;
}

#else

HostLevel host_level() { return HostLevel::other; }

#endif

Result<Target> native_target() {
  const HostLevel host = host_level();
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    if (row->needs <= host) return row->target;
  }
  return make_error(ErrorCode::unsupported_target,
                    "this machine supports none of the targets; the weakest is " +
                        std::string(targets.front().name));
}

std::string list_of_names() {
  std::string names = "native";
  for (const Target& target : targets) names.append(", ").append(target.name);
  return names;
}

}  // namespace

std::span<const Target> all_targets() { return targets; }

Result<Target> find_target(std::string_view name) {
  if (name == "native") return native_target();
  for (const Target& target : targets) {
    if (target.name == name) return target;
  }
  return make_error(ErrorCode::unknown_name,
                    "unknown target '" + std::string(name) + "'; there are " + list_of_names());
}

bool host_supports(const Target& target) {
  for (const Row& row : rows) {
    if (row.target == target) return row.needs <= host_level();
  }
  return false;
}

}  // namespace actjit
