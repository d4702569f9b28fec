#include "engine/http_listener.hpp"

#include "engine/async.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <charconv>

namespace devicebatch::engine {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds kPeerTimeout{10};

Result<asio::ip::tcp::endpoint> parse_endpoint(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  unsigned short port = 0;
  if (colon != std::string::npos) {
    const char* first = address.data() + colon + 1;
    const char* last = address.data() + address.size();
    const auto [end, error] = std::from_chars(first, last, port);
    boost::system::error_code no_address;
    const auto host = asio::ip::make_address(address.substr(0, colon), no_address);
    if (error == std::errc() && end == last && !no_address) {
      return asio::ip::tcp::endpoint(host, port);
    }
  }
  return fail(Errc::bad_config, "\"" + address + "\" is not ADDRESS:PORT");
}

}  // namespace

Result<void> HttpListener::open(const std::string& address) {
  const Result<asio::ip::tcp::endpoint> endpoint = parse_endpoint(address);
  if (!endpoint) return fail(Error(endpoint.error()));
  boost::system::error_code error;
  acceptor_.open(endpoint->protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(*endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) return fail(Errc::bad_config, "listen on " + address + ": " + error.message());
  return {};
}

unsigned short HttpListener::port() const {
  boost::system::error_code error;
  return acceptor_.local_endpoint(error).port();
}

void HttpListener::start() {
  spawn(loop_, accept_loop());
}

void HttpListener::close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

asio::awaitable<void> HttpListener::accept_loop() {
  for (;;) {
    auto socket = std::make_shared<asio::ip::tcp::socket>(loop_);
    const auto [error] = co_await acceptor_.async_accept(*socket, kAsTuple);
    if (error) co_return;
    spawn(loop_, serve(std::move(socket)));
  }
}

asio::awaitable<void> HttpListener::serve(std::shared_ptr<asio::ip::tcp::socket> socket) {
  beast::tcp_stream stream(std::move(*socket));
  stream.expires_after(kPeerTimeout);
  beast::flat_buffer buffer(16 * 1024);
  http::request<http::empty_body> request;
  const auto [read_error, received] = co_await http::async_read(stream, buffer, request, kAsTuple);
  (void)received;
  if (read_error) co_return;
  Page page;
  if (request.method() == http::verb::get) {
    std::string path(request.target());
    path.resize(std::min(path.size(), path.find('?')));
    page = co_await handler_(std::move(path));
  } else {
    page.status = 405;
    page.body = "only GET\n";
  }
  http::response<http::string_body> response;
  response.result(page.status);
  response.version(11);
  response.set(http::field::content_type, page.content_type);
  response.keep_alive(false);
  response.body() = std::move(page.body);
  response.prepare_payload();
  const auto [write_error, written] = co_await http::async_write(stream, response, kAsTuple);
  (void)write_error;  // a peer that left does not want its page
  (void)written;
}

}  // namespace devicebatch::engine
