#include "http/curl_transport.hpp"

#include "base/limits.hpp"
#include "support/http_server.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <cstdlib>
#include <future>

using namespace devicebatch;
using namespace devicebatch::http;
using namespace std::chrono_literals;
using test::Answer;
using test::HttpServer;
using test::ServedRequest;

namespace {

CurlOptions quick_options() {
  CurlOptions options;
  options.allows_plain_http = true;
  options.connect_timeout = 2s;
  options.total_timeout = 10s;
  return options;
}

Request get(std::string url) {
  Request request;
  request.url = std::move(url);
  return request;
}

Request post(std::string url, std::string body) {
  Request request = get(std::move(url));
  request.method = "POST";
  request.body = std::move(body);
  request.headers.emplace_back("Content-Type", "application/json");
  return request;
}

Answer ending(Answer answer, Answer::Ending how) {
  answer.ending = how;
  return answer;
}

Answer nothing(Answer::Ending how, bool reads_body = true) {
  Answer answer;
  answer.ending = how;
  answer.reads_body = reads_body;
  return answer;
}

using Future = std::future<Result<Response>>;

Future begin(Transport& transport, Request request) {
  auto promise = std::make_shared<std::promise<Result<Response>>>();
  Future future = promise->get_future();
  transport.start(std::move(request),
                  [promise](Result<Response> result) { promise->set_value(std::move(result)); });
  return future;
}

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
    return test::reply(202, "hello", "Location: /somewhere\r\nMS-CV: abc.0\r\nEmpty:\r\n");
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
    return test::reply(std::stoi(line.substr(line.find('/') + 1, 3)), "b");
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
      [](const ServedRequest&) { return test::reply(200, std::string(100'000, 't')); });
  CurlTransport transport(quick_options());
  Request request = post(server.url(), "open");
  request.secret_body = std::make_shared<const Secret>(std::string("client_secret=x"));
  const auto response = perform(transport, std::move(request));
  REQUIRE(response);
  CHECK(response->body == std::string(100'000, 't'));
  CHECK(server.served().at(0).body == "client_secret=x");
}

TEST_CASE("an empty POST says that it is empty") {
  HttpServer server([](const ServedRequest&) { return test::reply(200); });
  CurlTransport transport(quick_options());
  REQUIRE(perform(transport, post(server.url(), "")));
  CHECK(server.served().at(0).header("Content-Length") == "0");
}

TEST_CASE("a large body goes without asking first, unless told to ask") {
  HttpServer server([](const ServedRequest& request) {
    // A server that knows nothing of Expect: it waits for the body.
    return test::reply(request.has("Expect") ? 201 : 200);
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
    Answer answer = test::reply(200, "b", "Final: yes\r\n");
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
  HttpServer server([](const ServedRequest&) { return test::reply(200, "x"); });
  CurlTransport transport(quick_options());
  for (int i = 0; i < 20; ++i) REQUIRE(perform(transport, post(server.url(), "x")));
  CHECK(server.served().size() == 20);
  CHECK(server.connections() == 1);
}

TEST_CASE("requests run side by side up to the limit, and all of them get through") {
  HttpServer server([](const ServedRequest&) {
    Answer answer = test::reply(200, "x");
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
  HttpServer other([](const ServedRequest&) { return test::reply(200); });
  HttpServer server([&](const ServedRequest&) {
    return test::reply(307, "", "Location: " + other.url("/stolen") + "\r\n");
  });
  CurlTransport transport(quick_options());
  const auto response = perform(transport, post(server.url(), "x"));
  REQUIRE(response);
  CHECK(response->status == 307);
  CHECK(other.connections() == 0);
}

TEST_CASE("proxies of the environment are ignored") {
  HttpServer trap([](const ServedRequest&) { return test::reply(200, "proxied"); });
  HttpServer server([](const ServedRequest&) { return test::reply(200, "direct"); });
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
  HttpServer proxy([](const ServedRequest&) { return test::reply(200, "proxied"); });
  const EnvironmentVariable none("no_proxy", "*");
  CurlOptions options = quick_options();
  options.proxy = proxy.url();
  CurlTransport transport(options);
  const auto response = perform(transport, get("http://127.0.0.1:1/x"));
  REQUIRE(response);
  CHECK(response->body == "proxied");
  CHECK(proxy.served().at(0).line() == "GET http://127.0.0.1:1/x HTTP/1.1");
}

TEST_CASE("a proxy that refuses the tunnel kept the request from the server") {
  HttpServer proxy([](const ServedRequest&) {
    return ending(test::reply(407, "", "Proxy-Authenticate: Basic\r\n"), Answer::Ending::close);
  });
  CurlOptions options = quick_options();
  options.proxy = proxy.url();
  CurlTransport transport(options);
  Request request = post("https://contoso.example/", "x");
  request.bearer = std::make_shared<const Secret>(std::string("not-a-token"));
  const auto response = perform(transport, std::move(request));
  REQUIRE_FALSE(response);
  CHECK(response.error().code() == Errc::transient);
  CHECK(response.error().message().find("407") != std::string::npos);
  CHECK(proxy.served().at(0).line() == "CONNECT contoso.example:443 HTTP/1.1");
  CHECK_FALSE(proxy.served().at(0).has("Authorization"));
}

TEST_CASE("what never reached the server is transient") {
  HttpServer plain([](const ServedRequest&) { return test::reply(200); });
  CurlOptions options = quick_options();
  options.connect_timeout = 500ms;
  CurlTransport transport(options);
  struct Row {
    const char* name;
    std::string url;
  };
  for (const Row& row : {
           Row{"no such name", "https://contoso.invalid/"},
           Row{"nobody listens", "https://127.0.0.1:1/"},
           Row{"no TLS spoken", "https://127.0.0.1:" + std::to_string(plain.port()) + "/"},
       }) {
    INFO(row.name);
    const auto response = perform(transport, post(row.url, "x"));
    REQUIRE_FALSE(response);
    CHECK(response.error().code() == Errc::transient);
    CHECK(response.error().native() != 0);
  }
}

TEST_CASE("a handshake that stalls ends with the connect timeout and is transient") {
  HttpServer silent([](const ServedRequest&) { return test::reply(200); });
  CurlOptions options = quick_options();
  options.connect_timeout = 100ms;
  // Listens, accepts, and never says a word of TLS until it has read a head that never ends.
  CurlTransport transport(options);
  const auto response =
      perform(transport, post("https://127.0.0.1:" + std::to_string(silent.port()) + "/", "x"));
  REQUIRE_FALSE(response);
  CHECK(response.error().code() == Errc::transient);
}

TEST_CASE("what may have reached the server is unconfirmed") {
  struct Row {
    const char* name;
    Answer answer;
  };
  Answer slow = test::reply(200, std::string(1000, 'x'));
  slow.pause = 50ms;
  Answer cut_body = test::reply(202, "0123456789", "Location: /x\r\n");
  cut_body.bytes.resize(cut_body.bytes.size() - 3);
  cut_body.ending = Answer::Ending::close;
  Answer cut_head = test::reply(202, "0123456789");
  cut_head.bytes.resize(30);
  cut_head.ending = Answer::Ending::reset;
  Answer no_http = nothing(Answer::Ending::close);
  no_http.bytes = "220 mail.contoso.example ESMTP\r\n";
  Answer broken_chunk = nothing(Answer::Ending::close);
  broken_chunk.bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
  Answer two_lengths = nothing(Answer::Ending::close);
  two_lengths.bytes = "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nabc";
  CurlOptions options = quick_options();
  options.total_timeout = 400ms;
  for (const Row& row : {
           Row{"reset before the body", nothing(Answer::Ending::reset, false)},
           Row{"reset after the body", nothing(Answer::Ending::reset)},
           Row{"closed after the body", nothing(Answer::Ending::close)},
           Row{"reply cut in its head", cut_head},
           Row{"reply cut in its body", cut_body},
           Row{"never an answer", nothing(Answer::Ending::silence)},
           Row{"an answer too slow", slow},
           Row{"an answer in another protocol", no_http},
           Row{"a broken chunk", broken_chunk},
           Row{"a broken length", two_lengths},
       }) {
    INFO(row.name);
    HttpServer server([&](const ServedRequest&) { return row.answer; });
    CurlTransport transport(options);
    const auto response = perform(transport, post(server.url(), std::string(300'000, 'b')));
    REQUIRE_FALSE(response);
    CHECK(response.error().code() == Errc::unconfirmed);
    CHECK(server.connections() == 1);
  }
}

TEST_CASE("a reply cut at any byte is never taken for a whole one") {
  const std::string whole =
      "HTTP/1.1 100 Continue\r\n\r\n" +
      test::reply(202, "{\"uri\":\"/x\"}", "Location: /v1/x\r\nMS-CV: a.0\r\n").bytes;
  CurlTransport transport(quick_options());
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    INFO("after " << cut << " bytes");
    HttpServer server([&](const ServedRequest&) {
      Answer answer = nothing(Answer::Ending::close);
      answer.bytes = whole.substr(0, cut);
      return answer;
    });
    const auto response = perform(transport, post(server.url(), "x"));
    REQUIRE_FALSE(response);
    CHECK(response.error().code() == Errc::unconfirmed);
    CHECK(server.served().size() == 1);
  }
}

TEST_CASE("a POST on a kept connection that dies is not repeated behind our back") {
  HttpServer server([](const ServedRequest& request) {
    // The first request leaves the connection open; the second finds it dying.
    if (request.line().find("first") != std::string_view::npos) return test::reply(200, "x");
    return nothing(Answer::Ending::reset);
  });
  CurlTransport transport(quick_options());
  for (const std::string& body : {std::string("small"), std::string(300'000, 'b')}) {
    REQUIRE(perform(transport, post(server.url("/first"), "x")));
    const std::size_t before = server.served().size();
    const auto response = perform(transport, post(server.url("/second"), body));
    REQUIRE_FALSE(response);
    CHECK(response.error().code() == Errc::unconfirmed);
    CHECK(server.served().size() == before + 1);
  }
}

TEST_CASE("an early refusal is heard although the body was not taken") {
  HttpServer server([](const ServedRequest&) {
    Answer answer = test::reply(413, "too large", "Connection: close\r\n");
    answer.reads_body = false;
    answer.ending = Answer::Ending::silence;
    return answer;
  });
  CurlTransport transport(quick_options());
  const auto response = perform(transport, post(server.url(), std::string(20'000'000, 'b')));
  REQUIRE(response);
  CHECK(response->status == 413);
}

TEST_CASE("a reply over the cap is refused, announced or not") {
  CurlTransport transport(quick_options());
  HttpServer announced([](const ServedRequest&) {
    Answer answer = nothing(Answer::Ending::close);
    answer.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx";
    return answer;
  });
  HttpServer endless([](const ServedRequest&) {
    Answer answer = nothing(Answer::Ending::close);
    answer.bytes = "HTTP/1.1 200 OK\r\n\r\n" + std::string(limits::kReplyBytes + 1, 'x');
    return answer;
  });
  HttpServer wordy([](const ServedRequest&) {
    Answer answer = nothing(Answer::Ending::close);
    answer.bytes = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 4000; ++i) answer.bytes += "Header: " + std::string(50, 'x') + "\r\n";
    answer.bytes += "\r\n";
    return answer;
  });
  for (const HttpServer* server : {&announced, &endless, &wordy}) {
    const auto response = perform(transport, get(server->url()));
    REQUIRE_FALSE(response);
    CHECK(response.error().code() == Errc::rejected);
    CHECK(response.error().message().find("over its cap") != std::string::npos);
  }
}

TEST_CASE("a reply at the cap is taken") {
  HttpServer server(
      [](const ServedRequest&) { return test::reply(200, std::string(limits::kReplyBytes, 'x')); });
  CurlTransport transport(quick_options());
  const auto response = perform(transport, get(server.url()));
  REQUIRE(response);
  CHECK(response->body.size() == limits::kReplyBytes);
}

TEST_CASE("a trickle below one byte a second ends the request") {
  HttpServer server([](const ServedRequest&) { return nothing(Answer::Ending::silence); });
  CurlOptions options = quick_options();
  options.low_speed_time = 1s;
  CurlTransport transport(options);
  const auto response = perform(transport, get(server.url()));
  REQUIRE_FALSE(response);
  CHECK(response.error().code() == Errc::unconfirmed);
  CHECK(response.error().message().find("too slow") != std::string::npos);
}

TEST_CASE("what cannot be sent is refused before anything leaves") {
  HttpServer server([](const ServedRequest&) { return test::reply(200); });
  CurlTransport transport(quick_options());
  CurlOptions strict;
  CurlTransport strict_transport(strict);
  CHECK(perform(strict_transport, get(server.url())).error().code() == Errc::rejected);
  CHECK(perform(transport, get("http://contoso.example/")).error().code() == Errc::rejected);
  CHECK(perform(transport, get("ftp://127.0.0.1/")).error().code() == Errc::rejected);
  CHECK(perform(transport, get("no url")).error().code() == Errc::rejected);

  Request split = get(server.url());
  split.headers.emplace_back("X-A", "b\r\nX-Evil: yes");
  CHECK(perform(transport, std::move(split)).error().code() == Errc::rejected);
  Request bad_name = get(server.url());
  bad_name.headers.emplace_back("X\n", "b");
  CHECK(perform(transport, std::move(bad_name)).error().code() == Errc::rejected);
  Request bad_token = get(server.url());
  bad_token.bearer = std::make_shared<const Secret>(std::string("a\r\nb"));
  const auto refused = perform(transport, std::move(bad_token));
  CHECK(refused.error().code() == Errc::rejected);
  CHECK(server.connections() == 0);
}

TEST_CASE("no error tells the token") {
  HttpServer server([](const ServedRequest&) { return nothing(Answer::Ending::reset); });
  CurlTransport transport(quick_options());
  Request request = post(server.url(), "x");
  request.bearer = std::make_shared<const Secret>(std::string("SECRETTOKEN"));
  const auto response = perform(transport, std::move(request));
  REQUIRE_FALSE(response);
  CHECK(response.error().message().find("SECRETTOKEN") == std::string::npos);
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
  HttpServer server([](const ServedRequest&) { return test::reply(200, "x"); });
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
  HttpServer server([](const ServedRequest&) { return test::reply(200, "x"); });
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
