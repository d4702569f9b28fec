// engine/control_server.hpp - the local control socket.
//
// Purpose:   one JSON object in, one out, each on a line; `submit` sends the file's bytes behind
// its line. Lifecycle: open() makes the socket; accept_loop() runs until close(). Threading: the
// loop's thread. Errors:    a peer that breaks the form gets an answer and is cut off; it cannot
// hold more than
//            limits::kControlLineBytes.
// Source:    docs/operations.md, "Control socket". Mode 0660: the service's group may ask.
#pragma once

#include "base/result.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/json/object.hpp>

#include <functional>
#include <memory>
#include <string>

namespace devicebatch::engine {

namespace asio = boost::asio;

// The bytes behind a request line.
class Payload {
 public:
  virtual ~Payload() = default;
  // Up to some 64 KiB; empty at the end.
  virtual asio::awaitable<Result<std::string>> next() = 0;
};

using ControlHandler = std::function<asio::awaitable<Result<boost::json::object>>(
    boost::json::object request, Payload& payload)>;

class ControlServer {
 public:
  ControlServer(asio::io_context& loop, ControlHandler handler)
      : loop_(loop), handler_(std::move(handler)), acceptor_(loop) {}

  Result<void> open(const std::string& path);
  void start();
  void close();

 private:
  using Socket = asio::local::stream_protocol::socket;
  asio::awaitable<void> accept_loop();
  asio::awaitable<void> serve(std::shared_ptr<Socket> socket);

  asio::io_context& loop_;
  ControlHandler handler_;
  asio::local::stream_protocol::acceptor acceptor_;
  std::string path_;
};

}  // namespace devicebatch::engine
