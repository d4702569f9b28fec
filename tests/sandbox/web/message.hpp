// sandbox/web/message.hpp - a request and an answer, without an HTTP library.
//
// Purpose:   what the service logic works on; only session.cpp and connection.cpp know sockets.
// Threading: values.
// Source:    error shapes and headers are those of docs/protocol.md, "Replies" and "Errors".
#pragma once

#include "base/clock.hpp"

#include <boost/json/fwd.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace devicebatch::sandbox {

struct Header {
  Header(std::string header_name, std::string header_value)
      : name(std::move(header_name)), value(std::move(header_value)) {}
  std::string name;
  std::string value;
};

struct Misfortune;

struct Request {
  std::string method;
  std::string target;
  std::vector<Header> headers;
  std::string body;
  std::uint64_t bytes = 0;  // of header and body, as far as they were read
  bool is_secure = false;   // came over TLS
  MonoTime received;        // when the last byte of the body was read; delays count from here
  // What the rules have in store for it, drawn once its header is there.
  std::shared_ptr<const Misfortune> fault;

  // First header of that name, case-insensitively; empty when absent.
  std::string_view header(std::string_view name) const;
};

enum class Ending {
  answer,   // send it, keep the connection if the client wants to
  close,    // close without a byte
  reset,    // RST instead of FIN
  cut,      // send the first bytes, then close
  dropped,  // the request itself was not read to its end
};

enum class LengthForm {
  right,
  missing,  // the body ends where the connection does
  twice,    // two different Content-Length, the first is right
};

// How the bytes of an answer travel.
struct Framing {
  LengthForm length = LengthForm::right;
  std::optional<std::uint64_t> cut_at;    // of all bytes, header included; Ending::cut only: half
  bool resets_after_cut = false;          // RST instead of FIN
  std::chrono::milliseconds per_byte{0};  // so long until the next single byte
  std::uint64_t padding = 0;              // so many spaces follow the body, and count in its length
};

struct Answer {
  unsigned status = 200;
  std::vector<Header> headers;
  std::string body;
  Ending ending = Ending::answer;
  Framing framing;
  std::chrono::milliseconds delay{0};  // from Request::received
  bool is_gateway = false;             // no MS-* headers, no BOM: the service never saw the request

  void add(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
  }
  void remove(std::string_view name);
};

Answer json_answer(unsigned status, const boost::json::value& body);
// {"code","description","data":[],"source"}
Answer service_error(unsigned status, std::string_view code, std::string_view description);
// {"statusCode","message"} as the API gateway writes it.
Answer gateway_error(unsigned status, std::string_view message);

// "Tue, 24 Nov 2026 05:41:25 GMT"
std::string http_date(UtcTime time);

// The decoded segments of a target, without its query; empty segments ("//") are dropped.
std::vector<std::string> path_segments(std::string_view target);
// %XX, and '+' as a space when asked to (form bodies). A damaged escape stays as it is.
std::string percent_decode(std::string_view text, bool plus_is_space = false);

}  // namespace devicebatch::sandbox
