#include "sandbox/web/session.hpp"

#include "sandbox/web/framing.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <optional>

namespace devicebatch::sandbox {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::beast::error_code;

// How long a refused client may go on sending a body before it is cut off.
constexpr std::chrono::seconds kLinger{2};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
// One read and one write of padding: large enough for a body of 2 MB in few steps.
constexpr std::size_t kPiece = std::size_t{64} << 10;
constexpr std::uint32_t kHeaderLimit = 64 * 1024;

const std::string& spaces() {
  static const std::string kSpaces(kPiece, ' ');
  return kSpaces;
}

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::unique_ptr<Connection> connection, asio::any_io_executor executor,
          const SessionEnvironment& environment)
      : environment_(environment), connection_(std::move(connection)), timer_(executor) {}

  void start();

 private:
  void read_header();
  void parse();
  void read_more();
  void on_read(error_code error, std::size_t count);
  void on_header();
  void on_request();
  void on_unreadable(error_code error);
  void refuse(const Answer& answer);
  void drop();
  void deliver(const Answer& answer);
  void write_next();
  void on_written(error_code error, std::size_t count);
  void on_sent();
  void finish();
  void close(bool with_reset);
  bool is_past_drop() const;

  const SessionEnvironment& environment_;
  std::unique_ptr<Connection> connection_;
  asio::steady_timer timer_;
  boost::beast::flat_buffer buffer_;

  std::optional<http::request_parser<http::string_body>> parser_;
  Request request_;
  bool has_header_ = false;
  std::optional<std::uint64_t> drop_at_;
  bool keeps_alive_ = false;

  std::string outgoing_;
  std::uint64_t sent_ = 0;   // of outgoing_ and the padding behind it
  std::uint64_t limit_ = 0;  // so many are sent
  Framing framing_;
  bool is_cut_ = false;
};

void Session::start() {
  connection_->handshake([self = shared_from_this()](error_code error) {
    error ? self->close(false) : self->read_header();
  });
}

void Session::read_header() {
  parser_.emplace();
  // 0 would mean "no body at all"; a huge Content-Length fails while the header is parsed.
  parser_->body_limit(environment_.options.max_body_bytes);
  parser_->header_limit(kHeaderLimit);
  request_ = {};
  request_.is_secure = connection_->is_secure();
  has_header_ = false;
  drop_at_.reset();
  keeps_alive_ = false;
  parse();
}

// Beast's own read loop would hide how many bytes of a request have come.
void Session::parse() {
  error_code error;
  while (buffer_.size() > 0 && !parser_->is_done()) {
    const std::size_t parsed = parser_->put(buffer_.data(), error);
    buffer_.consume(parsed);
    request_.bytes += parsed;
    if (error == http::error::need_more) break;
    if (error) return on_unreadable(error);
    if (parser_->is_header_done() && !has_header_) return on_header();
  }
  if (has_header_ && is_past_drop()) return drop();
  if (parser_->is_done()) return on_request();
  read_more();
}

void Session::read_more() {
  connection_->read_some(buffer_.prepare(kPiece),
                         [self = shared_from_this()](error_code error, std::size_t count) {
                           self->on_read(error, count);
                         });
}

void Session::on_read(error_code error, std::size_t count) {
  if (error) return close(false);
  buffer_.commit(count);
  parse();
}

bool Session::is_past_drop() const {
  return drop_at_ && (parser_->is_done() || request_.bytes + buffer_.size() >= *drop_at_);
}

