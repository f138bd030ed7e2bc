// Where linked objects go: CodePages, as LLVM's linker asks for memory.
#pragma once

#include <memory>

namespace llvm::jitlink {
class JITLinkMemoryManager;
}  // namespace llvm::jitlink

namespace actjit {

// Puts all of an object into pages of one kind, which may be read and run: a kernel's constants lie
// beside its code, and a small kernel is one page. An object with data that may be written is
// refused.
std::unique_ptr<llvm::jitlink::JITLinkMemoryManager> make_link_memory();

}  // namespace actjit
