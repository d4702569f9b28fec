#include "engine/control_server.hpp"

#include "base/limits.hpp"
#include "engine/async.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace devicebatch::engine {
namespace {

namespace json = boost::json;
using Socket = asio::local::stream_protocol::socket;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

class SocketPayload final : public Payload {
 public:
  SocketPayload(Socket& socket, std::string early, std::uint64_t expected)
      : socket_(socket), early_(std::move(early)), left_(expected) {}

  asio::awaitable<Result<std::string>> next() override {
    if (left_ == 0) co_return std::string();
    if (!early_.empty()) {
      std::string bytes = std::move(early_);
      early_.clear();
      bytes.resize(static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), left_)));
      left_ -= bytes.size();
      co_return bytes;
    }
    constexpr std::uint64_t kPiece = 64 * 1024;
    std::string bytes(static_cast<std::size_t>(std::min(kPiece, left_)), '\0');
    const auto buffer = asio::buffer(bytes);
    const auto [error, count] = co_await socket_.async_read_some(buffer, kAsTuple);
    if (error) co_return fail(Errc::transient, "the sender went away before the end of the file");
    bytes.resize(count);
    left_ -= count;
    co_return bytes;
  }

 private:
  Socket& socket_;
  std::string early_;
  std::uint64_t left_;
};

json::object error_reply(const Error& error) {
  json::object reply;
  reply["ok"] = false;
  json::object detail;
  detail["code"] = to_string(error.code());
  detail["message"] = error.message();
  reply["error"] = std::move(detail);
  return reply;
}

Result<json::object> parse_request(const std::string& line) {
  boost::system::error_code error;
  json::value value = json::parse(line, error);
  if (error || !value.is_object()) return fail(Errc::rejected, "not a JSON object on one line");
  return std::move(value.as_object());
}

std::uint64_t payload_bytes(const json::object& request) {
  const json::value* bytes = request.if_contains("bytes");
  if (bytes == nullptr) return 0;
  if (const auto* count = bytes->if_int64(); count != nullptr && *count > 0) {
    return static_cast<std::uint64_t>(*count);
  }
  return 0;
}

// A socket file without a listener behind it is what a killed process leaves; a live one stays.
Result<void> remove_stale_socket(asio::io_context& loop, const std::string& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return {};
  if (!S_ISSOCK(status.st_mode)) {
    return fail(Errc::bad_config, path + " exists and is not a socket; remove it");
  }
  Socket probe(loop);
  boost::system::error_code error;
  probe.connect(asio::local::stream_protocol::endpoint(path), error);
  if (!error) return fail(Errc::busy, "another daemon listens on " + path);
  unlink(path.c_str());
  return {};
}

}  // namespace

Result<void> ControlServer::open(const std::string& path) {
  Result<void> removed = remove_stale_socket(loop_, path);
  if (!removed) return removed;
  boost::system::error_code error;
  const asio::local::stream_protocol::endpoint endpoint(path);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error && chmod(path.c_str(), 0660) != 0) {
    return fail(system_error(errno, "chmod " + path));
  }
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) return fail(Errc::bad_config, "control socket " + path + ": " + error.message());
  path_ = path;
  return {};
}

void ControlServer::start() {
  spawn(loop_, accept_loop());
}

void ControlServer::close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  if (!path_.empty()) unlink(path_.c_str());
  path_.clear();
}

asio::awaitable<void> ControlServer::accept_loop() {
  for (;;) {
    auto socket = std::make_shared<Socket>(loop_);
    const auto [error] = co_await acceptor_.async_accept(*socket, kAsTuple);
    if (error) co_return;
    spawn(loop_, serve(std::move(socket)));
  }
}

asio::awaitable<void> ControlServer::serve(std::shared_ptr<Socket> socket) {
  std::string received;
  auto buffer = asio::dynamic_buffer(received, limits::kControlLineBytes);
  const auto [error, line_bytes] = co_await asio::async_read_until(*socket, buffer, '\n', kAsTuple);
  if (error) co_return;
  const std::string line = received.substr(0, line_bytes);
  Result<json::object> request = parse_request(line);
  json::object reply;
  if (request) {
    const std::uint64_t expected = payload_bytes(*request);
    SocketPayload payload(*socket, received.substr(line_bytes), expected);
    Result<json::object> answer = co_await handler_(std::move(*request), payload);
    if (answer) {
      reply["ok"] = true;
      reply["result"] = std::move(*answer);
    } else {
      reply = error_reply(answer.error());
    }
  } else {
    reply = error_reply(request.error());
  }
  const std::string text = json::serialize(reply) + "\n";
  const auto out = asio::buffer(text);
  const auto [write_error, written] = co_await asio::async_write(*socket, out, kAsTuple);
  (void)write_error;  // a peer that left does not want its answer
  (void)written;
}

}  // namespace devicebatch::engine
