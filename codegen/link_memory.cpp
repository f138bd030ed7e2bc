#include "codegen/link_memory.h"

#include <llvm/ADT/BitmaskEnum.h>
#include <llvm/ExecutionEngine/JITLink/JITLinkMemoryManager.h>

#include <utility>

#include "codegen/code_pages.h"

namespace actjit {
namespace {

LLVM_ENABLE_BITMASK_ENUMS_IN_NAMESPACE();

namespace jitlink = llvm::jitlink;
namespace orc = llvm::orc;

llvm::Error failed(const char* why) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), why);
}

// The pages of a finalised object, which LLVM hands back as an address.
struct Sealed {
  std::span<char> pages;
};

class LinkMemory final : public jitlink::JITLinkMemoryManager {
 public:
  void allocate(const jitlink::JITLinkDylib*, jitlink::LinkGraph& graph,
                OnAllocatedFunction done) override {
    jitlink::BasicLayout layout(graph);
    std::size_t bytes = 0;
    for (auto& [group, segment] : layout.segments()) {
      if ((group.getMemProt() & orc::MemProt::Write) == orc::MemProt::Write)
        return done(failed("the object has data that may be written"));
      bytes = llvm::alignTo(bytes, segment.Alignment) + segment.ContentSize + segment.ZeroFillSize;
    }
    const std::span<char> pages = pages_.take(bytes);
    if (pages.empty()) return done(failed("there is no memory left for code"));
    std::size_t at = 0;
    for (auto& [group, segment] : layout.segments()) {
      at = llvm::alignTo(at, segment.Alignment);
      segment.WorkingMem = pages.data() + at;
      segment.Addr = orc::ExecutorAddr::fromPtr(segment.WorkingMem);
      at += segment.ContentSize + segment.ZeroFillSize;  // fresh pages are zero
    }
    if (auto error = layout.apply()) {
      pages_.give_back(pages);
      return done(std::move(error));
    }
    done(std::make_unique<InFlight>(pages_, pages));
  }

  void deallocate(std::vector<FinalizedAlloc> all, OnDeallocatedFunction done) override {
    for (FinalizedAlloc& one : all) {
      const std::unique_ptr<Sealed> sealed(one.release().toPtr<Sealed*>());
      pages_.give_back(sealed->pages);
    }
    done(llvm::Error::success());
  }

 private:
  class InFlight final : public InFlightAlloc {
   public:
    InFlight(CodePages& from, std::span<char> pages) : from_(from), pages_(pages) {}
    void abandon(OnAbandonedFunction done) override {
      from_.give_back(pages_);
      done(llvm::Error::success());
    }
    void finalize(OnFinalizedFunction done) override {
      if (!CodePages::seal(pages_)) {
        from_.give_back(pages_);
        return done(failed("the system does not let code be run"));
      }
      auto sealed = std::make_unique<Sealed>(Sealed{pages_});
      done(FinalizedAlloc(orc::ExecutorAddr::fromPtr(sealed.release())));
    }

   private:
    CodePages& from_;
    std::span<char> pages_;
  };

  CodePages pages_;
};

}  // namespace

std::unique_ptr<jitlink::JITLinkMemoryManager> make_link_memory() {
  return std::make_unique<LinkMemory>();
}

}  // namespace actjit
