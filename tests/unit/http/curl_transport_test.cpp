#include "http/curl_transport.hpp"

#include "unit/http/requests.hpp"
#include <catch2/catch.hpp>
#include <pthread.h>

#include <atomic>
#include <cstdlib>

using namespace devicebatch;
using namespace devicebatch::http;
using namespace std::chrono_literals;

namespace {

// A variable of the environment for the length of a test.
class EnvironmentVariable {
 public:
  EnvironmentVariable(const char* name, const std::string& value) : name_(name) {
    setenv(name, value.c_str(), 1);
  }
  ~EnvironmentVariable() { unsetenv(name_); }
  EnvironmentVariable(const EnvironmentVariable&) = delete;
  EnvironmentVariable& operator=(const EnvironmentVariable&) = delete;

 private:
  const char* name_;
};

}  // namespace

TEST_CASE("a request arrives as it was meant") {
  HttpServer server([](const ServedRequest&) {
    return support::reply(202, "hello", "Location: /somewhere\r\nMS-CV: abc.0\r\nEmpty:\r\n");
  });
  CurlTransport transport(quick_options());
  Request request = post(server.url("/v1/x?y=1"), "{\"a\":1}");
  request.headers.emplace_back("MS-RequestId", "r1");
  request.headers.emplace_back("X-Empty", "");
  request.bearer = std::make_shared<const Secret>(std::string("not-a-token"));
  const auto response = perform(transport, std::move(request));
  REQUIRE(response);
  CHECK(response->status == 202);
  CHECK(response->body == "hello");
  CHECK(response->header("location") == "/somewhere");
  CHECK(response->header("MS-CV") == "abc.0");
  CHECK(response->header("Empty").empty());
  const ServedRequest served = server.served().at(0);
  CHECK(served.line() == "POST /v1/x?y=1 HTTP/1.1");
  CHECK(served.header("Authorization") == "Bearer not-a-token");
  CHECK(served.header("MS-RequestId") == "r1");
  CHECK(served.header("Content-Type") == "application/json");
  CHECK(served.header("Content-Length") == "7");
  CHECK(served.header("User-Agent") == "devicebatchd");
  CHECK(served.has("X-Empty"));
  CHECK_FALSE(served.has("Expect"));
  CHECK_FALSE(served.has("Accept-Encoding"));
  CHECK(served.body == "{\"a\":1}");
}

TEST_CASE("any status is a reply") {
  HttpServer server([](const ServedRequest& request) {
    const std::string line(request.line());
    return support::reply(std::stoi(line.substr(line.find('/') + 1, 3)), "b");
  });
  CurlTransport transport(quick_options());
  for (const int status : {200, 299, 301, 302, 400, 401, 403, 404, 407, 408,
                           409, 413, 417, 418, 429, 499, 500, 503, 511, 599}) {
    INFO(status);
    const auto response = perform(transport, post(server.url("/" + std::to_string(status)), "x"));
    REQUIRE(response);
    CHECK(response->status == status);
    CHECK(response->body == "b");
  }
}

