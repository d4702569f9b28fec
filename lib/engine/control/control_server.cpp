#include "engine/control/control_server.hpp"

#include "base/limits.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fcntl.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>
#include <vector>

namespace devicebatch::engine {
namespace {

namespace json = boost::json;
using Socket = asio::local::stream_protocol::socket;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

// Cuts a peer off that takes too long; until then it does nothing.
class CutOff {
 public:
  CutOff(asio::io_context& loop, std::shared_ptr<Socket> socket, std::chrono::seconds after)
      : timer_(loop) {
    timer_.expires_after(after);
    timer_.async_wait([socket = std::move(socket)](const boost::system::error_code& error) {
      boost::system::error_code ignored;
      if (!error) socket->close(ignored);
    });
  }

 private:
  LoopTimer timer_;  // its end cancels the wait
};

class SocketPayload final : public Payload {
 public:
  SocketPayload(asio::io_context& loop, std::shared_ptr<Socket> socket, std::string early,
                std::uint64_t expected)
      : loop_(loop), socket_(std::move(socket)), early_(std::move(early)), left_(expected) {}

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
    const CutOff when_silent(loop_, socket_, ControlServer::kRequestTime);
    const auto [error, count] = co_await socket_->async_read_some(buffer, kAsTuple);
    if (error) co_return fail(Errc::transient, "the sender went away before the end of the file");
    bytes.resize(count);
    left_ -= count;
    co_return bytes;
  }

 private:
  asio::io_context& loop_;
  std::shared_ptr<Socket> socket_;
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

// The mode a socket file gets before anybody can connect to it.
constexpr mode_t kSocketMode = 0660;

// The group's number; nothing when it does not exist.
std::optional<gid_t> group_named(const std::string& name) {
  std::vector<char> room(64 * 1024);
  group entry{};
  group* found = nullptr;
  if (getgrnam_r(name.c_str(), &entry, room.data(), room.size(), &found) != 0) return std::nullopt;
  return found == nullptr ? std::nullopt : std::optional<gid_t>(found->gr_gid);
}

// What is wrong about it for an operator; empty when nothing is. In a folder with the set-group-id
// bit the socket has the group already, and nothing must be given away.
std::string give_to_group(const std::string& path, const std::string& name) {
  if (name.empty()) return {};
  const std::optional<gid_t> wanted = group_named(name);
  const std::string kept = path + " is for the service's own group only: ";
  if (!wanted) return kept + "there is no group " + name;
  struct stat status {};
  if (lstat(path.c_str(), &status) == 0 && status.st_gid == *wanted) return {};
  constexpr uid_t kSameOwner = static_cast<uid_t>(-1);
  if (fchownat(AT_FDCWD, path.c_str(), kSameOwner, *wanted, AT_SYMLINK_NOFOLLOW) == 0) return {};
  return kept + "it cannot be given to " + name + ": " + std::generic_category().message(errno);
}

uid_t user_of(Socket& socket) {
  ucred peer{};
  socklen_t bytes = sizeof peer;
  const int failed = getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &bytes);
  return failed == 0 ? peer.uid : static_cast<uid_t>(-1);
}

}  // namespace

Result<std::string> ControlServer::open(Door door) {
  const std::string& path = door.path;
  Result<void> removed = remove_stale_socket(loop_, path);
  if (!removed) return fail(std::move(removed.error()));
  boost::system::error_code error;
  const asio::local::stream_protocol::endpoint endpoint(path);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.bind(endpoint, error);
  std::string warning;
  if (!error) {
    warning = give_to_group(path, door.group);
    if (chmod(path.c_str(), kSocketMode) != 0) return fail(system_error(errno, "chmod " + path));
    acceptor_.listen(asio::socket_base::max_listen_connections, error);
  }
  if (error) return fail(Errc::bad_config, "control socket " + path + ": " + error.message());
  door_ = std::move(door);
  return warning;
}

void ControlServer::start() {
  spawn(loop_, accept_loop());
}

void ControlServer::close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  if (!door_.path.empty()) unlink(door_.path.c_str());
  door_.path.clear();
}

asio::awaitable<void> ControlServer::accept_loop() {
  for (;;) {
    auto socket = std::make_shared<Socket>(loop_);
    const auto [error] = co_await acceptor_.async_accept(*socket, kAsTuple);
    if (error) co_return;
    ++peers_;
    spawn(loop_, serve(std::move(socket)), [this] {
      --peers_;
      place_.raise();
    });
    while (peers_ >= kPeersMax) co_await place_.wait_for(std::nullopt);
  }
}

asio::awaitable<void> ControlServer::serve(std::shared_ptr<Socket> socket) {
  std::string received;
  auto buffer = asio::dynamic_buffer(received, limits::kControlLineBytes);
  std::optional<CutOff> cut_off;
  cut_off.emplace(loop_, socket, kRequestTime);
  const auto [error, line_bytes] = co_await asio::async_read_until(*socket, buffer, '\n', kAsTuple);
  cut_off.reset();
  const bool is_too_long = error == asio::error::not_found;
  if (error && !is_too_long) co_return;
  json::object reply;
  if (is_too_long) {
    const Error refusal(Errc::rejected, "the request is longer than a line may be");
    reply = error_reply(refusal);
  } else {
    std::string line = received.substr(0, line_bytes);
    std::string behind = received.substr(line_bytes);
    reply = co_await reply_to(std::move(line), std::move(behind), socket);
  }
  const std::string text = json::serialize(reply) + "\n";
  const auto out = asio::buffer(text);
  cut_off.emplace(loop_, socket, kRequestTime);
  const auto [write_error, written] = co_await asio::async_write(*socket, out, kAsTuple);
  (void)write_error;  // a peer that left does not want its answer
  (void)written;
}

asio::awaitable<json::object> ControlServer::reply_to(std::string line, std::string behind,
                                                      std::shared_ptr<Socket> socket) {
  Result<json::object> request = parse_request(line);
  if (!request) co_return error_reply(request.error());
  const std::uint64_t expected = payload_bytes(*request);
  SocketPayload payload(loop_, socket, std::move(behind), expected);
  Caller caller;
  caller.uid = user_of(*socket);
  caller.may_change = door_.may_change;
  Result<json::object> answer = co_await handler_(std::move(*request), payload, caller);
  if (!answer) co_return error_reply(answer.error());
  json::object reply;
  reply["ok"] = true;
  reply["result"] = std::move(*answer);
  co_return reply;
}

}  // namespace devicebatch::engine
