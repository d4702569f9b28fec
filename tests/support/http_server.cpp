#include "support/http_server.hpp"

#include "base/check.hpp"
#include "base/text.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>

namespace devicebatch::test {

namespace {

constexpr std::chrono::milliseconds kForever{-1};
constexpr std::chrono::seconds kPatience{20};

std::size_t content_length(const ServedRequest& request) {
  const std::string_view text = request.header("Content-Length");
  std::size_t length = 0;
  std::from_chars(text.data(), text.data() + text.size(), length);
  return length;
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void close_with_reset(int fd) {
  const linger at_once{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(fd);
}

// The value of the header and whether it is there at all.
std::pair<bool, std::string_view> find_header(std::string_view head, std::string_view name) {
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(std::min(line.size() + 2, head.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    if (equals_ignoring_case(trim(line.substr(0, colon)), name)) {
      return {true, trim(line.substr(colon + 1))};
    }
  }
  return {false, {}};
}

}  // namespace

std::string_view ServedRequest::header(std::string_view name) const {
  return find_header(head, name).second;
}

bool ServedRequest::has(std::string_view name) const {
  return find_header(head, name).first;
}

Answer reply(int status, std::string_view body, std::string_view headers) {
  Answer answer;
  answer.bytes = "HTTP/1.1 " + std::to_string(status) + " Scripted\r\n" + std::string(headers) +
                 "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
  return answer;
}

HttpServer::HttpServer(Script script) : script_(std::move(script)) {
  listening_fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  stop_fd_ = eventfd(0, EFD_CLOEXEC);
  DEVICEBATCH_CHECK(listening_fd_ >= 0 && stop_fd_ >= 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  DEVICEBATCH_CHECK(bind(listening_fd_, generic, size) == 0);
  DEVICEBATCH_CHECK(listen(listening_fd_, 64) == 0);
  DEVICEBATCH_CHECK(getsockname(listening_fd_, generic, &size) == 0);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

HttpServer::~HttpServer() {
  const std::uint64_t one = 1;
  DEVICEBATCH_CHECK(write(stop_fd_, &one, sizeof one) == static_cast<ssize_t>(sizeof one));
  acceptor_.join();
  for (std::thread& connection : connections_) connection.join();
  close(listening_fd_);
  close(stop_fd_);
}

std::string HttpServer::url(std::string_view path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
}

std::vector<ServedRequest> HttpServer::served() const {
  const std::lock_guard lock(mutex_);
  return served_;
}

int HttpServer::connections() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(connections_.size());
}

bool HttpServer::wait_for_requests(std::size_t count) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return served_.size() >= count; });
}

// False on the end of the patience and when the server stops.
bool HttpServer::is_readable(int fd, std::chrono::milliseconds patience) const {
  pollfd waits[2] = {{fd, POLLIN, 0}, {stop_fd_, POLLIN, 0}};
  const int ready = poll(waits, 2, static_cast<int>(patience.count()));
  return ready > 0 && waits[1].revents == 0;
}

void HttpServer::accept_all() {
  while (is_readable(listening_fd_, kForever)) {
    const int fd = accept4(listening_fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const std::lock_guard lock(mutex_);
    const int number = static_cast<int>(connections_.size()) + 1;
    connections_.emplace_back([this, fd, number] { serve(fd, number); });
  }
}

bool HttpServer::receive(int connection_fd, std::string& buffer) const {
  if (!is_readable(connection_fd, kForever)) return false;
  char bytes[65536];
  const ssize_t count = recv(connection_fd, bytes, sizeof bytes, 0);
  if (count <= 0) return false;
  buffer.append(bytes, static_cast<std::size_t>(count));
  return true;
}

bool HttpServer::send(int connection_fd, const Answer& answer) const {
  std::string_view rest = answer.bytes;
  while (!rest.empty()) {
    const bool is_slow = answer.pause.count() > 0;
    if (is_slow && is_readable(stop_fd_, answer.pause)) return false;
    const std::size_t step = is_slow ? 1 : rest.size();
    const ssize_t count = ::send(connection_fd, rest.data(), step, MSG_NOSIGNAL);
    if (count <= 0) return false;
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

// False when the connection has had its end; it is closed then.
bool HttpServer::serve_one(int connection_fd, int number, std::string& buffer) {
  const auto ended = [&] {
    close(connection_fd);
    return false;
  };
  std::size_t head_end = 0;
  while ((head_end = buffer.find("\r\n\r\n")) == std::string::npos) {
    if (!receive(connection_fd, buffer)) return ended();
  }
  ServedRequest request;
  request.connection = number;
  request.head = buffer.substr(0, head_end + 2);
  buffer.erase(0, head_end + 4);
  const Answer answer = script_(request);
  const std::size_t length = answer.reads_body ? content_length(request) : 0;
  while (buffer.size() < length) {
    if (!receive(connection_fd, buffer)) return ended();
  }
  request.body = buffer.substr(0, length);
  buffer.erase(0, length);
  {
    const std::lock_guard lock(mutex_);
    served_.push_back(std::move(request));
  }
  changed_.notify_all();
  const bool is_sent = send(connection_fd, answer);
  if (is_sent && answer.ending == Answer::Ending::keep) return true;
  if (answer.ending == Answer::Ending::silence) is_readable(stop_fd_, kForever);
  if (answer.ending != Answer::Ending::reset) return ended();
  close_with_reset(connection_fd);
  return false;
}

void HttpServer::serve(int connection_fd, int number) {
  std::string buffer;
  while (serve_one(connection_fd, number, buffer)) {
  }
}

}  // namespace devicebatch::test
