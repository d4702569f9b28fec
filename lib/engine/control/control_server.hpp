// engine/control/control_server.hpp - the local control socket.
//
// Purpose:   one JSON object in, one out, each on a line; `submit` sends the file's bytes behind
//            its line.
// Lifecycle: open() makes the socket; accept_loop() runs until close().
// Threading: the loop's thread.
// Errors:    a peer that breaks the form gets an answer and is cut off; it cannot hold more than
//            limits::kControlLineBytes, nor a place for longer than kRequestTime (of each piece of
//            a file), and there are kPeersMax places. Who waits for one is not answered, but not
//            refused either.
// Source:    docs/operations.md, "Control socket".
#pragma once

#include "base/result.hpp"
#include "engine/async.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/json/object.hpp>
#include <sys/types.h>

#include <chrono>
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

// Who is at the other end, as the kernel says.
struct Caller {
  uid_t uid = static_cast<uid_t>(-1);
  bool may_change = false;  // came through the control socket, not through the one for monitoring
};

using ControlHandler = std::function<asio::awaitable<Result<boost::json::object>>(
    boost::json::object request, Payload& payload, Caller caller)>;

// The control socket, or the one that only answers questions. Both have mode 0660: the group may
// use them.
struct Door {
  std::string path;
  std::string group;  // empty: that of the process
  bool may_change = true;
};

class ControlServer {
 public:
  static constexpr std::size_t kPeersMax = 64;
  static constexpr std::chrono::seconds kRequestTime{30};

  ControlServer(asio::io_context& loop, ControlHandler handler)
      : loop_(loop), handler_(std::move(handler)), acceptor_(loop), place_(loop.get_executor()) {}

  // The text is what an operator should know, although the socket is there: its group is not the
  // one that was asked for.
  Result<std::string> open(Door door);
  void start();
  void close();

 private:
  using Socket = asio::local::stream_protocol::socket;
  asio::awaitable<void> accept_loop();
  asio::awaitable<void> serve(std::shared_ptr<Socket> socket);
  asio::awaitable<boost::json::object> reply_to(std::string line, std::string behind,
                                                std::shared_ptr<Socket> socket);

  asio::io_context& loop_;
  ControlHandler handler_;
  asio::local::stream_protocol::acceptor acceptor_;
  Door door_;
  std::size_t peers_ = 0;
  Wakeup place_;  // somebody left
};

}  // namespace devicebatch::engine
