// Row N5 of the fault matrix: what comes instead of a reply.
#include "base/limits.hpp"
#include "support/temp_dir.hpp"
#include "support/tls_identity.hpp"

#include "unit/http/requests.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::http;
using support::TlsIdentity;

namespace {

// printf '{"status":"finished"}' | gzip -n
const std::string kZipped(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\x56\x2a\x2e\x49\x2c\x29\x2d\x56\xb2\x52"
    "\x4a\xcb\xcc\xcb\x2c\xce\x48\x4d\x51\xaa\x05\x00\xd2\x65\xe0\x48\x15\x00\x00\x00",
    41);

Answer raw(std::string bytes) {
  Answer answer = nothing(Answer::Ending::close);
  answer.bytes = std::move(bytes);
  return answer;
}

Result<Response> ask(const Answer& answer) {
  HttpServer server([&](const ServedRequest&) { return answer; });
  CurlTransport transport(quick_options());
  return perform(transport, post(server.url(), "x"));
}

void check_unconfirmed(const Result<Response>& response, std::string_view why) {
  REQUIRE_FALSE(response);
  CHECK(response.error().code() == Errc::unconfirmed);
  INFO(response.error().message());
  CHECK(response.error().message().find(why) != std::string::npos);
}

}  // namespace

TEST_CASE("N5: pages of proxies and portals are handed on as what they are") {
  const std::string page = "<html><title>Sign in</title></html>";
  for (const int status : {200, 302, 407, 511}) {
    INFO(status);
    const auto response = ask(support::reply(
        status, page, "Content-Type: text/html\r\nLocation: http://portal.example/\r\n"));
    REQUIRE(response);
    CHECK(response->status == status);
    CHECK(response->header("Content-Type") == "text/html");
    CHECK(response->body == page);
  }
}

TEST_CASE("N5: a compressed body stays compressed: nobody asked for it") {
  HttpServer server([](const ServedRequest&) {
    return support::reply(200, kZipped,
                          "Content-Type: application/json\r\nContent-Encoding: gzip\r\n");
  });
  CurlTransport transport(quick_options());
  const auto response = perform(transport, get(server.url()));
  REQUIRE(response);
  CHECK(response->body == kZipped);
  CHECK_FALSE(server.served().at(0).has("Accept-Encoding"));
  CHECK_FALSE(server.served().at(0).has("TE"));
}

TEST_CASE("N5: a reply whose transfer is compressed is not unpacked") {
  for (const char* coding : {"gzip", "gzip, chunked", "deflate", "br"}) {
    INFO(coding);
    check_unconfirmed(ask(raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: " + std::string(coding) +
                              "\r\n\r\n" + kZipped)),
                      "encoding");
  }
}

TEST_CASE("N5: a reply over the cap is refused, announced or not") {
  std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string megabyte(1 << 20, 'x');
  for (int i = 0; i < 17; ++i) chunked += "100000\r\n" + megabyte + "\r\n";
  std::string wordy = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 4000; ++i) wordy += "Header: " + std::string(50, 'x') + "\r\n";
  struct Row {
    const char* name;
    std::string bytes;
  };
  for (const Row& row : {
           Row{"100 MB announced", "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\nx"},
           Row{"more than a number holds",
               "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nx"},
           Row{"until the end of the connection",
               "HTTP/1.1 200 OK\r\n\r\n" + std::string(limits::kReplyBytes + 1, 'x')},
           Row{"in chunks", chunked + "0\r\n\r\n"},
           Row{"in its head", wordy + "\r\n"},
       }) {
    INFO(row.name);
    check_unconfirmed(ask(raw(row.bytes)), "over its cap");
  }
}

TEST_CASE("N5: a reply at the cap is taken") {
  const auto response = ask(support::reply(200, std::string(limits::kReplyBytes, 'x')));
  REQUIRE(response);
  CHECK(response->body.size() == limits::kReplyBytes);
}

