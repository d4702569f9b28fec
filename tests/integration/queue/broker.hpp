// integration/queue/broker.hpp - a real RabbitMQ of one's own.
//
// Purpose:   the broker that Debian has, as a plain process on loopback and free ports, with its
//            AMQP 1.0 plugin; nothing of it is left afterwards, epmd included.
// Lifecycle: up when constructed; stop() and start() keep queues and durable messages.
// Threading: one thread.
// Errors:    shared() skips the test with one line where no broker is installed, and fails it where
//            CI=true: scripts/install-packages test would have brought it.
#pragma once

#include "support/temp_dir.hpp"

#include "integration/child_process.hpp"

#include <memory>
#include <string>
#include <vector>

namespace devicebatch::integration {

class Broker {
 public:
  static constexpr const char* kUser = "line";
  static constexpr const char* kPassword = "sandbox-broker-password";

  // One for all tests of the program: it takes seconds to start. Null: skipped.
  static Broker* shared();

  Broker();
  ~Broker();
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  void start();
  // As an operator stops it, or as a power cut does.
  void stop();
  void kill();

  int port() const { return port_; }
  int tls_port() const { return tls_port_; }
  std::string place() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string url() const { return "amqp://" + place(); }
  std::filesystem::path ca_file() const { return dir_ / "ca.pem"; }
  std::filesystem::path client_pem() const { return dir_ / "client.pem"; }

  // An empty durable queue of the test's own. What is rejected goes to NAME.dead, and there is a
  // NAME.answers; address_of() says how they are called over AMQP.
  std::string fresh_queue();
  void remove(const std::string& name) const;
  // Makes removed queues again, empty.
  void restore() const;
  // Messages that wait and messages that a consumer has in hand.
  std::int64_t count(const std::string& name) const;
  // rabbitmqctl; takes a second.
  std::string control(const std::vector<std::string>& arguments) const;

 private:
  std::vector<std::string> environment() const;
  void write_configuration() const;
  void make_certificates() const;
  bool is_ready() const;

  support::TempDir dir_;
  std::string programs_;
  int port_ = 0;
  int tls_port_ = 0;
  int distribution_port_ = 0;
  int epmd_port_ = 0;
  ChildProcess epmd_;
  ChildProcess server_;
  int starts_ = 0;
  int queues_ = 0;
};

std::string address_of(const std::string& queue);
inline std::string dead_of(const std::string& queue) {
  return queue + ".dead";
}
inline std::string answers_of(const std::string& queue) {
  return queue + ".answers";
}
// A port that nobody listens on now.
int free_port();

}  // namespace devicebatch::integration
