// Libraries of Python, each in a process of its own (python_peer.py), which times itself: what a
// call through the pipe costs is not theirs. Tensors go through files in memory.
#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tools/bench/helper.h"
#include "tools/bench/peers/make.h"
#include "tools/common/temporary_folder.h"

namespace actjit::bench {

namespace {

using nlohmann::json;

void write_tensor(const std::string& path, const void* data, std::size_t bytes) {
  std::ofstream out(path, std::ios::binary);
  if (!out.write(static_cast<const char*>(data), static_cast<std::streamsize>(bytes)))
    throw std::runtime_error("no room for " + path);
}

void read_tensor(const std::string& path, void* data, std::size_t bytes) {
  std::ifstream in(path, std::ios::binary);
  in.read(static_cast<char*>(data), static_cast<std::streamsize>(bytes));
}

class PythonPeer : public Peer {
 public:
  PythonPeer(const char* name, const PeerOptions& options)
      : Peer(name), command_{options.python, ACTJIT_PYTHON_PEER, name} {
    if (options.python.empty()) throw std::runtime_error("takes part with --python only");
    if (options.avx2) throw std::runtime_error("cannot be held to AVX2");
    try {
      Helper(command_).ask("hello");
    } catch (const std::runtime_error&) {
      throw std::runtime_error(fmt::format("{} has no such library", options.python));
    }
  }

  Work prepare(const Job& job) const override {
    const Cell& cell = job.cell;
    if (cell.in_place) return {};
    Session& session = sessions_[cell.threads];
    if (!session.helper) session.helper = std::make_shared<Helper>(command_);
    const std::shared_ptr<Helper> helper = session.helper;
    const std::string output = session.folder->path() + "/output";
    const std::string said = helper->ask(description(job, session.folder->path(), output));
    if (said == "none") return {};
    if (said != "ok") throw std::runtime_error(said);
    Work work([helper, output, data = job.output,
               size = static_cast<std::size_t>(cell.elements() * bytes(cell.dtype))] {
      helper->ask("store");
      read_tensor(output, data, size);
    });
    work.batch = [helper](long calls) {
      return std::stod(helper->ask(fmt::format("run {}", calls)));
    };
    return work;
  }

 private:
  // In memory where there is such a folder: both read the tensors in it.
  static std::filesystem::path shared_memory() {
    std::error_code none;
    const std::filesystem::path memory = "/dev/shm";
    return std::filesystem::is_directory(memory, none) ? memory
                                                       : std::filesystem::temp_directory_path();
  }

  // One for each number of threads: it starts with the cores that the caller has then.
  struct Session {
    std::shared_ptr<Helper> helper;
    std::shared_ptr<tools::TemporaryFolder> folder =
        std::make_shared<tools::TemporaryFolder>(shared_memory());
  };

  static std::string description(const Job& job, const std::string& folder,
                                 const std::string& output) {
    const Cell& cell = job.cell;
    const Source source = source_of(cell).value();
    json out{{"workload", cell.workload->name},
             {"dtype", text(cell.dtype)},
             {"axis", cell.first_axis ? 0 : -1},
             {"threads", cell.threads},
             {"output", output}};
    for (std::size_t i = 0; i < job.inputs.size(); ++i) {
      const bool is_vector =
          cell.workload->form != Form::flat && source.bindings[i].shape.size() == 1;
      std::vector<std::int64_t> dims{cell.outer, cell.inner};
      if (is_vector) dims = {cell.inner};
      const std::int64_t elements = is_vector ? cell.inner : cell.elements();
      const std::string path = fmt::format("{}/{}", folder, i);
      write_tensor(path, job.inputs[i], static_cast<std::size_t>(elements * bytes(cell.dtype)));
      out["inputs"].push_back(path);
      out["dims"].push_back(dims);
    }
    return out.dump();
  }

  std::vector<std::string> command_;
  mutable std::map<int, Session> sessions_;
};

}  // namespace

#define ACTJIT_PYTHON_PEER_OF(make)                                               \
  std::unique_ptr<Peer> make(const char* peer_name, const PeerOptions& options) { \
    return std::make_unique<PythonPeer>(peer_name, options);                      \
  }
ACTJIT_PYTHON_PEER_OF(make_numpy)
ACTJIT_PYTHON_PEER_OF(make_jax)
ACTJIT_PYTHON_PEER_OF(make_torch)

}  // namespace actjit::bench
