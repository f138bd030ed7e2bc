// Memory for code: pages that are writable or executable, never both.
//
// A page belongs to one kernel, for its neighbours may run while it is written. Pages come from
// slabs: kernels that lie side by side are one mapping to the system, which gives a process only so
// many.
#pragma once

#include <cstddef>
#include <mutex>
#include <span>
#include <vector>

namespace actjit {

class CodePages {
 public:
  CodePages() = default;
  ~CodePages();
  CodePages(const CodePages&) = delete;
  CodePages& operator=(const CodePages&) = delete;

  static constexpr std::size_t page = 4096;

  // At least so many bytes that may be written; empty where the system has no more memory.
  std::span<char> take(std::size_t bytes);
  // From now on they may be read and run, and no longer written. False if the system refuses.
  static bool seal(std::span<char> pages);
  // Gives back what take() gave; the system has the memory at once.
  void give_back(std::span<char> pages);

 private:
  struct Slab {
    char* begin = nullptr;
    std::vector<bool> used;  // by page
    std::size_t free = 0;

    std::size_t find(std::size_t pages) const;  // the first of so many free ones; else the end
    void mark(std::size_t first, std::size_t pages, bool value);
  };
  Slab* slab_with(std::size_t pages, std::size_t& first);
  void drop_if_empty(Slab& slab);

  std::mutex mutex_;
  std::vector<Slab> slabs_;
};

}  // namespace actjit
