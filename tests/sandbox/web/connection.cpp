#include "sandbox/web/connection.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <array>

namespace devicebatch::sandbox {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

void close_socket(tcp::socket& socket, bool with_reset) {
  error_code ignored;
  if (with_reset) {
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
  } else {
    socket.shutdown(tcp::socket::shutdown_both, ignored);
  }
  socket.close(ignored);
}

class PlainConnection final : public Connection {
 public:
  explicit PlainConnection(tcp::socket socket) : socket_(std::move(socket)) {}

  void handshake(Done done) override {
    asio::post(socket_.get_executor(), [done = std::move(done)] { done({}); });
  }
  void read_some(asio::mutable_buffer into, Moved moved) override {
    socket_.async_read_some(into, std::move(moved));
  }
  void write(asio::const_buffer bytes, Moved moved) override {
    asio::async_write(socket_, bytes, std::move(moved));
  }
  void finish(Done done) override {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    drain(std::move(done));
  }
  void close(bool with_reset) override { close_socket(socket_, with_reset); }
  bool is_secure() const override { return false; }

 private:
  void drain(Done done) {
    socket_.async_read_some(asio::buffer(discarded_),
                            [this, done = std::move(done)](error_code error, std::size_t) mutable {
                              if (error) return done(error);
                              drain(std::move(done));
                            });
  }

  tcp::socket socket_;
  std::array<char, 4096> discarded_{};
};

class TlsConnection final : public Connection {
 public:
  TlsConnection(tcp::socket socket, asio::ssl::context& context)
      : stream_(std::move(socket), context) {}

  void handshake(Done done) override {
    stream_.async_handshake(asio::ssl::stream_base::server, std::move(done));
  }
  void read_some(asio::mutable_buffer into, Moved moved) override {
    stream_.async_read_some(into, std::move(moved));
  }
  void write(asio::const_buffer bytes, Moved moved) override {
    asio::async_write(stream_, bytes, std::move(moved));
  }
  void finish(Done done) override { stream_.async_shutdown(std::move(done)); }
  void close(bool with_reset) override { close_socket(stream_.next_layer(), with_reset); }
  bool is_secure() const override { return true; }

 private:
  asio::ssl::stream<tcp::socket> stream_;
};

}  // namespace

std::unique_ptr<Connection> plain_connection(tcp::socket socket) {
  return std::make_unique<PlainConnection>(std::move(socket));
}

std::unique_ptr<Connection> tls_connection(tcp::socket socket, asio::ssl::context& context) {
  return std::make_unique<TlsConnection>(std::move(socket), context);
}

}  // namespace devicebatch::sandbox
