// engine/account_access.hpp - from the files of an account to a request for a token, and back.
//
// Purpose:   what asking for a token needs of disk and key; nothing here waits for a network.
// Threading: any thread; blocks on files, so a worker.
// Errors:    Errc::unauthorized with one sentence that says what to mend: a person must act.
#pragma once

#include "base/uuid.hpp"
#include "partner_center/token.hpp"
#include "settings/account_secrets.hpp"

#include <optional>
#include <string>

namespace devicebatch::engine {

partner_center::TokenOptions token_options(const settings::Service& service,
                                           const settings::Account& account);

// When an assertion is made, and the id that it has for itself.
struct ProofMoment {
  ProofMoment(UtcTime time, const Uuid& id) : now(time), assertion_id(id) {}
  UtcTime now;
  Uuid assertion_id;
};

// The client secret as it is, or an assertion signed with the certificate; `certificate_ends` is
// set when there is one.
Result<partner_center::ClientProof> make_proof(const settings::Account& account,
                                               const partner_center::TokenOptions& options,
                                               Secret secret, const ProofMoment& moment,
                                               std::optional<UtcTime>& certificate_ends);

// One request for a token, and what is remembered of the secrets behind it.
struct TokenAsking {
  Result<http::Request> request{http::Request()};
  settings::FilesStamp stamp;  // from before the files were read
  std::string fingerprint;     // of everything that was read; empty when that failed
  std::optional<UtcTime> certificate_ends;
  std::optional<UtcTime> refreshed_at;             // when the refresh token was stored
  std::optional<std::string> refresh_fingerprint;  // of the file's; nullopt when there is no file
  Secret seed;  // of the credential, used because there is no file yet
};

TokenAsking prepare_asking(const settings::Account& account,
                           const partner_center::TokenOptions& options,
                           const std::string& credentials_directory, const ProofMoment& moment);

// Stores the refresh token that came with the reply, if one came and is another one. After an error
// the old one is still there, and still good: Entra ID does not revoke it.
Result<void> keep_refresh_token(const settings::Account& account, const TokenAsking& asking,
                                const partner_center::Token& token);

}  // namespace devicebatch::engine
