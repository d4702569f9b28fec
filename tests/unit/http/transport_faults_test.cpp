#include "unit/http/requests.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::http;
using namespace std::chrono_literals;

TEST_CASE("N5: a proxy that refuses the tunnel kept the request from the server") {
  HttpServer proxy([](const ServedRequest&) {
    return ending(support::reply(407, "", "Proxy-Authenticate: Basic\r\n"), Answer::Ending::close);
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

TEST_CASE("N1: what never reached the server is transient") {
  HttpServer plain([](const ServedRequest&) { return support::reply(200); });
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

TEST_CASE("N2: what may have reached the server is unconfirmed") {
  struct Row {
    const char* name;
    Answer answer;
  };
  Answer slow = support::reply(200, std::string(1000, 'x'));
  slow.pause = 50ms;
  Answer cut_body = support::reply(202, "0123456789", "Location: /x\r\n");
  cut_body.bytes.resize(cut_body.bytes.size() - 3);
  cut_body.ending = Answer::Ending::close;
  Answer cut_head = support::reply(202, "0123456789");
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

TEST_CASE("N2: a reply cut at any byte is never taken for a whole one") {
  const std::string whole =
      "HTTP/1.1 100 Continue\r\n\r\n" +
      support::reply(202, "{\"uri\":\"/x\"}", "Location: /v1/x\r\nMS-CV: a.0\r\n").bytes;
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

TEST_CASE("N2: a request cut at any byte is unconfirmed, and sent once") {
  Request whole = post("", "{\"a\":1}");
  whole.bearer = std::make_shared<const Secret>(std::string("not-a-token"));
  HttpServer measuring([](const ServedRequest&) { return support::reply(200); });
  CurlTransport transport(quick_options());
  whole.url = measuring.url();
  REQUIRE(perform(transport, whole));
  const std::size_t size = measuring.received().size();
  REQUIRE(size > 150);
  // The port is as long as the other one, or the request would be too.
  for (std::size_t taken = 0; taken < size; ++taken) {
    INFO("after " << taken << " bytes");
    HttpServer server = HttpServer::that_takes(taken);
    Request request = whole;
    request.url = server.url();
    const auto response = perform(transport, std::move(request));
    REQUIRE_FALSE(response);
    CHECK(response.error().code() == Errc::unconfirmed);
    CHECK(server.served().empty());
    CHECK(server.connections() == 1);
    CHECK(server.received().size() <= taken);
  }
}

TEST_CASE("N2: a POST on a kept connection that dies is not repeated behind our back") {
  HttpServer server([](const ServedRequest& request) {
    // The first request leaves the connection open; the second finds it dying.
    if (request.line().find("first") != std::string_view::npos) return support::reply(200, "x");
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
    Answer answer = support::reply(413, "too large", "Connection: close\r\n");
    answer.reads_body = false;
    answer.ending = Answer::Ending::silence;
    return answer;
  });
  CurlTransport transport(quick_options());
  const auto response = perform(transport, post(server.url(), std::string(20'000'000, 'b')));
  REQUIRE(response);
  CHECK(response->status == 413);
}

TEST_CASE("what cannot be sent is refused before anything leaves") {
  HttpServer server([](const ServedRequest&) { return support::reply(200); });
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
