#include "settings/account_secrets.hpp"

#include "settings/read_secret.hpp"

#include <sys/stat.h>

namespace devicebatch::settings {
namespace {

UtcTime time_of(const timespec& time) {
  return UtcTime(std::chrono::seconds(time.tv_sec));
}

void add_stamp(FilesStamp& stamp, const std::string& path) {
  struct stat found = {};
  if (path.empty() || ::stat(path.c_str(), &found) != 0) {
    stamp.push_back(-1);
    return;
  }
  // ctime, because a file whose mode was mended is worth another try too.
  for (const auto number :
       {static_cast<std::int64_t>(found.st_dev), static_cast<std::int64_t>(found.st_ino),
        static_cast<std::int64_t>(found.st_size), static_cast<std::int64_t>(found.st_mtim.tv_sec),
        static_cast<std::int64_t>(found.st_mtim.tv_nsec),
        static_cast<std::int64_t>(found.st_ctim.tv_sec),
        static_cast<std::int64_t>(found.st_ctim.tv_nsec)}) {
    stamp.push_back(number);
  }
}

Result<void> read_refresh_token(const Account& account, const std::string& credentials_directory,
                                AccountSecrets& into) {
  struct stat found = {};
  const std::string& file = account.refresh_token.file;
  const bool exists = ::stat(file.c_str(), &found) == 0;
  into.is_seed = !exists && !account.refresh_token.credential.empty();
  if (!exists && !into.is_seed) {
    return fail(Errc::bad_config, "there is no refresh token in " + file +
                                      " yet; fix: devicebatchd login " + account.name);
  }
  if (exists) into.refreshed_at = time_of(found.st_mtim);
  const SecretRef place =
      exists ? SecretRef{"", file} : SecretRef{account.refresh_token.credential, ""};
  Result<Secret> token = read_secret(place, credentials_directory);
  if (!token) return fail(std::move(token.error()));
  into.refresh_token = std::move(*token);
  return {};
}

}  // namespace

std::string AccountSecrets::fingerprint() const {
  return proof.fingerprint() + refresh_token.fingerprint();
}

Result<AccountSecrets> read_account_secrets(const Account& account,
                                            const std::string& credentials_directory) {
  AccountSecrets secrets;
  const bool has_certificate = account.certificate.is_set();
  Result<Secret> proof = read_secret(has_certificate ? account.certificate : account.client_secret,
                                     credentials_directory);
  if (!proof) return fail(std::move(proof.error()));
  secrets.proof = std::move(*proof);
  if (account.mode == AccountMode::app_user) {
    Result<void> read = read_refresh_token(account, credentials_directory, secrets);
    if (!read) return fail(std::move(read.error()));
  }
  return secrets;
}

FilesStamp stamp_of_secrets(const Account& account, const std::string& credentials_directory) {
  FilesStamp stamp;
  for (const SecretRef* place :
       {&account.client_secret, &account.certificate, &account.refresh_token}) {
    add_stamp(stamp, place->file);
    if (!place->credential.empty()) {
      add_stamp(stamp, credentials_directory + "/" + place->credential);
    }
  }
  return stamp;
}

}  // namespace devicebatch::settings
