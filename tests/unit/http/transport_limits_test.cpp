// Row N1 of the fault matrix: every wait has an end.
#include "base/clock.hpp"

#include "unit/http/full_listener.hpp"
#include "unit/http/requests.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::http;
using namespace std::chrono_literals;

namespace {

// With all bounds far away, so that a test shows the one it sets.
CurlOptions patient_options() {
  CurlOptions options = quick_options();
  options.connect_timeout = 1min;
  options.first_byte_timeout = 1min;
  options.low_speed_time = 1min;
  options.total_timeout = 1min;
  return options;
}

struct Ended {
  Errc code = Errc::busy;
  std::string message;
  bool was_soon = false;
};

Ended how_it_ends(const CurlOptions& options, Request request) {
  const SystemClock clock;
  const MonoTime start = clock.now_mono();
  CurlTransport transport(options);
  const auto response = perform(transport, std::move(request));
  REQUIRE_FALSE(response);
  Ended ended;
  ended.code = response.error().code();
  ended.message = response.error().message();
  ended.was_soon = clock.now_mono() - start < 20s;
  return ended;
}

}  // namespace

TEST_CASE("N1: a name that does not exist is transient: nothing was sent") {
  const Ended ended = how_it_ends(patient_options(), post("https://contoso.invalid/", "x"));
  CHECK(ended.code == Errc::transient);
  CHECK(ended.was_soon);
}

TEST_CASE("N1: a refused connection is transient: nothing was sent") {
  const Ended ended = how_it_ends(patient_options(), post("https://127.0.0.1:1/", "x"));
  CHECK(ended.code == Errc::transient);
  CHECK(ended.was_soon);
}

TEST_CASE("N1: a connection into nowhere ends with the connect timeout and is transient") {
  const FullListener nowhere;
  CurlOptions options = patient_options();
  options.connect_timeout = 200ms;
  const Ended ended = how_it_ends(options, post(nowhere.url(), "x"));
  CHECK(ended.code == Errc::transient);
  CHECK(ended.was_soon);
}

TEST_CASE("N1: a server that takes the request and says nothing ends with the first byte's time") {
  HttpServer server([](const ServedRequest&) { return nothing(Answer::Ending::silence); });
  CurlOptions options = patient_options();
  options.first_byte_timeout = 200ms;
  for (const char* method : {"GET", "POST", "DELETE"}) {
    INFO(method);
    Request request = get(server.url());
    request.method = method;
    if (request.method == "POST") request.body = std::string(300'000, 'b');
    const Ended ended = how_it_ends(options, std::move(request));
    CHECK(ended.code == Errc::unconfirmed);
    CHECK(ended.message.find("first byte") != std::string::npos);
    CHECK(ended.was_soon);
  }
  CHECK(server.served().size() == 3);
  CHECK(server.connections() == 3);
}

TEST_CASE("N1: an interim reply does not stop the clock of the first byte") {
  HttpServer server([](const ServedRequest&) {
    Answer answer = nothing(Answer::Ending::silence);
    answer.bytes = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n";
    return answer;
  });
  CurlOptions options = patient_options();
  options.first_byte_timeout = 200ms;
  const Ended ended = how_it_ends(options, post(server.url(), "x"));
  CHECK(ended.code == Errc::unconfirmed);
  CHECK(ended.message.find("first byte") != std::string::npos);
}

TEST_CASE("N1: a server that thinks longer than a trickle may last is waited for") {
  HttpServer server([](const ServedRequest&) {
    Answer answer = support::reply(200, "x");
    answer.delay = 500ms;
    return answer;
  });
  CurlOptions options = patient_options();
  options.low_speed_time = 100ms;
  CurlTransport transport(options);
  const auto response = perform(transport, post(server.url(), "x"));
  REQUIRE(response);
  CHECK(response->body == "x");
}

TEST_CASE("N1: a reply that trickles ends with the time of low speed") {
  HttpServer server([](const ServedRequest&) {
    Answer answer = nothing(Answer::Ending::silence);
    answer.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc";
    return answer;
  });
  CurlOptions options = patient_options();
  options.low_speed_time = 200ms;
  const Ended ended = how_it_ends(options, get(server.url()));
  CHECK(ended.code == Errc::unconfirmed);
  CHECK(ended.message.find("too slow") != std::string::npos);
  CHECK(ended.was_soon);
}

TEST_CASE("N1: a server that reads a byte a second ends with the time of low speed") {
  HttpServer server([](const ServedRequest&) {
    Answer answer = support::reply(200, "x");
    answer.read_pause = 1s;
    return answer;
  });
  CurlOptions options = patient_options();
  options.low_speed_time = 300ms;
  const Ended ended = how_it_ends(options, post(server.url(), std::string(30'000'000, 'b')));
  CHECK(ended.code == Errc::unconfirmed);
  CHECK(ended.message.find("too slow") != std::string::npos);
  CHECK(ended.was_soon);
  CHECK(server.connections() == 1);
}

TEST_CASE("N1: a reply of a byte a second, just fast enough, ends with the whole time") {
  HttpServer server([](const ServedRequest&) {
    Answer answer = support::reply(200, std::string(1000, 'x'));
    answer.pause = 50ms;
    return answer;
  });
  CurlOptions options = patient_options();
  options.low_speed_time = 200ms;
  options.total_timeout = 600ms;
  const Ended ended = how_it_ends(options, get(server.url()));
  CHECK(ended.code == Errc::unconfirmed);
  CHECK(ended.was_soon);
}

TEST_CASE("N1: what is given up frees its connection for the next request") {
  HttpServer server([](const ServedRequest& request) {
    if (request.line().find("silent") != std::string_view::npos) {
      return nothing(Answer::Ending::silence);
    }
    return support::reply(200, "x");
  });
  CurlOptions options = patient_options();
  options.first_byte_timeout = 100ms;
  options.connections_max = 1;
  CurlTransport transport(options);
  Future silent = begin(transport, post(server.url("/silent"), "x"));
  Future next = begin(transport, post(server.url("/next"), "x"));
  CHECK(silent.get().error().code() == Errc::unconfirmed);
  const auto response = next.get();
  REQUIRE(response);
  CHECK(response->body == "x");
}
