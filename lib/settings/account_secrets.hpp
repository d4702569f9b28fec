// settings/account_secrets.hpp - everything secret that a token of an account needs.
//
// Lifecycle: read at every request for a token, so that what was replaced on disk is used at once.
// Threading: any thread.
// Errors:    Errc::bad_config with one sentence that says what to do.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "settings/settings.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace devicebatch::settings {

struct AccountSecrets {
  Secret proof;                         // the client secret, or the PEM of the certificate
  Secret refresh_token;                 // empty for app_only
  bool is_seed = false;                 // it came from the credential: the file does not exist yet
  std::optional<UtcTime> refreshed_at;  // when the file of the refresh token was written

  // Tells whether another try is worth it.
  std::string fingerprint() const;
};

// `credentials_directory` as in read_secret.hpp.
Result<AccountSecrets> read_account_secrets(const Account& account,
                                            const std::string& credentials_directory);

// Which files there are and when they changed: cheap to take, only to be compared. Equal stamps
// mean equal secrets.
using FilesStamp = std::vector<std::int64_t>;
FilesStamp stamp_of_secrets(const Account& account, const std::string& credentials_directory);

}  // namespace devicebatch::settings
