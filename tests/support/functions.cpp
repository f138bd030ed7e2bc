#include "tests/support/functions.h"

#include "frontend/catalogue.h"
#include "tests/support/cases.h"

namespace actjit::test {

std::map<std::string, Program> functions_of_one_input() {
  std::map<std::string, Program> out;
  for (Dialect dialect : {Dialect::keras3, Dialect::torch, Dialect::onnx, Dialect::jax})
    for (const ListEntry& entry : list_activations(dialect)) {
      if (entry.along_axes) continue;
      const Result<Activation> f =
          find_activation(entry.call.substr(0, entry.call.find('(')), dialect);
      if (!f) continue;
      const Result<Program> source = program(*f);
      if (source && source->inputs().size() == 1) out.emplace(f->text(), *source);
    }
  for (Op op : ops_of(OpKind::math))
    if (arity(op) == 1) out.emplace(text(op), *parse_program(text(op)));
  return out;
}

}  // namespace actjit::test
