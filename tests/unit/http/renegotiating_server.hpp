// unit/http/renegotiating_server.hpp - one connection of TLS 1.2 whose server wants to begin anew.
//
// Purpose:   greets, waits for the request, then asks for another handshake, as whoever sits in the
//            middle would.
// Threading: serves on a thread of its own; join() gives what came of it.
#pragma once

#include "base/check.hpp"
#include "support/tls_identity.hpp"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <string>

namespace devicebatch::http {

class RenegotiatingServer {
 public:
  explicit RenegotiatingServer(const support::TlsIdentity& identity)
      : context_(identity.server_context()), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    DEVICEBATCH_CHECK(bind(listener_, generic, size) == 0);
    DEVICEBATCH_CHECK(listen(listener_, 1) == 0);
    DEVICEBATCH_CHECK(getsockname(listener_, generic, &size) == 0);
    port_ = ntohs(address.sin_port);
    served_ = std::async(std::launch::async, [this] { return serve(); });
  }
  ~RenegotiatingServer() { close(listener_); }

  std::string url() const { return "https://127.0.0.1:" + std::to_string(port_) + "/"; }
  // Did the client agree to a second handshake?
  bool was_agreed() { return served_.get(); }

 private:
  bool serve() const {
    const int connection = accept(listener_, nullptr, nullptr);
    SSL* tls = SSL_new(context_.get());
    SSL_set_fd(tls, connection);
    char head[512];
    bool is_agreed = false;
    if (SSL_accept(tls) == 1 && SSL_read(tls, head, sizeof head) > 0) {
      const std::string before = finished(tls);
      SSL_renegotiate(tls);
      SSL_do_handshake(tls);  // sends the wish
      // The rest of the request, the answer to the wish, and the end of the client's patience.
      while (SSL_read(tls, head, sizeof head) > 0) {
      }
      is_agreed = finished(tls) != before;
    }
    SSL_free(tls);
    close(connection);
    return is_agreed;
  }

  // What ended the last handshake: no two have the same.
  static std::string finished(const SSL* tls) {
    std::string message(64, '\0');
    SSL_get_peer_finished(tls, message.data(), message.size());
    return message;
  }

  std::shared_ptr<ssl_ctx_st> context_;
  int listener_;
  int port_ = 0;
  std::future<bool> served_;
};

}  // namespace devicebatch::http
