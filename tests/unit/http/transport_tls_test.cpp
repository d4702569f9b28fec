#include "support/temp_dir.hpp"
#include "support/tls_identity.hpp"

#include "unit/http/requests.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::http;
using support::TlsIdentity;

namespace {

constexpr int kTls11 = 0x0302;
constexpr int kTls12 = 0x0303;

Result<Response> ask(HttpServer& server, const TlsIdentity& trusted) {
  const support::TempDir folder;
  CurlOptions options = quick_options();
  options.ca_file = folder.path() / "ca.pem";
  trusted.write_certificate(options.ca_file);
  CurlTransport transport(options);
  Request request = post(server.url(), "x");
  request.bearer = std::make_shared<const Secret>(std::string("not-a-token"));
  return perform(transport, std::move(request));
}

}  // namespace

TEST_CASE("a server with a trusted certificate of its name is believed") {
  for (const int version : {kTls12, 0x0304}) {
    TlsIdentity::Options options;
    options.highest_tls = version;
    const TlsIdentity identity(options);
    HttpServer server([](const ServedRequest&) { return support::reply(202, "x"); },
                      identity.server_context());
    const auto response = ask(server, identity);
    REQUIRE(response);
    CHECK(response->status == 202);
    CHECK(server.served().at(0).line() == "POST / HTTP/1.1");
  }
}

TEST_CASE("a server that is not who it should be gets nothing") {
  struct Row {
    const char* name;
    TlsIdentity::Options options;
    bool is_trusted;
  };
  const auto with = [](auto change) {
    TlsIdentity::Options options;
    change(options);
    return options;
  };
  for (const Row& row : {
           Row{"unknown authority", {}, false},
           Row{"another name", with([](auto& o) { o.subject_alt_name = "DNS:contoso.example"; }),
               true},
           Row{"another address", with([](auto& o) { o.subject_alt_name = "IP:127.0.0.2"; }), true},
           Row{"expired", with([](auto& o) { o.valid_until_s = -60; }), true},
           Row{"not valid yet", with([](auto& o) { o.valid_from_s = 600; }), true},
           Row{"TLS 1.1 only", with([](auto& o) { o.highest_tls = kTls11; }), true},
       }) {
    INFO(row.name);
    const TlsIdentity identity(row.options);
    const TlsIdentity stranger{TlsIdentity::Options()};
    HttpServer server([](const ServedRequest&) { return support::reply(202, "x"); },
                      identity.server_context());
    const auto response = ask(server, row.is_trusted ? identity : stranger);
    REQUIRE_FALSE(response);
    CHECK(response.error().code() == Errc::transient);
    CHECK(server.served().empty());
  }
}

TEST_CASE("a connection that breaks within TLS is unconfirmed") {
  const TlsIdentity identity{TlsIdentity::Options()};
  for (const auto how : {Answer::Ending::reset, Answer::Ending::close}) {
    HttpServer server([&](const ServedRequest&) { return nothing(how); },
                      identity.server_context());
    const auto response = ask(server, identity);
    REQUIRE_FALSE(response);
    CHECK(response.error().code() == Errc::unconfirmed);
  }
}

TEST_CASE("a missing file of authorities is an error, not an open door") {
  const TlsIdentity identity{TlsIdentity::Options()};
  HttpServer server([](const ServedRequest&) { return support::reply(202, "x"); },
                    identity.server_context());
  CurlOptions options = quick_options();
  options.ca_file = "/nonexistent/ca.pem";
  CurlTransport transport(options);
  const auto response = perform(transport, get(server.url()));
  REQUIRE_FALSE(response);
  CHECK(response.error().message().find("/nonexistent/ca.pem") != std::string::npos);
  CHECK(server.served().empty());
}