TEST_CASE("N5: two lengths that differ are no reply, twice the same is") {
  check_unconfirmed(
      ask(raw("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde")),
      "two lengths");
  check_unconfirmed(
      ask(raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\ncontent-length: 3\r\n\r\nabcde")),
      "two lengths");
  const auto same =
      ask(raw("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc"));
  REQUIRE(same);
  CHECK(same->body == "abc");
  // Those of an interim reply are its own.
  const auto interim =
      ask(raw("HTTP/1.1 103 Early\r\nContent-Length: 5\r\n\r\n"
              "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"));
  REQUIRE(interim);
  CHECK(interim->body == "abc");
}

TEST_CASE("N5: without a length the body ends with the connection") {
  const auto response = ask(raw("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nabc"));
  REQUIRE(response);
  CHECK(response->body == "abc");
}

TEST_CASE("N5: a length that is none is no reply") {
  for (const char* length : {"x", "-1", "+3", "0x10", "3, 3", "3 3", ""}) {
    INFO(length);
    const auto response =
        ask(raw("HTTP/1.1 200 OK\r\nContent-Length: " + std::string(length) + "\r\n\r\nabc"));
    REQUIRE_FALSE(response);
    CHECK(response.error().code() == Errc::unconfirmed);
  }
}

TEST_CASE("N5: what follows a reply is never the reply to the next request") {
  HttpServer server([](const ServedRequest& request) {
    if (request.line().find("first") == std::string_view::npos) {
      return support::reply(200, "own");
    }
    Answer answer = support::reply(200, "first");
    answer.bytes += support::reply(202, "smuggled").bytes;
    return answer;
  });
  CurlTransport transport(quick_options());
  const auto first = perform(transport, post(server.url("/first"), "x"));
  REQUIRE(first);
  CHECK(first->body == "first");
  const auto second = perform(transport, post(server.url("/second"), "x"));
  // Refused or answered by the server itself.
  if (second) {
    CHECK(second->body == "own");
  } else {
    CHECK(second.error().code() == Errc::unconfirmed);
  }
}

namespace {

using namespace std::string_literals;

// Frames of HTTP/2, RFC 9113: length, type, flags, stream; the status 200 is 0x88 of RFC 7541.
const std::string kSettings = "\0\0\0\4\0\0\0\0\0"s + "\0\0\0\4\1\0\0\0\0"s;
const std::string kOk = "\0\0\1\1\5\0\0\0\1\x88"s;
const std::string kGoAway = "\0\0\x8\7\0\0\0\0\0"s + "\0\0\0\0\0\0\0\0"s;
const std::string kRefusedStream = "\0\0\4\3\0\0\0\0\1"s + "\0\0\0\7"s;

struct Http2Outcome {
  Result<Response> response = fail(Errc::busy, "not asked");
  std::string first_line;
  int connections = 0;
};

Http2Outcome ask_http2(bool is_offered, bool is_spoken, const Answer& answer) {
  TlsIdentity::Options identity_options;
  identity_options.speaks_http2 = is_spoken;
  const TlsIdentity identity(identity_options);
  HttpServer server([&](const ServedRequest&) { return answer; }, identity.server_context());
  const support::TempDir folder;
  CurlOptions options = quick_options();
  options.ca_file = folder.path() / "ca.pem";
  options.http2 = is_offered;
  identity.write_certificate(options.ca_file);
  CurlTransport transport(options);
  Http2Outcome outcome;
  outcome.response = perform(transport, post(server.url(), "x"));
  INFO((outcome.response ? "answered" : outcome.response.error().message()));
  REQUIRE(server.wait_for_requests(1));
  outcome.first_line = server.served().at(0).line();
  outcome.connections = server.connections();
  return outcome;
}

Answer frames(std::string bytes, Answer::Ending how) {
  Answer answer = nothing(how);
  answer.bytes = kSettings + std::move(bytes);
  // The script answers the preface; the request's own frames come right behind it.
  answer.pause = std::chrono::milliseconds(2);
  return answer;
}

}  // namespace

TEST_CASE("HTTP/2 is spoken only where both sides want it") {
  const Answer plain = support::reply(200, "x");
  CHECK(ask_http2(false, true, plain).first_line == "POST / HTTP/1.1");
  CHECK(ask_http2(false, false, plain).first_line == "POST / HTTP/1.1");
  CHECK(ask_http2(true, false, plain).first_line == "POST / HTTP/1.1");
  const auto both = ask_http2(true, true, frames(kOk, Answer::Ending::silence));
  CHECK(both.first_line == "PRI * HTTP/2.0");
  REQUIRE(both.response);
  CHECK(both.response->status == 200);
}

TEST_CASE("N5: an HTTP/2 server that goes away or refuses the stream is not asked again") {
  for (const std::string& bytes : {kGoAway, kRefusedStream}) {
    const auto outcome = ask_http2(true, true, frames(bytes, Answer::Ending::close));
    REQUIRE_FALSE(outcome.response);
    CHECK(outcome.response.error().code() == Errc::unconfirmed);
    CHECK(outcome.connections == 1);
  }
}
