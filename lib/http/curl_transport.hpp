// http/curl_transport.hpp - the transport over libcurl: one thread, one multi handle.
//
// Lifecycle: the thread starts with the object and ends with it; the destructor completes what is
//            in flight with Errc::cancelled. It may wait for a name that is being resolved.
// Threading: see transport.hpp. The thread is named "transport".
// Errors:    Errc::transient as long as name, connection, proxy and TLS are not through; from then
//            on Errc::unconfirmed. A kept connection that dies under a request is unconfirmed too:
//            libcurl may repeat a GET by itself, no other method. A reply that cannot be used (over
//            its cap, two lengths, an encoding nobody asked for) is Errc::unconfirmed: the request
//            may have had its effect.
// Source:    docs/protocol.md, "Transport": https only unless allowed, TLS 1.2 and up, no
//            redirects, HTTP/1.1 unless asked for more (libcurl 7.88.1 stalls on HTTP/2: curl issue
//            10936), an empty Expect header unless asked for (a server that ignores it costs a
//            second), proxies from settings only. Bodies arrive as they were sent: no compression
//            is offered, and none is undone.
#pragma once

#include "http/transport.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace devicebatch::http {

struct CurlOptions {
  bool allows_plain_http = false;  // for the sandbox on a loopback address
  std::string proxy;               // empty: none; the environment is never asked
  std::string ca_file;             // empty: the system's
  std::string user_agent = "devicebatchd";
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds first_byte_timeout{120'000};  // from the whole request to the reply
  std::chrono::milliseconds low_speed_time{60'000};       // slower than 1 byte a second for so long
  std::chrono::milliseconds total_timeout{180'000};
  bool http2 = false;  // offer it within TLS; a server may still choose HTTP/1.1
  int connections_max = 16;
};

class CurlTransport final : public Transport {
 public:
  explicit CurlTransport(CurlOptions options);
  ~CurlTransport() override;
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  void start(Request request, Completion completion) override;

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace devicebatch::http
