#include "tools/common/report.h"

#include <fmt/format.h>

#include <array>
#include <cstring>

#include "tools/common/terminal.h"

namespace actjit::tools {

namespace {

// Two tensors, one copied to the other: as many bytes moved as the kernel moves.
struct Copy {
  Buffer from, to;

  void operator()() {
    std::memcpy(to.data(), from.data(), to.size_bytes());
    keep(to.data());
  }
};

Result<Copy> make_copy(double bytes) {
  const auto floats = static_cast<std::int64_t>(bytes / 2 / 4);
  Result<Buffer> from = Buffer::make(DType::f32, {floats});
  if (!from) return from.error();
  Result<Buffer> to = Buffer::make(DType::f32, {floats});
  if (!to) return to.error();
  return Copy{std::move(*from), std::move(*to)};
}

}  // namespace

double Speed::ns_per_element() const {
  return elements > 0 ? call_ns / static_cast<double>(elements) : 0;
}

Result<Speed> measure_speed(const Kernel& kernel, const Call& call, const ParallelFor* parallel,
                            const Timing& timing) {
  const Result<BoundCall> run = kernel.bind(call.input_views, call.output_views, call.scalars);
  if (!run) return run.error();
  Speed speed{.bytes = call.bytes(), .elements = call.elements()};
  if (speed.elements == 0) return speed;
  Result<Copy> copy = make_copy(speed.bytes);
  if (!copy) return copy.error();
  const std::array<std::function<void()>, 3> works{[&] { (*run)(parallel); }, [&] { (*copy)(); },
                                                   run_chain};
  const std::vector<double> ns = time_in_turn(works, timing);
  speed.call_ns = ns[0];
  speed.copy_ns = ns[1];
  speed.cycle_ns = ns[2] / chain_cycles;
  return speed;
}

Result<Report> make_report(const Kernel& kernel, Call& call, double compile_ns,
                           const ParallelFor* parallel) {
  const Result<Speed> speed = measure_speed(kernel, call, parallel);
  if (!speed) return speed.error();
  return Report{.target = kernel.spec().target,
                .lanes = kernel.plan().lanes,
                .unroll = kernel.plan().unroll,
                .kernels = kernel.steps(),
                .compile_ns = compile_ns,
                .times = kernel.times(),
                .speed = *speed,
                .accuracy = judge(call.graph, call.input_views, call.scalars, call.output_views,
                                  max_compared)};
}

std::string show(const Speed& s) {
  return fmt::format("{} ns per element, {} GB/s; copy of the same bytes {} GB/s",
                     show_number(s.ns_per_element()), show_number(s.gb_per_second()),
                     show_number(s.copy_gb_per_second()));
}

std::string show(const Accuracy& a) {
  if (a.elements == 0) return "nothing to compare";
  if (a.compared == 0)
    return fmt::format("not compared: along axes the reference takes {} elements at most",
                       max_reference_elements);
  std::string out =
      fmt::format("{} ULP against the formula in long double", show_number(a.max_ulp));
  if (a.compared < a.elements) out += fmt::format(", {} of {} elements", a.compared, a.elements);
  // Within the contract of the default tier the place tells nothing.
  if (a.max_ulp > 1)
    out += fmt::format(" (worst at element {}: {:.17g}, wanted {:.17g})", a.worst, a.got, a.wanted);
  return out;
}

std::string show(const CompileTimes& t) {
  return fmt::format("lower {}, plan {}, emit {}, optimise {}, object {}, release {}, link {}",
                     show_time(1e3 * t.lower), show_time(1e3 * t.plan), show_time(1e3 * t.emit),
                     show_time(1e3 * t.optimise), show_time(1e3 * t.object),
                     show_time(1e3 * t.release), show_time(1e3 * t.link));
}

std::string print(const Report& r, std::size_t indent, bool colour) {
  const auto line = [&](std::string_view label, std::string_view text) {
    return fmt::format("{:{}}{} {}\n", "", indent,
                       styled(fmt::format("{:<9}", label), Style::dim, colour), text);
  };
  const std::string several =
      r.kernels > 1 ? fmt::format(", {} kernels", r.kernels) : std::string();
  const std::string unrolled =
      r.unroll > 1 ? fmt::format(", {} steps unrolled", r.unroll) : std::string();
  return line("target", fmt::format("{}: vectors of {} bits, {} elements a step{}{}", r.target.name,
                                    r.target.vector_bits, r.lanes, unrolled, several)) +
         line("compiled", fmt::format("in {} ({})", show_time(r.compile_ns), show(r.times))) +
         line("speed", show(r.speed)) + line("error", show(r.accuracy));
}

}  // namespace actjit::tools
