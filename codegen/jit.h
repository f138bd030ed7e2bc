// Bytes in, address out: object files become callable code in this process.
//
// Memory is never writable and executable at once. Nothing outside an object is ever resolved:
// an object that needs a symbol of the host is refused.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ir/error.h"

namespace actjit {

// Code in memory. The last handle to go returns the memory, and may go on any thread, before or
// after the Jit it came from.
class LoadedCode {
 public:
  virtual ~LoadedCode() = default;
  LoadedCode(const LoadedCode&) = delete;
  LoadedCode& operator=(const LoadedCode&) = delete;

  // Where the symbols asked for begin, in their order.
  std::span<void* const> addresses() const { return addresses_; }
  void* address() const { return addresses_.front(); }

 protected:
  explicit LoadedCode(std::vector<void*> addresses) : addresses_(std::move(addresses)) {}

 private:
  std::vector<void*> addresses_;
};

// One linking session. Starts no threads. Safe from every thread.
class Jit {
 public:
  struct Session;

  static Result<std::unique_ptr<Jit>> create();
  ~Jit();
  Jit(const Jit&) = delete;
  Jit& operator=(const Jit&) = delete;

  // Links one object and finds `symbols` in it. The bytes are not needed afterwards. Objects do not
  // see each other, so they may all use the same symbols.
  Result<std::shared_ptr<const LoadedCode>> load(std::span<const char> object,
                                                 std::span<const std::string> symbols);
  Result<std::shared_ptr<const LoadedCode>> load(std::span<const char> object,
                                                 const std::string& symbol) {
    return load(object, std::span(&symbol, 1));
  }

 private:
  explicit Jit(std::shared_ptr<Session> session);
  std::shared_ptr<Session> session_;
};

}  // namespace actjit
