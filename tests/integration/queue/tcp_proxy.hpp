// integration/queue/tcp_proxy.hpp - a cable that a test can cut.
//
// Purpose:   connections to a broker go through here; cut() ends all of them at once, with a reset,
//            without a word to the protocol within.
// Lifecycle: listens on a free loopback port from construction to destruction.
// Threading: cut() from any thread; bytes are carried by a thread of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace devicebatch::integration {

class TcpProxy {
 public:
  explicit TcpProxy(int target_port);
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  std::string place() const { return "127.0.0.1:" + std::to_string(port_); }
  void cut();
  // Ends each connection after so many bytes towards the client; 0: never.
  void cut_after(std::uint64_t bytes) { cut_after_ = bytes; }
  int cuts() const { return cuts_; }

 private:
  struct Pair {
    int client = -1;
    int server = -1;
    std::uint64_t carried = 0;
  };

  void run();
  void accept_one();
  bool carry(Pair& pair, int from, int to);
  void end(Pair& pair);

  const int target_port_;
  int listener_ = -1;
  int port_ = 0;
  int wake_ = -1;
  std::vector<Pair> pairs_;  // of the thread
  std::atomic<std::uint64_t> cut_after_{0};
  std::atomic<bool> wants_cut_{false};
  std::atomic<bool> is_stopping_{false};
  std::atomic<int> cuts_{0};
  std::thread thread_;
};

}  // namespace devicebatch::integration
