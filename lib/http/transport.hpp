// http/transport.hpp - requests and replies, without knowing what they mean.
//
// Purpose:   the interface between the REST dialect and a client library.
// Threading: start() may be called by any thread; the completion runs on the transport's own thread
//            and must hand over quickly.
// Errors:    of a Result<Response>: Errc::transient - the request surely did not reach the server;
//            Errc::unconfirmed - it may have; Errc::rejected - it cannot be sent at all (bad URL,
//            line breaks in a header); Errc::cancelled - the transport is stopping. Any HTTP status
//            is a Response.
// Source:    docs/protocol.md, "Transport".
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace devicebatch::http {

struct Header {
  Header(std::string header_name, std::string header_value)
      : name(std::move(header_name)), value(std::move(header_value)) {}
  std::string name;
  std::string value;
};

struct Request {
  std::string method = "GET";  // GET, POST, PUT, PATCH or DELETE
  std::string url;
  std::vector<Header> headers;
  std::string body;
  // Sent as "Authorization: Bearer ..." when set; never part of `headers`, so never logged.
  std::shared_ptr<const Secret> bearer;
  // A form body with secrets in it; used instead of `body` when set.
  std::shared_ptr<const Secret> secret_body;
  bool sends_expect = false;  // let the client ask "Expect: 100-continue" before a large body
};

struct Response {
  int status = 0;
  std::vector<Header> headers;
  std::string body;

  // First header of that name, case-insensitively; empty when absent.
  std::string_view header(std::string_view name) const;
};

using Completion = std::function<void(Result<Response>)>;

class Transport {
 public:
  virtual ~Transport() = default;
  virtual void start(Request request, Completion completion) = 0;
};

// Waits for the reply on the calling thread. For tools and examples, not for the daemon.
Result<Response> perform(Transport& transport, Request request);

}  // namespace devicebatch::http
