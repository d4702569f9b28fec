// settings/read_secret.hpp - the secret behind a reference.
//
// Errors:    Errc::bad_config with one sentence: missing, empty, too large, or readable by others
//            (a file must not be accessible to "other"; group-readable is accepted, 0640
//            root:service). Credentials live in $CREDENTIALS_DIRECTORY, which systemd protects
//            itself.
// Source:    systemd.exec(5), "Credentials". Never from argv, the environment or the YAML itself.
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "settings/settings.hpp"

namespace devicebatch::settings {

// `credentials_directory` is the value of $CREDENTIALS_DIRECTORY, empty when unset.
Result<Secret> read_secret(const SecretRef& reference, const std::string& credentials_directory);

}  // namespace devicebatch::settings