TEST_CASE("a secret body is sent instead of the open one") {
  HttpServer server(
      [](const ServedRequest&) { return support::reply(200, std::string(100'000, 't')); });
  CurlTransport transport(quick_options());
  Request request = post(server.url(), "open");
  request.secret_body = std::make_shared<const Secret>(std::string("client_secret=x"));
  const auto response = perform(transport, std::move(request));
  REQUIRE(response);
  CHECK(response->body == std::string(100'000, 't'));
  CHECK(server.served().at(0).body == "client_secret=x");
}

TEST_CASE("an empty POST says that it is empty") {
  HttpServer server([](const ServedRequest&) { return support::reply(200); });
  CurlTransport transport(quick_options());
  REQUIRE(perform(transport, post(server.url(), "")));
  CHECK(server.served().at(0).header("Content-Length") == "0");
}

TEST_CASE("a large body goes without asking first, unless told to ask") {
  HttpServer server([](const ServedRequest& request) {
    // A server that knows nothing of Expect: it waits for the body.
    return support::reply(request.has("Expect") ? 201 : 200);
  });
  CurlTransport transport(quick_options());
  const std::string body(2'000'000, 'b');
  const auto plain = perform(transport, post(server.url(), body));
  REQUIRE(plain);
  CHECK(plain->status == 200);
  CHECK(server.served().at(0).body == body);

  Request asking = post(server.url(), body);
  asking.sends_expect = true;
  const auto asked = perform(transport, std::move(asking));
  REQUIRE(asked);
  CHECK(asked->status == 201);
  CHECK(server.served().at(1).header("Expect") == "100-continue");
  CHECK(server.served().at(1).body == body);
}

TEST_CASE("an interim reply is not the reply") {
  HttpServer server([](const ServedRequest&) {
    Answer answer = support::reply(200, "b", "Final: yes\r\n");
    answer.bytes = "HTTP/1.1 100 Continue\r\nInterim: yes\r\n\r\n" + answer.bytes;
    return answer;
  });
  CurlTransport transport(quick_options());
  const auto response = perform(transport, post(server.url(), "x"));
  REQUIRE(response);
  CHECK(response->status == 200);
  CHECK(response->header("Final") == "yes");
  CHECK(response->header("Interim").empty());
}

TEST_CASE("connections are used again, one after the other") {
  HttpServer server([](const ServedRequest&) { return support::reply(200, "x"); });
  CurlTransport transport(quick_options());
  for (int i = 0; i < 20; ++i) REQUIRE(perform(transport, post(server.url(), "x")));
  CHECK(server.served().size() == 20);
  CHECK(server.connections() == 1);
}

TEST_CASE("requests run side by side up to the limit, and all of them get through") {
  HttpServer server([](const ServedRequest&) {
    Answer answer = support::reply(200, "x");
    answer.pause = 1ms;
    return answer;
  });
  CurlOptions options = quick_options();
  options.connections_max = 4;
  CurlTransport transport(options);
  std::vector<Future> futures;
  for (int i = 0; i < 40; ++i) futures.push_back(begin(transport, post(server.url(), "x")));
  for (Future& future : futures) REQUIRE(future.get());
  CHECK(server.connections() <= 4);
  CHECK(server.connections() >= 2);
}

TEST_CASE("redirects are handed back, not followed") {
  HttpServer other([](const ServedRequest&) { return support::reply(200); });
  HttpServer server([&](const ServedRequest&) {
    return support::reply(307, "", "Location: " + other.url("/stolen") + "\r\n");
  });
  CurlTransport transport(quick_options());
  const auto response = perform(transport, post(server.url(), "x"));
  REQUIRE(response);
  CHECK(response->status == 307);
  CHECK(other.connections() == 0);
}

TEST_CASE("proxies of the environment are ignored") {
  HttpServer trap([](const ServedRequest&) { return support::reply(200, "proxied"); });
  HttpServer server([](const ServedRequest&) { return support::reply(200, "direct"); });
  const EnvironmentVariable lower("http_proxy", trap.url());
  const EnvironmentVariable upper("HTTPS_PROXY", trap.url());
  const EnvironmentVariable all("ALL_PROXY", trap.url());
  CurlTransport transport(quick_options());
  const auto response = perform(transport, get(server.url()));
  REQUIRE(response);
  CHECK(response->body == "direct");
  // A port that nobody listens on: with a proxy it would have been asked for.
  const auto refused = perform(transport, get("https://127.0.0.1:1/"));
  CHECK_FALSE(refused);
  CHECK(trap.connections() == 0);
}

TEST_CASE("the proxy of the settings is used, whatever the environment excludes") {
  HttpServer proxy([](const ServedRequest&) { return support::reply(200, "proxied"); });
  const EnvironmentVariable none("no_proxy", "*");
  CurlOptions options = quick_options();
  options.proxy = proxy.url();
  CurlTransport transport(options);
  const auto response = perform(transport, get("http://127.0.0.1:1/x"));
  REQUIRE(response);
  CHECK(response->body == "proxied");
  CHECK(proxy.served().at(0).line() == "GET http://127.0.0.1:1/x HTTP/1.1");
}

TEST_CASE("what is in flight or waiting ends with the transport") {
  HttpServer server([](const ServedRequest&) { return nothing(Answer::Ending::silence); });
  std::vector<Future> futures;
  {
    CurlOptions options = quick_options();
    options.connections_max = 2;
    CurlTransport transport(options);
    for (int i = 0; i < 5; ++i) futures.push_back(begin(transport, post(server.url(), "x")));
    REQUIRE(server.wait_for_requests(2));
  }
  for (Future& future : futures) {
    const auto result = future.get();
    REQUIRE_FALSE(result);
    CHECK(result.error().code() == Errc::cancelled);
  }
}

TEST_CASE("a completion may start the next request, on the transport's own thread") {
  HttpServer server([](const ServedRequest&) { return support::reply(200, "x"); });
  CurlTransport transport(quick_options());
  std::promise<std::string> second;
  const std::string url = server.url("/second");
  transport.start(get(server.url("/first")), [&](Result<Response>) {
    transport.start(get(url), [&](Result<Response> result) {
      char name[16] = {};
      pthread_getname_np(pthread_self(), name, sizeof name);
      second.set_value(result ? name : "failed");
    });
  });
  CHECK(second.get_future().get() == "transport");
}

TEST_CASE("many threads may start requests") {
  HttpServer server([](const ServedRequest&) { return support::reply(200, "x"); });
  CurlTransport transport(quick_options());
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) good += perform(transport, post(server.url(), "x")) ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(good == 100);
}

TEST_CASE("headers of a response are found whatever their case") {
  Response response;
  response.headers.emplace_back("Retry-After", "5");
  response.headers.emplace_back("retry-after", "6");
  CHECK(response.header("RETRY-AFTER") == "5");
  CHECK(response.header("Location").empty());
}
