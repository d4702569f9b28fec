// unit/http/full_listener.hpp - a port on which connections go nowhere.
//
// Purpose:   a blackhole on the loopback device: its queue of connections is full and nobody
//            accepts, so the kernel drops whoever knocks.
#pragma once

#include "base/check.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace devicebatch::http {

class FullListener {
 public:
  FullListener() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    const int listener = new_socket(SOCK_STREAM);
    DEVICEBATCH_CHECK(bind(listener, generic, size) == 0);
    DEVICEBATCH_CHECK(listen(listener, 0) == 0);
    DEVICEBATCH_CHECK(getsockname(listener, generic, &size) == 0);
    port_ = ntohs(address.sin_port);
    // One fills the queue; the others are for a kernel that counts differently.
    for (int i = 0; i < 4; ++i) {
      const int knocking = new_socket(SOCK_STREAM | SOCK_NONBLOCK);
      (void)connect(knocking, generic, size);
    }
  }
  ~FullListener() {
    for (const int fd : fds_) close(fd);
  }
  FullListener(const FullListener&) = delete;
  FullListener& operator=(const FullListener&) = delete;

  std::string url() const { return "https://127.0.0.1:" + std::to_string(port_) + "/"; }

 private:
  int new_socket(int type) {
    const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    DEVICEBATCH_CHECK(fd >= 0);
    fds_.push_back(fd);
    return fd;
  }

  std::vector<int> fds_;
  int port_ = 0;
};

}  // namespace devicebatch::http
