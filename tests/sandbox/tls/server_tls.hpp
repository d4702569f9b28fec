// sandbox/tls/server_tls.hpp - the TLS that the sandbox shows to clients.
//
// Errors:    Errc::bad_config for files that cannot be used and versions that do not exist.
#pragma once

#include "base/result.hpp"

#include <memory>
#include <string>

namespace boost::asio::ssl {
class context;
}

namespace devicebatch::sandbox {

struct TlsFiles {
  std::string certificate;  // PEM, the chain behind it
  std::string key;
  std::string versions;  // "1.2" or "1.2-1.3"
};

Result<std::shared_ptr<boost::asio::ssl::context>> server_tls(const TlsFiles& files);

}  // namespace devicebatch::sandbox
