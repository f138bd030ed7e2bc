#include "tools/certify/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "frontend/catalogue.h"
#include "ir/certificate_hash.h"

namespace actjit::tools {

namespace {

class Collector {
 public:
  explicit Collector(DType dtype) : dtype_(dtype) {}

  std::vector<CatalogueItem> run() {
    for (const DialectInfo& d : dialect_table)
      for (const ListEntry& entry : list_activations(d.dialect)) {
        const std::string name = entry.call.substr(0, entry.call.find('('));
        add(find_activation(name, d.dialect));
      }
    for (const OpInfo& op : op_table)
      if (!is_leaf(op.op) && !has_axes(op.op) && op.arity == 1 && op.rule == TypeRule::same_float)
        add(get_activation(op.text, Dialect::canonical));
    return std::move(items_);
  }

 private:
  // Skips what needs parameters, has several inputs or none of floats.
  void add(const Result<Activation>& found) {
    if (!found) return;
    const Result<Program> text = program(*found);
    if (!text || text->inputs().size() != 1) return;
    const std::string x = text->inputs()[0];
    if (!add(*text, text->text())) return;
    const Program slope = with_gradients(*text, {.wrt = {x}, .keeps_outputs = false});
    add(slope, fmt::format("grad({}, {})", text->text(), x));
  }

  // Whether it can be certified; each function comes once.
  bool add(const Program& program, const std::string& expression) {
    const Binding input{program.inputs()[0], dtype_, Shape{Dim("n")}};
    const Result<Graph> graph = build(program, std::span(&input, 1));
    if (!graph || !can_be_certified(*graph)) return false;
    if (seen_.insert(certificate_hash(*graph)).second) items_.push_back({expression, *graph});
    return true;
  }

  DType dtype_;
  std::set<std::uint64_t> seen_;
  std::vector<CatalogueItem> items_;
};

}  // namespace

std::vector<CatalogueItem> catalogue_items(DType dtype) { return Collector(dtype).run(); }

std::vector<Tier> catalogue_tiers(DType dtype) {
  if (dtype == DType::f64) return {Tier::precise, Tier::fast, Tier::rough};
  return {Tier::exact, Tier::precise, Tier::fast, Tier::rough};
}

}  // namespace actjit::tools
