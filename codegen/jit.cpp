#include "codegen/jit.h"

#include <llvm/ExecutionEngine/Orc/Core.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>
#include <llvm/ExecutionEngine/Orc/SelfExecutorProcessControl.h>
#include <llvm/Object/ELFObjectFile.h>
#include <llvm/Object/ObjectFile.h>
#include <llvm/Support/MemoryBuffer.h>

#include <mutex>
#include <utility>

namespace actjit {
namespace {

namespace orc = llvm::orc;

Error from_llvm(llvm::Error error, const char* doing) {
  return make_error(ErrorCode::internal,
                    std::string(doing) + ": " + llvm::toString(std::move(error)));
}

// The symbols an object does not define itself, for the message; empty as it should be.
llvm::Expected<std::string> undefined_symbols(llvm::MemoryBufferRef bytes) {
  auto file = llvm::object::ObjectFile::createELFObjectFile(bytes);
  if (!file) return file.takeError();
  std::string names;
  for (const llvm::object::SymbolRef symbol : (*file)->symbols()) {
    auto flags = symbol.getFlags();
    if (!flags) return flags.takeError();
    if ((*flags & llvm::object::SymbolRef::SF_Undefined) == 0) continue;
    auto name = symbol.getName();
    if (!name) return name.takeError();
    if (name->empty()) continue;  // ELF's null symbol
    names += (names.empty() ? "" : ", ") + name->str();
  }
  return names;
}

// The object as LLVM wants it, with a buffer that lives until linking is done.
std::unique_ptr<llvm::MemoryBuffer> as_buffer(std::span<const char> object) {
  return llvm::MemoryBuffer::getMemBuffer(llvm::StringRef(object.data(), object.size()), "kernel",
                                          /*RequiresNullTerminator=*/false);
}

}  // namespace

// Everything of ORC that lives as long as the Jit or the last of its code.
struct Jit::Session {
  explicit Session(std::unique_ptr<orc::ExecutorProcessControl> process)
      : execution(std::move(process)), linker(execution) {
    execution.setErrorReporter([this](llvm::Error error) {
      report += (report.empty() ? "" : "; ") + llvm::toString(std::move(error));
    });
  }
  ~Session() { llvm::consumeError(execution.endSession()); }

  Result<std::shared_ptr<const LoadedCode>> load(const std::shared_ptr<Session>& self,
                                                 std::span<const char> object,
                                                 std::span<const std::string> symbols);
  void unload(orc::JITDylib& library);

  // One link at a time: ORC reports why a link failed to the session, not to the one who asked.
  // A link takes a few percent of a compilation.
  std::mutex mutex;
  std::string report;
  std::size_t loaded = 0;  // libraries so far, for their names
  orc::ExecutionSession execution;
  orc::ObjectLinkingLayer linker;
};

namespace {

// Code in a library of its own, which goes with it.
class LibraryCode final : public LoadedCode {
 public:
  LibraryCode(std::shared_ptr<Jit::Session> session, orc::JITDylib& library,
              std::vector<void*> addresses)
      : LoadedCode(std::move(addresses)), session_(std::move(session)), library_(&library) {}
  ~LibraryCode() override { session_->unload(*library_); }

 private:
  std::shared_ptr<Jit::Session> session_;
  orc::JITDylibSP library_;
};

}  // namespace

void Jit::Session::unload(orc::JITDylib& library) {
  const std::lock_guard lock(mutex);
  llvm::consumeError(execution.removeJITDylib(library));
  execution.getSymbolStringPool()->clearDeadEntries();  // a handful: kernels share their names
}

Result<std::shared_ptr<const LoadedCode>> Jit::Session::load(const std::shared_ptr<Session>& self,
                                                             std::span<const char> object,
                                                             std::span<const std::string> symbols) {
  auto buffer = as_buffer(object);
  auto undefined = undefined_symbols(buffer->getMemBufferRef());
  if (!undefined) return from_llvm(undefined.takeError(), "reading an object");
  if (!undefined->empty()) {
    return make_error(ErrorCode::internal, "an object needs symbols from outside: " + *undefined);
  }

  const std::lock_guard lock(mutex);
  report.clear();
  orc::JITDylib& library = execution.createBareJITDylib("kernel." + std::to_string(loaded++));
  auto remove = [&] { llvm::consumeError(execution.removeJITDylib(library)); };
  if (auto error = linker.add(library, std::move(buffer))) {
    remove();
    return from_llvm(std::move(error), "adding an object");
  }
  std::vector<void*> addresses;
  for (const std::string& symbol : symbols) {
    auto address = execution.lookup({&library}, execution.intern(symbol));
    if (!address) {
      Error failed = from_llvm(address.takeError(), "linking an object");
      if (!report.empty()) failed.message += " (" + report + ")";
      remove();
      return failed;
    }
    addresses.push_back(address->getAddress().toPtr<void*>());
  }
  return std::shared_ptr<const LoadedCode>(
      std::make_shared<LibraryCode>(self, library, std::move(addresses)));
}

Result<std::unique_ptr<Jit>> Jit::create() {
  auto process = orc::SelfExecutorProcessControl::Create(
      nullptr, std::make_unique<orc::InPlaceTaskDispatcher>(), nullptr);
  if (!process) return from_llvm(process.takeError(), "starting a linking session");
  return std::unique_ptr<Jit>(new Jit(std::make_shared<Session>(std::move(*process))));
}

Jit::Jit(std::shared_ptr<Session> session) : session_(std::move(session)) {}
Jit::~Jit() = default;

Result<std::shared_ptr<const LoadedCode>> Jit::load(std::span<const char> object,
                                                    std::span<const std::string> symbols) {
  return session_->load(session_, object, symbols);
}

}  // namespace actjit
