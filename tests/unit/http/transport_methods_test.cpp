#include "unit/http/requests.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::http;

namespace {

Request with_method(std::string method, std::string url, std::string body) {
  Request request = body.empty() ? get(std::move(url)) : post(std::move(url), std::move(body));
  request.method = std::move(method);
  return request;
}

}  // namespace

TEST_CASE("every method is sent by its name, with its body and nothing else") {
  struct Row {
    const char* method;
    const char* body;
    const char* length;
  };
  HttpServer server([](const ServedRequest&) { return support::reply(200, "done"); });
  CurlTransport transport(quick_options());
  for (const Row& row : {
           Row{"GET", "", ""},
           Row{"POST", "{}", "2"},
           Row{"POST", "", "0"},
           Row{"PUT", R"({"id":"1"})", "10"},
           Row{"PUT", "", "0"},
           Row{"PATCH", "[1]", "3"},
           Row{"PATCH", "", "0"},
           Row{"DELETE", "", "0"},
           Row{"DELETE", "{}", "2"},
       }) {
    INFO(row.method << " " << row.body);
    const auto response = perform(transport, with_method(row.method, server.url(), row.body));
    REQUIRE(response);
    CHECK(response->body == "done");
    const ServedRequest served = server.served().back();
    CHECK(served.line() == std::string(row.method) + " / HTTP/1.1");
    CHECK(served.header("Content-Length") == row.length);
    CHECK(served.body == row.body);
    CHECK(served.header("Content-Type") == (*row.body == '\0' ? "" : "application/json"));
    CHECK_FALSE(served.has("Transfer-Encoding"));
    CHECK_FALSE(served.has("Expect"));
  }
}

TEST_CASE("a reply without a body is a reply, on a connection that goes on") {
  HttpServer server([](const ServedRequest& request) {
    Answer answer;
    answer.bytes = request.line().starts_with("DELETE") ? "HTTP/1.1 204 No Content\r\n\r\n"
                                                        : support::reply(200, "x").bytes;
    return answer;
  });
  CurlTransport transport(quick_options());
  const auto removed = perform(transport, with_method("DELETE", server.url(), ""));
  REQUIRE(removed);
  CHECK(removed->status == 204);
  CHECK(removed->body.empty());
  REQUIRE(perform(transport, get(server.url())));
  CHECK(server.connections() == 1);
}

TEST_CASE("no method but GET is repeated behind our back when a kept connection dies") {
  HttpServer server([](const ServedRequest& request) {
    if (request.line().starts_with("GET")) return support::reply(200, "x");
    return nothing(Answer::Ending::reset);
  });
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
    for (const char* body : {"", "{}"}) {
      INFO(method << " " << body);
      CurlTransport transport(quick_options());
      REQUIRE(perform(transport, get(server.url())));
      const std::size_t before = server.served().size();
      const auto response = perform(transport, with_method(method, server.url(), body));
      REQUIRE_FALSE(response);
      CHECK(response.error().code() == Errc::unconfirmed);
      CHECK(server.served().size() == before + 1);
    }
  }
}

TEST_CASE("a method that is none of ours is not sent") {
  HttpServer server([](const ServedRequest&) { return support::reply(200); });
  CurlTransport transport(quick_options());
  for (const char* method : {"", "get", "HEAD", "CONNECT", "TRACE", "GET / HTTP/1.1\r\nX: "}) {
    INFO(method);
    const auto response = perform(transport, with_method(method, server.url(), ""));
    REQUIRE_FALSE(response);
    CHECK(response.error().code() == Errc::rejected);
  }
  CHECK(server.connections() == 0);
}
