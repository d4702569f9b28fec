#include "sandbox/tls/server_tls.hpp"

#include "base/text.hpp"

#include <boost/asio/ssl/context.hpp>
#include <openssl/ssl.h>

#include <optional>

namespace devicebatch::sandbox {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

std::optional<int> version_named(std::string_view text) {
  if (text == "1.0") return TLS1_VERSION;
  if (text == "1.1") return TLS1_1_VERSION;
  if (text == "1.2") return TLS1_2_VERSION;
  if (text == "1.3") return TLS1_3_VERSION;
  return std::nullopt;
}

Result<void> set_versions(ssl::context& context, const std::string& text) {
  const std::size_t dash = text.find('-');
  const auto lowest = version_named(text.substr(0, dash));
  const auto highest = dash == std::string::npos ? lowest : version_named(text.substr(dash + 1));
  if (!lowest || !highest || *lowest > *highest) {
    return fail(Errc::bad_config,
                "--tls-versions: 1.0, 1.1, 1.2, 1.3 or a range of them is "
                "expected, not " +
                    printable(text));
  }
  SSL_CTX* native = context.native_handle();
  // Level 0 allows the old versions that a client must refuse by itself.
  if (*lowest < TLS1_2_VERSION) SSL_CTX_set_security_level(native, 0);
  SSL_CTX_set_min_proto_version(native, *lowest);
  SSL_CTX_set_max_proto_version(native, *highest);
  return {};
}

}  // namespace

Result<std::shared_ptr<ssl::context>> server_tls(const TlsFiles& files) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  error_code error;
  context->use_certificate_chain_file(files.certificate, error);
  if (error)
    return fail(Errc::bad_config, "--tls-cert " + files.certificate + ": " + error.message());
  context->use_private_key_file(files.key, ssl::context::pem, error);
  if (error) return fail(Errc::bad_config, "--tls-key " + files.key + ": " + error.message());
  if (SSL_CTX_check_private_key(context->native_handle()) != 1) {
    return fail(Errc::bad_config, "--tls-key " + files.key + ": is not the certificate's");
  }
  if (auto set = set_versions(*context, files.versions); !set) return fail(set.error());
  return context;
}

}  // namespace devicebatch::sandbox
