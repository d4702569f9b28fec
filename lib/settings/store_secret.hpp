// settings/store_secret.hpp - a secret that changes, kept in a file.
//
// Purpose:   at every moment, a crash included, the file holds the old secret or the new one whole.
// Threading: any thread and any process: writers of one folder lock it for as long as they write.
// Errors:    of the file system; Errc::busy when another writer is at work or was faster.
// Source:    written beside it with mode 0600, synced, renamed over it, the folder synced. Owner
//            and group stay, or are those of the folder, so that root can write for the service.
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <optional>
#include <string>

namespace devicebatch::settings {

Result<void> store_secret(const std::string& path, const Secret& secret);

// Only if the file still holds the secret of that fingerprint, or still does not exist for nullopt.
Result<void> replace_secret(const std::string& path, const Secret& secret,
                            const std::optional<std::string>& expected_fingerprint);

}  // namespace devicebatch::settings
