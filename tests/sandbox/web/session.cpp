#include "sandbox/web/session.hpp"

#include "base/text.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <array>
#include <optional>
#include <sstream>

namespace devicebatch::sandbox {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::beast::error_code;

// How long a refused client may go on sending a body before it is cut off.
constexpr std::chrono::seconds kLinger{2};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(asio::ip::tcp::socket socket, const SessionEnvironment& environment)
      : environment_(environment), socket_(std::move(socket)), timer_(socket_.get_executor()) {}

  void read_header();

 private:
  void on_header(error_code error);
  void read_body();
  void on_request(error_code error);
  void refuse(Answer answer);
  void deliver(Answer answer);
  void send(Answer answer);
  void send_half();
  void close(bool with_reset);
  void drain();

  const SessionEnvironment& environment_;
  asio::ip::tcp::socket socket_;
  asio::steady_timer timer_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  std::string half_;
  std::array<char, 4096> discarded_{};
  bool keeps_alive_ = false;
};

void Session::read_header() {
  parser_.emplace();
  // 0 would mean "no body at all"; a huge Content-Length fails while the header is parsed.
  parser_->body_limit(environment_.options.max_body_bytes);
  http::async_read_header(
      socket_, buffer_, *parser_,
      [self = shared_from_this()](error_code error, std::size_t) { self->on_header(error); });
}

void Session::on_header(error_code error) {
  if (error == http::error::body_limit) {
    return refuse(gateway_error(413, "The request body is too large."));
  }
  if (error == http::error::end_of_stream) return close(false);
  if (error) return close(false);
  const bool expects = !parser_->get()[http::field::expect].empty();
  if (!expects || environment_.options.expect == Expectation::ignore) return read_body();
  if (environment_.options.expect == Expectation::refuse) {
    return refuse(service_error(417, "800036", "Precondition failed."));
  }
  asio::async_write(socket_, asio::buffer(kContinue),
                    [self = shared_from_this()](error_code failed, std::size_t) {
                      if (!failed) self->read_body();
                    });
}

void Session::read_body() {
  http::async_read(
      socket_, buffer_, *parser_,
      [self = shared_from_this()](error_code error, std::size_t) { self->on_request(error); });
}

void Session::on_request(error_code error) {
  if (error == http::error::body_limit) {
    return refuse(gateway_error(413, "The request body is too large."));
  }
  if (error) return close(false);
  http::request<http::string_body> message = parser_->release();
  keeps_alive_ = message.keep_alive();
  Request request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  for (const auto& field : message) {
    request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  request.body = std::move(message.body());
  request.received = environment_.clock.now_mono();
  Answer answer = environment_.handler(request);
  if (answer.delay.count() == 0) return deliver(std::move(answer));
  timer_.expires_at(request.received + answer.delay);
  timer_.async_wait([self = shared_from_this(), answer = std::move(answer)](error_code) mutable {
    self->deliver(std::move(answer));
  });
}

// The rest of the body is never read, so the connection cannot be used again.
void Session::refuse(Answer answer) {
  keeps_alive_ = false;
  send(std::move(answer));
}

void Session::deliver(Answer answer) {
  if (answer.ending == Ending::close) return close(false);
  if (answer.ending == Ending::reset) return close(true);
  send(std::move(answer));
}

void Session::send(Answer answer) {
  response_ = {};
  response_.version(11);
  response_.result(answer.status);
  for (const Header& each : answer.headers) response_.insert(each.name, each.value);
  response_.body() = std::move(answer.body);
  response_.keep_alive(keeps_alive_);
  response_.prepare_payload();
  if (answer.ending == Ending::cut) return send_half();
  http::async_write(socket_, response_, [self = shared_from_this()](error_code error, std::size_t) {
    if (error) return self->close(false);
    self->keeps_alive_ ? self->read_header() : self->drain();
  });
}

void Session::send_half() {
  std::ostringstream whole;
  whole << response_;
  half_ = whole.str();
  half_.resize(half_.size() / 2);
  asio::async_write(socket_, asio::buffer(half_),
                    [self = shared_from_this()](error_code, std::size_t) { self->close(false); });
}

void Session::close(bool with_reset) {
  error_code ignored;
  timer_.cancel();
  if (with_reset) {
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  } else {
    socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  }
  socket_.close(ignored);
}

// Closing with unread bytes would send an RST, which can overtake the answer.
void Session::drain() {
  error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  if (timer_.expiry() <= environment_.clock.now_mono()) {
    timer_.expires_after(kLinger);
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) self->close(false);
    });
  }
  socket_.async_read_some(asio::buffer(discarded_),
                          [self = shared_from_this()](error_code error, std::size_t) {
                            error ? self->close(false) : self->drain();
                          });
}

}  // namespace

void start_session(asio::ip::tcp::socket socket, const SessionEnvironment& environment) {
  std::make_shared<Session>(std::move(socket), environment)->read_header();
}

}  // namespace devicebatch::sandbox
