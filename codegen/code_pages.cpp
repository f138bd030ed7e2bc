#include "codegen/code_pages.h"

#include <sys/mman.h>

#include <algorithm>

namespace actjit {
namespace {

// A reservation of address space, not of memory: 1 MiB, or one kernel that is larger.
constexpr std::size_t slab_pages = 256;

std::size_t pages_of(std::size_t bytes) { return (bytes + CodePages::page - 1) / CodePages::page; }

}  // namespace

std::size_t CodePages::Slab::find(std::size_t pages) const {
  if (free < pages) return used.size();
  const auto at =
      std::search_n(used.begin(), used.end(), static_cast<std::ptrdiff_t>(pages), false);
  return static_cast<std::size_t>(at - used.begin());
}

void CodePages::Slab::mark(std::size_t first, std::size_t pages, bool value) {
  std::fill_n(used.begin() + static_cast<std::ptrdiff_t>(first), pages, value);
  free = value ? free - pages : free + pages;
}

CodePages::~CodePages() {
  for (const Slab& slab : slabs_) munmap(slab.begin, slab.used.size() * page);
}

CodePages::Slab* CodePages::slab_with(std::size_t pages, std::size_t& first) {
  for (Slab& slab : slabs_)
    if ((first = slab.find(pages)) < slab.used.size()) return &slab;
  const std::size_t count = std::max(pages, slab_pages);
  void* made = mmap(nullptr, count * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (made == MAP_FAILED) return nullptr;
  first = 0;
  slabs_.push_back({static_cast<char*>(made), std::vector<bool>(count, false), count});
  return &slabs_.back();
}

std::span<char> CodePages::take(std::size_t bytes) {
  const std::size_t pages = std::max<std::size_t>(pages_of(bytes), 1);
  const std::lock_guard lock(mutex_);
  std::size_t first = 0;
  Slab* slab = slab_with(pages, first);
  if (!slab) return {};
  const std::span<char> out(slab->begin + first * page, pages * page);
  if (mprotect(out.data(), out.size(), PROT_READ | PROT_WRITE) != 0) return {};
  slab->mark(first, pages, true);
  return out;
}

bool CodePages::seal(std::span<char> pages) {
  return mprotect(pages.data(), pages.size(), PROT_READ | PROT_EXEC) == 0;
}

void CodePages::give_back(std::span<char> pages) {
  const std::lock_guard lock(mutex_);
  for (Slab& slab : slabs_) {
    if (pages.data() < slab.begin || pages.data() >= slab.begin + slab.used.size() * page) continue;
    mprotect(pages.data(), pages.size(), PROT_NONE);
    madvise(pages.data(), pages.size(), MADV_DONTNEED);
    slab.mark(static_cast<std::size_t>(pages.data() - slab.begin) / page, pages.size() / page,
              false);
    return drop_if_empty(slab);
  }
}

// One empty slab stays, for the next kernel.
void CodePages::drop_if_empty(Slab& slab) {
  const auto is_empty = [](const Slab& s) { return s.free == s.used.size(); };
  if (!is_empty(slab) || std::ranges::count_if(slabs_, is_empty) < 2) return;
  munmap(slab.begin, slab.used.size() * page);
  slabs_.erase(slabs_.begin() + (&slab - slabs_.data()));
}

}  // namespace actjit
