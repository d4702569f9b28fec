// support/http_server.hpp - a real HTTP server on a loopback port that misbehaves as told.
//
// Purpose:   what a client meets: slow and cut replies, resets, silence, redirects.
// Lifecycle: listens when constructed; the destructor closes every connection and joins.
// Threading: the script is called on the server's threads, one for each connection; the rest of the
//            interface may be called by any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

struct ssl_ctx_st;

namespace devicebatch::support {

struct ServedRequest {
  int connection = 0;  // counted from 1
  std::string head;    // request line and headers, as they came
  std::string body;    // empty when the script did not want it

  std::string_view line() const { return std::string_view(head).substr(0, head.find('\r')); }
  // Empty when absent; "present" in the result of has() tells an empty one from none.
  std::string_view header(std::string_view name) const;
  bool has(std::string_view name) const;
};

struct Answer {
  enum class Ending { keep, close, reset, silence };
  std::string bytes;                        // sent as they are
  Ending ending = Ending::keep;             // what becomes of the connection after them
  bool reads_body = true;                   // before answering
  std::chrono::milliseconds delay{0};       // before the first byte
  std::chrono::milliseconds pause{0};       // before each byte
  std::chrono::milliseconds read_pause{0};  // before each byte of the body that is read
};

// "HTTP/1.1 <status> ..." with a Content-Length; `headers` are lines that end in CRLF.
Answer reply(int status, std::string_view body = "", std::string_view headers = "");

class HttpServer {
 public:
  // Called once the head of a request is in, so without its body.
  using Script = std::function<Answer(const ServedRequest&)>;

  explicit HttpServer(Script script);
  // Speaks TLS; see support/tls_identity.hpp.
  HttpServer(Script script, std::shared_ptr<ssl_ctx_st> tls);
  // Takes so many bytes from each connection and then resets it.
  static HttpServer that_takes(std::size_t bytes);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const { return port_; }
  std::string url(std::string_view path = "/") const;
  std::vector<ServedRequest> served() const;
  int connections() const;
  // What clients sent, requests or not, within TLS if there is TLS; the first 64 KB of it.
  std::string received() const;
  // Waits until so many requests were served; false when that takes longer than any test should.
  bool wait_for_requests(std::size_t count) const;

 private:
  class Channel;

  void accept_all();
  void serve(int connection_fd, int number);
  bool serve_one(Channel& channel, int number, std::string& buffer);
  bool send(Channel& channel, const Answer& answer) const;
  bool receive(Channel& channel, std::string& buffer, std::chrono::milliseconds pause);
  bool is_readable(int fd, std::chrono::milliseconds patience) const;

  HttpServer(Script script, std::shared_ptr<ssl_ctx_st> tls, std::size_t bytes_max);

  Script script_;
  std::shared_ptr<ssl_ctx_st> tls_;
  const std::size_t bytes_max_;  // of a connection
  int listening_fd_ = -1;
  int stop_fd_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<ServedRequest> served_;
  std::string received_;
  std::vector<std::thread> connections_;
  std::thread acceptor_;
};

}  // namespace devicebatch::support
