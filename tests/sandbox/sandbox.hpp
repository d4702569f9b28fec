// sandbox/sandbox.hpp - the whole sandbox as an object.
//
// Purpose:   a local stand-in for Partner Center and its token endpoint: in its own process for
//            users and integration tests, inside the process for tests of the sandbox itself.
// Lifecycle: open(), then run() until stop() or a signal; port() is known after open().
// Threading: run() occupies one thread, and everything happens on it. stop() may be called by any.
// Errors:    Errc::bad_config for options, rules and files that cannot be used.
#pragma once

#include "base/result.hpp"
#include "sandbox/options.hpp"

#include <cstdint>
#include <memory>

namespace devicebatch::sandbox {

class Sandbox {
 public:
  explicit Sandbox(Options options);
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  Result<void> open();
  std::uint16_t port() const;
  void stop_on_signals();  // SIGINT and SIGTERM end run()
  void run();
  void stop();

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace devicebatch::sandbox