void Session::on_header() {
  has_header_ = true;
  parser_->eager(true);
  const auto& message = parser_->get();
  request_.method = std::string(message.method_string());
  request_.target = std::string(message.target());
  for (const auto& field : message) {
    request_.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  drop_at_ = environment_.responder.begin(request_);
  if (is_past_drop()) return drop();
  const bool expects = !request_.header("Expect").empty();
  if (!expects || environment_.options.expect == Expectation::ignore) return parse();
  if (environment_.options.expect == Expectation::refuse) {
    return refuse(service_error(417, "800036", "Precondition failed."));
  }
  connection_->write(asio::buffer(kContinue),
                     [self = shared_from_this()](error_code failed, std::size_t) {
                       failed ? self->close(false) : self->parse();
                     });
}

void Session::on_request() {
  http::request<http::string_body> message = parser_->release();
  keeps_alive_ = message.keep_alive();
  request_.body = std::move(message.body());
  request_.received = environment_.clock.now_mono();
  Answer answer = environment_.responder.answer(request_);
  if (answer.delay.count() == 0) return deliver(answer);
  timer_.expires_at(request_.received + answer.delay);
  timer_.async_wait([self = shared_from_this(), answer = std::move(answer)](error_code) {
    self->deliver(answer);
  });
}

void Session::on_unreadable(error_code error) {
  if (error != http::error::body_limit) return close(false);
  if (!has_header_) {
    request_.method = std::string(parser_->get().method_string());
    request_.target = std::string(parser_->get().target());
  }
  refuse(gateway_error(413, "The request body is too large."));
}

// The rest of the body is never read, so the connection cannot be used again.
void Session::refuse(const Answer& answer) {
  keeps_alive_ = false;
  environment_.responder.note_refused(request_, answer);
  deliver(answer);
}

void Session::drop() {
  request_.bytes = std::min(request_.bytes + buffer_.size(), *drop_at_);
  Answer nothing;
  nothing.status = 0;
  nothing.ending = Ending::dropped;
  environment_.responder.note_refused(request_, nothing);
  close(false);
}

void Session::deliver(const Answer& answer) {
  if (answer.ending == Ending::close) return close(false);
  if (answer.ending == Ending::reset) return close(true);
  framing_ = answer.framing;
  is_cut_ = answer.ending == Ending::cut;
  if (framing_.length != LengthForm::right) keeps_alive_ = false;
  outgoing_ = to_bytes(answer, keeps_alive_);
  const std::uint64_t all = outgoing_.size() + framing_.padding;
  limit_ = is_cut_ ? std::min(all, framing_.cut_at.value_or(all / 2)) : all;
  sent_ = 0;
  if (limit_ == 0) return close(framing_.resets_after_cut);
  write_next();
}

void Session::write_next() {
  const bool is_padding = sent_ >= outgoing_.size();
  const std::string& from = is_padding ? spaces() : outgoing_;
  const std::size_t start = is_padding ? 0 : static_cast<std::size_t>(sent_);
  std::uint64_t count = std::min<std::uint64_t>(from.size() - start, limit_ - sent_);
  if (framing_.per_byte.count() > 0) count = std::min<std::uint64_t>(count, 1);
  connection_->write(asio::buffer(from.data() + start, static_cast<std::size_t>(count)),
                     [self = shared_from_this()](error_code error, std::size_t written) {
                       self->on_written(error, written);
                     });
}

void Session::on_written(error_code error, std::size_t count) {
  if (error) return close(false);
  sent_ += count;
  if (sent_ >= limit_) return on_sent();
  if (framing_.per_byte.count() == 0) return write_next();
  timer_.expires_after(framing_.per_byte);
  timer_.async_wait([self = shared_from_this()](error_code cancelled) {
    if (!cancelled) self->write_next();
  });
}

void Session::on_sent() {
  outgoing_ = {};
  if (is_cut_) return close(framing_.resets_after_cut);
  keeps_alive_ ? read_header() : finish();
}

void Session::finish() {
  timer_.expires_after(kLinger);
  timer_.async_wait([self = shared_from_this()](error_code error) {
    if (!error) self->close(false);
  });
  connection_->finish([self = shared_from_this()](error_code) { self->close(false); });
}

void Session::close(bool with_reset) {
  timer_.cancel();
  connection_->close(with_reset);
}

}  // namespace

void start_session(std::unique_ptr<Connection> connection, asio::any_io_executor executor,
                   const SessionEnvironment& environment) {
  std::make_shared<Session>(std::move(connection), std::move(executor), environment)->start();
}

}  // namespace devicebatch::sandbox
