#include "sandbox/test/running_sandbox.hpp"
#include "sandbox/tls/make_tls.hpp"
#include "support/temp_dir.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <openssl/ssl.h>
#include <sys/stat.h>

using namespace devicebatch::sandbox;
namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;

namespace {

const std::filesystem::path& tls_folder() {
  static const devicebatch::support::TempDir folder;
  static const bool is_made = make_tls(folder.path()).has_value();
  REQUIRE(is_made);
  return folder.path();
}

Options with_tls(const char* certificate, const char* versions = "1.2-1.3") {
  Options options = quick_options();
  options.tls_certificate = (tls_folder() / certificate).string();
  options.tls_key = (tls_folder() / "key.pem").string();
  options.tls_versions = versions;
  return options;
}

// A sandbox that speaks TLS, without the plain client of RunningSandbox.
class SecureSandbox {
 public:
  explicit SecureSandbox(Options options) : sandbox_(std::move(options)) {
    REQUIRE(sandbox_.open());
    thread_ = std::thread([this] { sandbox_.run(); });
  }
  ~SecureSandbox() {
    sandbox_.stop();
    thread_.join();
  }
  std::uint16_t port() const { return sandbox_.port(); }

 private:
  Sandbox sandbox_;
  std::thread thread_;
};

struct Visit {
  bool is_trusted = false;
  std::string version;
  std::string received;
  bool ended_well = false;  // with a TLS goodbye
};

// A client that trusts ca.pem only; `highest` limits what it offers.
Visit ask(const SecureSandbox& sandbox, const std::string& request, int highest = 0) {
  Visit outcome;
  asio::io_context io;
  ssl::context context(ssl::context::tls_client);
  context.load_verify_file((tls_folder() / "ca.pem").string());
  context.set_verify_mode(ssl::verify_peer);
  SSL_CTX_set_security_level(context.native_handle(), 0);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context.native_handle(), highest);
  ssl::stream<asio::ip::tcp::socket> stream(io, context);
  stream.set_verify_callback(ssl::host_name_verification("127.0.0.1"));
  stream.next_layer().connect({asio::ip::address_v4::loopback(), sandbox.port()});
  boost::system::error_code error;
  stream.handshake(ssl::stream_base::client, error);
  if (error) return outcome;
  outcome.is_trusted = true;
  outcome.version = SSL_get_version(stream.native_handle());
  asio::write(stream, asio::buffer(request), error);
  asio::read(stream, asio::dynamic_buffer(outcome.received), error);
  outcome.ended_well = error == asio::error::eof;
  return outcome;
}

const std::string kHealth =
    "GET /sandbox/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";

}  // namespace

TEST_CASE("the sandbox speaks TLS with a certificate of the test authority") {
  const SecureSandbox sandbox(with_tls("cert.pem"));
  const Visit outcome = ask(sandbox, kHealth);
  CHECK(outcome.is_trusted);
  CHECK(outcome.version == "TLSv1.3");
  CHECK_THAT(outcome.received, Catch::StartsWith("HTTP/1.1 200 OK"));
  CHECK(outcome.ended_well);
}

TEST_CASE("a client does not believe what it must not believe") {
  for (const char* certificate :
       {"expired.pem", "not-yet-valid.pem", "wrong-host.pem", "self-signed.pem"}) {
    CAPTURE(certificate);
    const SecureSandbox sandbox(with_tls(certificate));
    CHECK_FALSE(ask(sandbox, kHealth).is_trusted);
  }
}

TEST_CASE("TLS versions can be narrowed down") {
  const SecureSandbox old(with_tls("cert.pem", "1.1"));
  CHECK(ask(old, kHealth).version == "TLSv1.1");
  const SecureSandbox fresh(with_tls("cert.pem", "1.3"));
  CHECK_FALSE(ask(fresh, kHealth, TLS1_2_VERSION).is_trusted);
  const SecureSandbox both(with_tls("cert.pem", "1.2-1.3"));
  CHECK(ask(both, kHealth, TLS1_2_VERSION).version == "TLSv1.2");
}

TEST_CASE("Location is an https address where it is absolute") {
  Options options = with_tls("cert.pem");
  options.location = LocationForm::absolute;
  const SecureSandbox sandbox(options);
  const std::string form =
      "grant_type=client_credentials&client_id=c&client_secret=sandbox-secret"
      "&resource=https://api.partnercenter.microsoft.com";
  const auto post = [&](const std::string& head, const std::string& body) {
    return ask(sandbox, "POST " + head + "\r\nHost: here\r\nConnection: close\r\nContent-Length: " +
                            std::to_string(body.size()) + "\r\n\r\n" + body)
        .received;
  };
  const std::string granted = post("/t/oauth2/token HTTP/1.1", form);
  const std::size_t start = granted.find("\"access_token\":\"") + 16;
  const std::string token = granted.substr(start, granted.find('"', start) - start);
  const std::string accepted =
      post(batches_path() + " HTTP/1.1\r\nAuthorization: Bearer " + token, create_body("T", {"A"}));
  CHECK_THAT(accepted, Catch::Contains("Location: https://here/v1/customers/"));
}

TEST_CASE("an answer that is cut ends without a TLS goodbye") {
  Options options = with_tls("cert.pem");
  const devicebatch::support::TempDir folder;
  options.rules_file = (folder / "rules.yaml").string();
  devicebatch::support::write_file(options.rules_file, "[{cut_at: 12}]");
  const SecureSandbox sandbox(options);
  const Visit outcome = ask(sandbox, "GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
  CHECK(outcome.received.size() == 12);
  CHECK_FALSE(outcome.ended_well);
}

TEST_CASE("a client that speaks no TLS is sent away") {
  const SecureSandbox sandbox(with_tls("cert.pem"));
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  socket.connect({asio::ip::address_v4::loopback(), sandbox.port()});
  boost::system::error_code error;
  asio::write(socket, asio::buffer(kHealth), error);
  std::string received;
  asio::read(socket, asio::dynamic_buffer(received), error);
  CHECK_THAT(received, !Catch::Contains("HTTP/1.1"));
  CHECK_THAT(ask(sandbox, kHealth).received, Catch::StartsWith("HTTP/1.1 200 OK"));
}

TEST_CASE("keys are for their owner only") {
  for (const char* file : {"key.pem", "client-key.pem"}) {
    struct ::stat status {};
    REQUIRE(::stat((tls_folder() / file).c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
  }
}

TEST_CASE("TLS files and versions that cannot be used are named") {
  const auto complaint = [](const Options& options) {
    const auto opened = Sandbox(options).open();
    REQUIRE_FALSE(opened);
    return opened.error().message();
  };
  CHECK_THAT(complaint(with_tls("none.pem")), Catch::StartsWith("--tls-cert "));
  CHECK_THAT(complaint(with_tls("cert.pem", "1.4")), Catch::StartsWith("--tls-versions: "));
  CHECK_THAT(complaint(with_tls("cert.pem", "1.3-1.2")), Catch::StartsWith("--tls-versions: "));
  Options wrong_key = with_tls("cert.pem");
  wrong_key.tls_key = (tls_folder() / "client-key.pem").string();
  CHECK_THAT(complaint(wrong_key), Catch::StartsWith("--tls-key "));
  Options half = with_tls("cert.pem");
  half.tls_key.clear();
  CHECK(complaint(half) == "--tls-cert and --tls-key belong together");
}
