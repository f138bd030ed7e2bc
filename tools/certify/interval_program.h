// A program evaluated in intervals of one precision: the second level of the oracle.
#pragma once

#include <memory>
#include <vector>

#include "tools/certify/interval.h"

namespace actjit::tools {

// Keeps a number for every step: one for each thread.
class IntervalProgram {
 public:
  IntervalProgram(const RealProgram& program, mpfr_prec_t precision) : program_(program) {
    for (std::size_t i = 0; i < program.steps.size(); ++i)
      values_.push_back(std::make_unique<Interval>(precision));
    for (StepId id = 0; id < program.steps.size(); ++id)
      if (program.steps[id].uniform) step(id);
  }

  // Of a double or a Number. The result lasts until the next call.
  template <class T>
  const Interval& evaluate(const T& input) {
    for (StepId id = 0; id <= program_.result; ++id) {
      const Step& s = program_.steps[id];
      if (s.what == Do::input)
        values_[id]->set(input);
      else if (!s.uniform)
        step(id);
    }
    return *values_[program_.result];
  }

 private:
  void step(StepId id) {
    const Step& s = program_.steps[id];
    apply(s, *values_[s.args[0]], *values_[s.args[1]], *values_[s.args[2]], *values_[id]);
  }

  const RealProgram& program_;
  std::vector<std::unique_ptr<Interval>> values_;
};

}  // namespace actjit::tools
