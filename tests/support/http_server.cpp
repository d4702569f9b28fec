#include "support/http_server.hpp"

#include "base/check.hpp"
#include "base/text.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace devicebatch::support {

namespace {

constexpr std::chrono::milliseconds kForever{-1};
constexpr std::chrono::seconds kPatience{20};
constexpr std::size_t kReceivedBytes = 64 * 1024;

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

// One connection, in the clear or within TLS. Blocks; TLS gives up on a peer that stalls.
class HttpServer::Channel {
 public:
  Channel(int fd, ssl_ctx_st* tls) : fd_(fd) {
    if (tls == nullptr) return;
    const timeval patience{5, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ssl_.reset(SSL_new(tls));
    SSL_set_fd(ssl_.get(), fd);
  }
  ~Channel() { close(fd_); }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  std::size_t bytes_left = 0;

  bool shake_hands() { return !ssl_ || SSL_accept(ssl_.get()) == 1; }
  int fd() const { return fd_; }
  bool has_unread() const { return ssl_ && SSL_pending(ssl_.get()) > 0; }
  void reset_on_close() {
    const linger at_once{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  // Like their namesakes of the system: at most 0 at the end and on failure.
  int receive(char* bytes, std::size_t size) {
    if (ssl_) return SSL_read(ssl_.get(), bytes, static_cast<int>(size));
    return static_cast<int>(recv(fd_, bytes, size, 0));
  }
  int send(const char* bytes, std::size_t size) {
    if (ssl_) return SSL_write(ssl_.get(), bytes, static_cast<int>(size));
    return static_cast<int>(::send(fd_, bytes, size, MSG_NOSIGNAL));
  }

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  int fd_;
  std::unique_ptr<SSL, Free> ssl_;
};

HttpServer::HttpServer(Script script) : HttpServer(std::move(script), nullptr) {}

HttpServer::HttpServer(Script script, std::shared_ptr<ssl_ctx_st> tls)
    : HttpServer(std::move(script), std::move(tls), std::numeric_limits<std::size_t>::max()) {}

HttpServer HttpServer::that_takes(std::size_t bytes) {
  return HttpServer([](const ServedRequest&) { return Answer(); }, nullptr, bytes);
}

HttpServer::HttpServer(Script script, std::shared_ptr<ssl_ctx_st> tls, std::size_t bytes_max)
    : script_(std::move(script)), tls_(std::move(tls)), bytes_max_(bytes_max) {
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
  return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_) +
         std::string(path);
}

std::vector<ServedRequest> HttpServer::served() const {
  const std::lock_guard lock(mutex_);
  return served_;
}

int HttpServer::connections() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(connections_.size());
}

std::string HttpServer::received() const {
  const std::lock_guard lock(mutex_);
  return received_;
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

bool HttpServer::receive(Channel& channel, std::string& buffer, std::chrono::milliseconds pause) {
  const bool is_slow = pause.count() > 0;
  if (is_slow && is_readable(stop_fd_, pause)) return false;
  if (!channel.has_unread() && !is_readable(channel.fd(), kForever)) return false;
  char bytes[65536];
  const std::size_t wanted = is_slow ? 1 : std::min(sizeof bytes, channel.bytes_left);
  const int count = wanted == 0 ? 0 : channel.receive(bytes, wanted);
  if (count <= 0) return false;
  const std::string_view piece(bytes, static_cast<std::size_t>(count));
  channel.bytes_left -= piece.size();
  buffer += piece;
  const std::lock_guard lock(mutex_);
  received_ += piece.substr(0, kReceivedBytes - received_.size());
  return true;
}

bool HttpServer::send(Channel& channel, const Answer& answer) const {
  if (answer.delay.count() > 0 && is_readable(stop_fd_, answer.delay)) return false;
  std::string_view rest = answer.bytes;
  while (!rest.empty()) {
    const bool is_slow = answer.pause.count() > 0;
    if (is_slow && is_readable(stop_fd_, answer.pause)) return false;
    const int count = channel.send(rest.data(), is_slow ? 1 : rest.size());
    if (count <= 0) return false;
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

// False when the connection has had its end.
bool HttpServer::serve_one(Channel& channel, int number, std::string& buffer) {
  std::size_t head_end = 0;
  while ((head_end = buffer.find("\r\n\r\n")) == std::string::npos) {
    if (!receive(channel, buffer, {})) return false;
  }
  ServedRequest request;
  request.connection = number;
  request.head = buffer.substr(0, head_end + 2);
  buffer.erase(0, head_end + 4);
  const Answer answer = script_(request);
  const std::size_t length = answer.reads_body ? content_length(request) : 0;
  while (buffer.size() < length) {
    if (!receive(channel, buffer, answer.read_pause)) return false;
  }
  request.body = buffer.substr(0, length);
  buffer.erase(0, length);
  {
    const std::lock_guard lock(mutex_);
    served_.push_back(std::move(request));
  }
  changed_.notify_all();
  const bool is_sent = send(channel, answer);
  if (answer.ending == Answer::Ending::silence) is_readable(stop_fd_, kForever);
  if (answer.ending == Answer::Ending::reset) channel.reset_on_close();
  return is_sent && answer.ending == Answer::Ending::keep;
}

void HttpServer::serve(int connection_fd, int number) {
  // OpenSSL writes without MSG_NOSIGNAL.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  Channel channel(connection_fd, tls_.get());
  channel.bytes_left = bytes_max_;
  if (!is_readable(connection_fd, kForever) || !channel.shake_hands()) return;
  std::string buffer;
  while (serve_one(channel, number, buffer)) {
  }
  if (channel.bytes_left == 0) channel.reset_on_close();
}

}  // namespace devicebatch::support
