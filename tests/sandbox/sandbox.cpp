#include "sandbox/sandbox.hpp"

#include "base/text.hpp"
#include "sandbox/router.hpp"
#include "sandbox/tls/server_tls.hpp"
#include "sandbox/web/session.hpp"
#include "sandbox/world.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <fstream>

namespace devicebatch::sandbox {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// Without descriptors to accept with, trying again at once would only burn the processor.
constexpr std::chrono::milliseconds kAcceptPause{50};

Result<tcp::endpoint> read_endpoint(const Options& options) {
  const std::string_view text = options.listen;
  const std::size_t colon = text.rfind(':');
  const auto wrong = [&] {
    return fail(Errc::bad_config, "--listen: ADDRESS:PORT is expected, not " + printable(text));
  };
  if (colon == std::string_view::npos) return wrong();
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, number_error] = std::from_chars(text.data() + colon + 1, end, port);
  if (number_error != std::errc() || stopped != end) return wrong();
  std::string host(text.substr(0, colon));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  error_code error;
  const asio::ip::address address = asio::ip::make_address(host, error);
  if (error) return wrong();
  if (!address.is_loopback() && !options.allows_remote) {
    return fail(Errc::bad_config, "--listen: only a loopback address, unless --allow-remote");
  }
  return tcp::endpoint(address, port);
}

// Readers must never see half a number, so it is written elsewhere and renamed.
Result<void> write_port_file(const std::string& path, std::uint16_t port) {
  const std::string draft = path + ".tmp";
  {
    std::ofstream file(draft, std::ios::trunc);
    file << port << '\n';
    file.close();
    if (!file) return fail(Errc::bad_config, draft + ": cannot be written");
  }
  if (::rename(draft.c_str(), path.c_str()) != 0) return fail(system_error(errno, path));
  return {};
}

}  // namespace

class Sandbox::Loop {
 public:
  explicit Loop(Options options)
      : world_(std::move(options)),
        router_(world_),
        environment_{real_clock_, world_.options, router_} {}

  Result<void> open();
  void accept();
  void on_accepted(error_code error, tcp::socket socket);

  asio::io_context context_{1};
  tcp::acceptor acceptor_{context_};
  asio::steady_timer pause_{context_};
  asio::signal_set signals_{context_};

 private:
  Result<void> listen(const tcp::endpoint& endpoint);
  Result<void> load_tls();

  SystemClock real_clock_;
  World world_;
  Router router_;
  std::shared_ptr<asio::ssl::context> tls_;  // nullptr: plain
  SessionEnvironment environment_;
};

Result<void> Sandbox::Loop::open() {
  const auto endpoint = read_endpoint(world_.options);
  if (!endpoint) return tl::unexpected(endpoint.error());
  if (auto loaded = load_world(world_); !loaded) return loaded;
  if (auto loaded = load_tls(); !loaded) return loaded;
  if (auto listening = listen(*endpoint); !listening) return listening;
  accept();
  if (world_.options.port_file.empty()) return {};
  return write_port_file(world_.options.port_file, acceptor_.local_endpoint().port());
}

Result<void> Sandbox::Loop::load_tls() {
  const Options& options = world_.options;
  if (options.tls_certificate.empty() != options.tls_key.empty()) {
    return fail(Errc::bad_config, "--tls-cert and --tls-key belong together");
  }
  if (options.tls_certificate.empty()) return {};
  auto context = server_tls({options.tls_certificate, options.tls_key, options.tls_versions});
  if (!context) return fail(context.error());
  tls_ = std::move(*context);
  return {};
}

Result<void> Sandbox::Loop::listen(const tcp::endpoint& endpoint) {
  error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
  if (error)
    return fail(Errc::bad_config, "listen on " + world_.options.listen + ": " + error.message());
  return {};
}

void Sandbox::Loop::accept() {
  acceptor_.async_accept(
      [this](error_code error, tcp::socket socket) { on_accepted(error, std::move(socket)); });
}

void Sandbox::Loop::on_accepted(error_code error, tcp::socket socket) {
  if (error == asio::error::operation_aborted) return;
  if (error) {
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](error_code cancelled) {
      if (!cancelled) accept();
    });
    return;
  }
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  start_session(
      tls_ ? tls_connection(std::move(socket), *tls_) : plain_connection(std::move(socket)),
      context_.get_executor(), environment_);
  accept();
}

Sandbox::Sandbox(Options options) : loop_(std::make_unique<Loop>(std::move(options))) {}
Sandbox::~Sandbox() = default;

Result<void> Sandbox::open() {
  return loop_->open();
}

std::uint16_t Sandbox::port() const {
  return loop_->acceptor_.local_endpoint().port();
}

void Sandbox::stop_on_signals() {
  loop_->signals_.add(SIGINT);
  loop_->signals_.add(SIGTERM);
  loop_->signals_.async_wait([this](error_code error, int) {
    if (!error) stop();
  });
}

void Sandbox::run() {
  loop_->context_.run();
}
void Sandbox::stop() {
  loop_->context_.stop();
}

}  // namespace devicebatch::sandbox
