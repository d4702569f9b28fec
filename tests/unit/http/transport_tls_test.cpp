#include "support/temp_dir.hpp"
#include "support/tls_identity.hpp"

#include "unit/http/renegotiating_server.hpp"
#include "unit/http/requests.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::http;
using support::TlsIdentity;

namespace {

constexpr int kTls11 = 0x0302;
constexpr int kTls12 = 0x0303;

TlsIdentity::Options named(std::string name) {
  TlsIdentity::Options options;
  options.name = std::move(name);
  return options;
}

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

TEST_CASE("a server whose certificate a trusted authority signed is believed") {
  const TlsIdentity authority(named("authority"));
  const TlsIdentity identity(named("server"), authority);
  HttpServer server([](const ServedRequest&) { return support::reply(202, "x"); },
                    identity.server_context());
  CHECK(ask(server, authority));
}

namespace {

// Refused for the reason named, at the first try, and the server saw nothing of the request.
void check_refused(const TlsIdentity& identity, const TlsIdentity& trusted, std::string_view why) {
  HttpServer server([](const ServedRequest&) { return support::reply(202, "x"); },
                    identity.server_context());
  const auto response = ask(server, trusted);
  REQUIRE_FALSE(response);
  CHECK(response.error().code() == Errc::transient);
  INFO(response.error().message());
  CHECK(response.error().message().find(why) != std::string::npos);
  // No second try in another version, none in the clear.
  CHECK(server.connections() == 1);
  CHECK(server.served().empty());
  CHECK(server.received().empty());
}

}  // namespace

TEST_CASE("T1: an expired certificate is refused before anything is sent") {
  TlsIdentity::Options options;
  options.valid_until_s = -60;
  const TlsIdentity identity(options);
  check_refused(identity, identity, "expired");
}

TEST_CASE("T1: a certificate that is not valid yet is refused before anything is sent") {
  TlsIdentity::Options options;
  options.valid_from_s = 600;
  const TlsIdentity identity(options);
  check_refused(identity, identity, "not yet valid");
}

TEST_CASE("T1: a certificate of another host is refused before anything is sent") {
  for (const char* name : {"DNS:contoso.example", "IP:127.0.0.2", "DNS:127.0.0.1"}) {
    INFO(name);
    TlsIdentity::Options options;
    options.subject_alt_name = name;
    const TlsIdentity identity(options);
    check_refused(identity, identity, "127.0.0.1");
  }
}

TEST_CASE("T1: a self-signed certificate is refused before anything is sent") {
  const TlsIdentity identity(named("server"));
  check_refused(identity, TlsIdentity(named("authority")), "certificate");
}

TEST_CASE("T1: a certificate of an unknown authority is refused before anything is sent") {
  const TlsIdentity unknown(named("unknown authority"));
  const TlsIdentity identity(named("server"), unknown);
  check_refused(identity, TlsIdentity(named("authority")), "certificate");
  // Another key under the trusted name.
  check_refused(identity, TlsIdentity(named("unknown authority")), "");
}

TEST_CASE("T1: a server of TLS 1.1 is refused before anything is sent") {
  TlsIdentity::Options options;
  options.highest_tls = kTls11;
  const TlsIdentity identity(options);
  check_refused(identity, identity, "");
}

TEST_CASE("T1: a renegotiation is refused, and the answer is unknown") {
  TlsIdentity::Options options;
  options.highest_tls = kTls12;
  const TlsIdentity identity(options);
  RenegotiatingServer server(identity);
  const support::TempDir folder;
  CurlOptions curl = quick_options();
  curl.ca_file = folder.path() / "ca.pem";
  identity.write_certificate(curl.ca_file);
  CurlTransport transport(curl);
  const auto response = perform(transport, post(server.url(), "x"));
  CHECK_FALSE(server.was_agreed());
  REQUIRE_FALSE(response);
  CHECK(response.error().code() == Errc::unconfirmed);
}

TEST_CASE("T1: a handshake that stalls ends with the connect timeout, with nothing sent") {
  // Listens, accepts and never says a word of TLS: it waits for the head of a request.
  HttpServer silent([](const ServedRequest&) { return support::reply(200); });
  CurlOptions options = quick_options();
  options.connect_timeout = std::chrono::milliseconds(200);
  CurlTransport transport(options);
  Request request = post("https://127.0.0.1:" + std::to_string(silent.port()) + "/", "x");
  request.bearer = std::make_shared<const Secret>(std::string("not-a-token"));
  const auto response = perform(transport, std::move(request));
  REQUIRE_FALSE(response);
  CHECK(response.error().code() == Errc::transient);
  CHECK(silent.connections() == 1);
  CHECK(silent.served().empty());
  // What it did get is a greeting of TLS.
  CHECK(silent.received().starts_with("\x16\x03"));
  CHECK(silent.received().find("POST") == std::string::npos);
  CHECK(silent.received().find("not-a-token") == std::string::npos);
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
