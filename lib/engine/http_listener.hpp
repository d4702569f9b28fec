// engine/http_listener.hpp - small pages over HTTP on a local port: metrics and health.
//
// Threading: the loop's thread.
// Errors:    a request that is not a GET of a known page gets 404 or 405; a slow peer is cut off.
#pragma once

#include "base/result.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <string>

namespace devicebatch::engine {

namespace asio = boost::asio;

struct Page {
  unsigned status = 404;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body = "not found\n";
};

using PageHandler = std::function<asio::awaitable<Page>(std::string path)>;

class HttpListener {
 public:
  HttpListener(asio::io_context& loop, PageHandler handler)
      : loop_(loop), handler_(std::move(handler)), acceptor_(loop) {}

  // "127.0.0.1:9464"; port 0 picks one.
  Result<void> open(const std::string& address);
  void start();
  void close();
  unsigned short port() const;

 private:
  asio::awaitable<void> accept_loop();
  asio::awaitable<void> serve(std::shared_ptr<asio::ip::tcp::socket> socket);

  asio::io_context& loop_;
  PageHandler handler_;
  asio::ip::tcp::acceptor acceptor_;
};

}  // namespace devicebatch::engine
