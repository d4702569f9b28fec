// The socket itself: one line in, one line out, and nobody holds more than his share.
#include "engine/control/control_server.hpp"

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "engine/loop_clock.hpp"
#include "support/temp_dir.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>
#include <vector>

namespace devicebatch::engine {
namespace {

using Socket = asio::local::stream_protocol::socket;

asio::awaitable<Result<boost::json::object>> tell_caller(boost::json::object request, Payload&,
                                                         Caller caller) {
  if (request.contains("refuse")) co_return fail(Errc::rejected, "no");
  boost::json::object answer;
  answer["uid"] = caller.uid;
  answer["may_change"] = caller.may_change;
  co_return answer;
}

class RunningServer {
 public:
  explicit RunningServer(bool may_change = true) : server_(loop_, tell_caller) {
    const Result<std::string> opened = server_.open({path(), "", may_change});
    REQUIRE(opened);
    server_.start();
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~RunningServer() {
    loop_.stop();
    thread_.join();
    server_.close();
  }

  std::string path() const { return (folder_ / "control.sock").string(); }

  Socket connect() {
    Socket socket(clients_);
    socket.connect(asio::local::stream_protocol::endpoint(path()));
    return socket;
  }

 private:
  support::TempDir folder_;
  asio::io_context loop_;
  asio::io_context clients_;
  ControlServer server_;
  std::thread thread_;
};

void send(Socket& socket, const std::string& bytes) {
  boost::system::error_code cut_off;  // a server that has heard enough
  asio::write(socket, asio::buffer(bytes), cut_off);
}

std::string reply_on(Socket& socket) {
  std::string reply;
  boost::system::error_code error;
  asio::read_until(socket, asio::dynamic_buffer(reply), '\n', error);
  return reply;
}

bool has_answer(Socket& socket, int wait_ms) {
  pollfd readable{socket.native_handle(), POLLIN, 0};
  return ::poll(&readable, 1, wait_ms) == 1;
}

// Real time that a test can push forward.
class PushedClock final : public Clock {
 public:
  PushedClock() { LoopClock::use(this); }
  ~PushedClock() override { LoopClock::use(nullptr); }
  UtcTime now_utc() const override { return clock_.now_utc(); }
  MonoTime now_mono() const override { return clock_.now_mono() + pushed_; }
  void push(asio::io_context& loop, std::chrono::seconds by) {
    pushed_ += by;
    // Asio learns of it by a timer that is the first of all and over.
    LoopTimer first(loop, now_mono() - std::chrono::hours(1));
    first.async_wait([](const boost::system::error_code&) {});
    loop.poll();
  }

 private:
  SystemClock clock_;
  std::chrono::seconds pushed_{0};
};

}  // namespace

TEST_CASE("a caller is who the kernel says, and may what the door allows") {
  for (const bool may_change : {true, false}) {
    RunningServer server(may_change);
    struct stat status {};
    REQUIRE(stat(server.path().c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0660);
    Socket socket = server.connect();
    send(socket, "{}\n");
    CHECK(reply_on(socket) == R"({"ok":true,"result":{"uid":)" + std::to_string(getuid()) +
                                  R"(,"may_change":)" + (may_change ? "true" : "false") + "}}\n");
  }
}

TEST_CASE("what is no request is answered and cut off") {
  RunningServer server;
  for (const std::string& line :
       {std::string("nonsense\n"), std::string("[]\n"), std::string("{\"refuse\":1}\n"),
        std::string(limits::kControlLineBytes + 1, 'x')}) {
    Socket socket = server.connect();
    send(socket, line);
    INFO(line.substr(0, 20));
    CHECK(reply_on(socket).starts_with(R"({"ok":false,"error":{"code":"rejected")"));
  }
}

TEST_CASE("those who say nothing hold a bounded number of places") {
  RunningServer server;
  std::vector<Socket> idle;
  for (std::size_t peer = 0; peer < ControlServer::kPeersMax; ++peer) {
    idle.push_back(server.connect());
  }
  Socket late = server.connect();
  send(late, "{}\n");
  CHECK_FALSE(has_answer(late, 200));
  idle.pop_back();
  CHECK(reply_on(late).starts_with(R"({"ok":true)"));
}

TEST_CASE("a sender that falls silent in the middle of its file is cut off") {
  PushedClock clock;
  const support::TempDir folder;
  asio::io_context loop;
  std::string received;
  std::optional<Error> failed;
  const ControlHandler take_file = [&](boost::json::object, Payload& payload,
                                       Caller) -> asio::awaitable<Result<boost::json::object>> {
    for (;;) {
      Result<std::string> piece = co_await payload.next();
      if (!piece) {
        failed = piece.error();
        co_return fail(std::move(piece.error()));
      }
      if (piece->empty()) co_return boost::json::object();
      received += *piece;
    }
  };
  ControlServer server(loop, take_file);
  const std::string path = (folder / "control.sock").string();
  REQUIRE(server.open({path, "", true}));
  server.start();
  asio::io_context clients;
  Socket socket(clients);
  socket.connect(asio::local::stream_protocol::endpoint(path));
  send(socket, "{\"bytes\":6}\nabc");
  while (received != "abc") loop.run_one();
  loop.poll();
  CHECK_FALSE(failed);
  // Each piece has its own time.
  clock.push(loop, ControlServer::kRequestTime - std::chrono::seconds(5));
  send(socket, "d");
  while (received != "abcd") loop.run_one();
  clock.push(loop, ControlServer::kRequestTime - std::chrono::seconds(5));
  CHECK_FALSE(failed);
  clock.push(loop, std::chrono::seconds(10));
  while (!failed) loop.run_one();
  REQUIRE(failed);
  CHECK(failed->code() == Errc::transient);
  CHECK(reply_on(socket).empty());
  server.close();
  loop.poll();
}

TEST_CASE("a group that does not exist leaves the socket to the service's own") {
  support::TempDir folder;
  asio::io_context loop;
  ControlServer server(loop, tell_caller);
  const Result<std::string> opened =
      server.open({(folder / "monitor.sock").string(), "no-such-group-here", false});
  REQUIRE(opened);
  CHECK(opened->find("there is no group no-such-group-here") != std::string::npos);
  server.close();
}

}  // namespace devicebatch::engine
