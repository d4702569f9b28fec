// sandbox/web/connection.hpp - the bytes of a connection, with or without TLS.
//
// Purpose:   sessions need not know which it is.
// Lifecycle: every operation's handler keeps the owner alive; at most one read and one write at a
//            time.
// Threading: the loop.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <functional>
#include <memory>

namespace boost::asio::ssl {
class context;
}

namespace devicebatch::sandbox {

class Connection {
 public:
  using Done = std::function<void(boost::system::error_code)>;
  using Moved = std::function<void(boost::system::error_code, std::size_t)>;
  virtual ~Connection() = default;

  virtual void handshake(Done done) = 0;
  virtual void read_some(boost::asio::mutable_buffer into, Moved moved) = 0;
  virtual void write(boost::asio::const_buffer bytes, Moved moved) = 0;
  // Says that nothing follows and waits until the other side has ended, too: closing with unread
  // bytes would send an RST, which can overtake the answer.
  virtual void finish(Done done) = 0;
  // At once. TLS says no goodbye: that is how a cut looks.
  virtual void close(bool with_reset) = 0;
  virtual bool is_secure() const = 0;
};

std::unique_ptr<Connection> plain_connection(boost::asio::ip::tcp::socket socket);
std::unique_ptr<Connection> tls_connection(boost::asio::ip::tcp::socket socket,
                                           boost::asio::ssl::context& context);

}  // namespace devicebatch::sandbox
