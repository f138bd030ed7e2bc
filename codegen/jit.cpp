#include "codegen/jit.h"

#include <llvm/ExecutionEngine/JITLink/JITLink.h>
#include <llvm/ExecutionEngine/Orc/Core.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>
#include <llvm/ExecutionEngine/Orc/SelfExecutorProcessControl.h>
#include <llvm/Support/MemoryBuffer.h>

#include <mutex>
#include <set>
#include <utility>

#include "codegen/link_memory.h"

namespace actjit {
namespace {

namespace jitlink = llvm::jitlink;
namespace orc = llvm::orc;

Error from_llvm(llvm::Error error, const char* doing) {
  return make_error(ErrorCode::internal,
                    std::string(doing) + ": " + llvm::toString(std::move(error)));
}

// The object as LLVM's linker sees it; it looks into the bytes as long as it lives.
llvm::Expected<std::unique_ptr<jitlink::LinkGraph>> read(
    std::span<const char> object, const std::shared_ptr<orc::SymbolStringPool>& names) {
  const llvm::MemoryBufferRef bytes(llvm::StringRef(object.data(), object.size()), "kernel");
  return jitlink::createLinkGraphFromObject(bytes, names);
}

// The symbols an object does not define itself, for the message; empty as it should be.
std::string undefined_symbols(jitlink::LinkGraph& graph) {
  std::set<std::string> sorted;
  for (const jitlink::Symbol* symbol : graph.external_symbols())
    sorted.insert((*symbol->getName()).str());
  std::string names;
  for (const std::string& name : sorted) names += (names.empty() ? "" : ", ") + name;
  return names;
}

}  // namespace

// Everything of ORC that lives as long as the Jit or the last of its code.
//
// All objects are in one library, each with a resource tracker of its own: a library's tables take
// more memory than a small kernel. They define the same names, so each gets a number behind its own
// while it lives.
struct Jit::Session {
  explicit Session(std::unique_ptr<orc::ExecutorProcessControl> process)
      : execution(std::move(process)),
        linker(execution),
        library(execution.createBareJITDylib("kernels")) {
    execution.setErrorReporter([this](llvm::Error error) {
      report += (report.empty() ? "" : "; ") + llvm::toString(std::move(error));
    });
  }
  ~Session() { llvm::consumeError(execution.endSession()); }

  Result<std::shared_ptr<const LoadedCode>> load(const std::shared_ptr<Session>& self,
                                                 std::span<const char> object,
                                                 std::span<const std::string> symbols);
  llvm::Expected<std::vector<void*>> link(std::unique_ptr<jitlink::LinkGraph> graph,
                                          std::span<const std::string> symbols, std::size_t number,
                                          const orc::ResourceTrackerSP& tracker);
  std::size_t take_number();
  void unload(orc::ResourceTracker& tracker, std::size_t number);

  // One link at a time: ORC reports why a link failed to the session, not to the one who asked.
  // A link takes a few percent of a compilation.
  std::mutex mutex;
  std::string report;
  std::vector<std::size_t> free_numbers;
  std::size_t numbers = 0;  // so many have been given
  orc::ExecutionSession execution;
  orc::ObjectLinkingLayer linker;
  orc::JITDylib& library;
};

namespace {

std::string numbered(llvm::StringRef name, std::size_t number) {
  return name.str() + "." + std::to_string(number);
}

// The code of one object, which goes with it.
class ObjectCode final : public LoadedCode {
 public:
  ObjectCode(std::shared_ptr<Jit::Session> session, orc::ResourceTrackerSP tracker,
             std::size_t number, std::vector<void*> addresses)
      : LoadedCode(std::move(addresses)),
        session_(std::move(session)),
        tracker_(std::move(tracker)),
        number_(number) {}
  ~ObjectCode() override { session_->unload(*tracker_, number_); }

 private:
  std::shared_ptr<Jit::Session> session_;
  orc::ResourceTrackerSP tracker_;
  std::size_t number_;
};

}  // namespace

std::size_t Jit::Session::take_number() {
  if (free_numbers.empty()) return numbers++;
  const std::size_t number = free_numbers.back();
  free_numbers.pop_back();
  return number;
}

void Jit::Session::unload(orc::ResourceTracker& tracker, std::size_t number) {
  const std::lock_guard lock(mutex);
  llvm::consumeError(tracker.remove());
  free_numbers.push_back(number);
}

llvm::Expected<std::vector<void*>> Jit::Session::link(std::unique_ptr<jitlink::LinkGraph> graph,
                                                      std::span<const std::string> symbols,
                                                      std::size_t number,
                                                      const orc::ResourceTrackerSP& tracker) {
  for (jitlink::Symbol* symbol : graph->defined_symbols())
    if (symbol->hasName() && symbol->getScope() != jitlink::Scope::Local)
      symbol->setName(execution.intern(numbered(*symbol->getName(), number)));
  if (auto error = linker.add(tracker, std::move(graph))) return error;
  std::vector<void*> addresses;
  for (const std::string& symbol : symbols) {
    auto address = execution.lookup({&library}, execution.intern(numbered(symbol, number)));
    if (!address) return address.takeError();
    addresses.push_back(address->getAddress().toPtr<void*>());
  }
  return addresses;
}

Result<std::shared_ptr<const LoadedCode>> Jit::Session::load(const std::shared_ptr<Session>& self,
                                                             std::span<const char> object,
                                                             std::span<const std::string> symbols) {
  auto graph = read(object, execution.getSymbolStringPool());
  if (!graph) return from_llvm(graph.takeError(), "reading an object");
  if (const std::string undefined = undefined_symbols(**graph); !undefined.empty())
    return make_error(ErrorCode::internal, "an object needs symbols from outside: " + undefined);

  const std::lock_guard lock(mutex);
  report.clear();
  const orc::ResourceTrackerSP tracker = library.createResourceTracker();
  const std::size_t number = take_number();
  auto addresses = link(std::move(*graph), symbols, number, tracker);
  if (!addresses) {
    Error failed = from_llvm(addresses.takeError(), "linking an object");
    if (!report.empty()) failed.message += " (" + report + ")";
    llvm::consumeError(tracker->remove());
    free_numbers.push_back(number);
    return failed;
  }
  return std::shared_ptr<const LoadedCode>(
      std::make_shared<ObjectCode>(self, tracker, number, std::move(*addresses)));
}

Result<std::unique_ptr<Jit>> Jit::create() {
  auto process = orc::SelfExecutorProcessControl::Create(
      nullptr, std::make_unique<orc::InPlaceTaskDispatcher>(), make_link_memory());
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
