#include "integration/queue/tcp_proxy.hpp"

#include "base/check.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace devicebatch::integration {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

bool send_all(int to, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t sent = ::send(to, bytes, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

}  // namespace

TcpProxy::TcpProxy(int target_port)
    : target_port_(target_port),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      wake_(::eventfd(0, EFD_CLOEXEC)) {
  sockaddr_in address = loopback(0);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  DEVICEBATCH_CHECK(::bind(listener_, generic, size) == 0);
  DEVICEBATCH_CHECK(::listen(listener_, 16) == 0);
  DEVICEBATCH_CHECK(::getsockname(listener_, generic, &size) == 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

TcpProxy::~TcpProxy() {
  is_stopping_ = true;
  ::eventfd_write(wake_, 1);
  thread_.join();
  ::close(listener_);
  ::close(wake_);
}

void TcpProxy::cut() {
  wants_cut_ = true;
  ::eventfd_write(wake_, 1);
}

void TcpProxy::end(Pair& pair) {
  const linger at_once{1, 0};
  for (const int fd : {pair.client, pair.server}) {
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(fd);
  }
  pair.client = -1;
}

void TcpProxy::accept_one() {
  Pair pair;
  pair.client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  pair.server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(target_port_);
  const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(pair.server, generic, sizeof address) != 0) return end(pair);
  pairs_.push_back(pair);
}

// False when one side has ended.
bool TcpProxy::carry(Pair& pair, int from, int to) {
  std::array<char, 16 * 1024> piece;
  const ssize_t got = ::recv(from, piece.data(), piece.size(), MSG_DONTWAIT);
  if (got <= 0 || !send_all(to, piece.data(), static_cast<std::size_t>(got))) return false;
  if (from != pair.server) return true;
  pair.carried += static_cast<std::uint64_t>(got);
  const std::uint64_t limit = cut_after_;
  if (limit == 0 || pair.carried < limit) return true;
  ++cuts_;
  return false;
}

void TcpProxy::run() {
  while (!is_stopping_) {
    std::vector<pollfd> watched{{listener_, POLLIN, 0}, {wake_, POLLIN, 0}};
    for (const Pair& pair : pairs_) {
      watched.push_back({pair.client, POLLIN, 0});
      watched.push_back({pair.server, POLLIN, 0});
    }
    ::poll(watched.data(), watched.size(), -1);
    if (watched[1].revents != 0) {
      eventfd_t count = 0;
      ::eventfd_read(wake_, &count);
    }
    const bool cuts_all = wants_cut_.exchange(false);
    if (cuts_all) ++cuts_;
    for (std::size_t at = 0; at < pairs_.size(); ++at) {
      Pair& pair = pairs_[at];
      const bool from_client = watched[2 + at * 2].revents != 0;
      const bool from_server = watched[3 + at * 2].revents != 0;
      bool goes_on = !cuts_all;
      if (goes_on && from_client) goes_on = carry(pair, pair.client, pair.server);
      if (goes_on && from_server) goes_on = carry(pair, pair.server, pair.client);
      if (!goes_on) end(pair);
    }
    std::erase_if(pairs_, [](const Pair& pair) { return pair.client == -1; });
    if (watched[0].revents != 0) accept_one();
  }
  for (Pair& pair : pairs_) end(pair);
}

}  // namespace devicebatch::integration
