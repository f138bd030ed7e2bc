#include "codegen/generator_pool.h"

#include <mutex>
#include <utility>
#include <vector>

namespace actjit {

// The generators that are free, shared with the loans so that either may go first.
struct GeneratorPool::Shelf {
  std::mutex mutex;
  std::vector<std::pair<std::string_view, std::unique_ptr<CodeGenerator>>> free;

  std::unique_ptr<CodeGenerator> take(std::string_view target) {
    const std::lock_guard lock(mutex);
    for (auto entry = free.begin(); entry != free.end(); ++entry) {
      if (entry->first != target) continue;
      auto generator = std::move(entry->second);
      free.erase(entry);
      return generator;
    }
    return nullptr;
  }

  void put(std::string_view target, std::unique_ptr<CodeGenerator> generator) {
    const std::lock_guard lock(mutex);
    free.emplace_back(target, std::move(generator));
  }
};

GeneratorPool::GeneratorPool() : shelf_(std::make_shared<Shelf>()) {}
GeneratorPool::~GeneratorPool() = default;

GeneratorPool::Loan::Loan(std::shared_ptr<Shelf> shelf, std::string_view target,
                          std::unique_ptr<CodeGenerator> generator)
    : shelf_(std::move(shelf)), target_(target), generator_(std::move(generator)) {}
GeneratorPool::Loan::Loan(Loan&&) noexcept = default;
GeneratorPool::Loan::~Loan() {
  if (shelf_) shelf_->put(target_, std::move(generator_));
}

Result<GeneratorPool::Loan> GeneratorPool::borrow(const Target& target) {
  if (auto generator = shelf_->take(target.name))
    return Loan(shelf_, target.name, std::move(generator));
  auto made = CodeGenerator::create(target);
  if (!made) return made.error();
  return Loan(shelf_, target.name, std::move(*made));
}

}  // namespace actjit
