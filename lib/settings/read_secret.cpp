#include "settings/read_secret.hpp"

#include "base/text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace devicebatch::settings {
namespace {

// A client secret has about 40 characters; a certificate with its key has some thousand.
constexpr std::size_t kSecretBytes = 64 * 1024;

tl::unexpected<Error> wrong(const std::string& what) {
  return fail(Errc::bad_config, what);
}

tl::unexpected<Error> wrong(const std::string& path, int number) {
  return wrong("secret file " + system_error(number, printable(path)).message());
}

class Opened {
 public:
  explicit Opened(const std::string& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)) {}
  ~Opened() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

// A string that is wiped on every way out.
struct Buffer {
  ~Buffer() { wipe(text); }
  std::string text;
};

// False with errno set when reading fails.
bool fill(int descriptor, std::string& text) {
  std::size_t have = 0;
  while (have < text.size()) {
    const ssize_t got = ::read(descriptor, text.data() + have, text.size() - have);
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    have += static_cast<std::size_t>(got);
  }
  text.resize(have);
  return true;
}

void drop_line_break(std::string& text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
}

Result<Secret> read_from(int descriptor, const std::string& path) {
  const std::string shown = "secret file " + printable(path);
  Buffer buffer;
  // Of one size from the start: growing would leave copies of the secret behind.
  buffer.text.resize(kSecretBytes + 1);
  if (!fill(descriptor, buffer.text)) return wrong(path, errno);
  std::string& text = buffer.text;
  if (text.size() > kSecretBytes) return wrong(shown + " is larger than 64 KiB");
  if (text.starts_with("\xEF\xBB\xBF")) {
    return wrong(shown + " begins with a byte order mark; save it as plain ASCII");
  }
  if (text.find('\0') != std::string::npos) {
    return wrong(shown + " contains zero bytes; save it as plain ASCII, not as UTF-16");
  }
  drop_line_break(text);
  if (std::ranges::all_of(text, is_ascii_space)) return wrong(shown + " is empty");
  return Secret(std::move(text));
}

Result<void> check_file(int descriptor, const std::string& path, bool is_guarded_by_systemd) {
  struct stat found = {};
  if (::fstat(descriptor, &found) != 0) return wrong(path, errno);
  const std::string shown = printable(path);
  if (!S_ISREG(found.st_mode)) return wrong("secret file " + shown + " is not a regular file");
  if (is_guarded_by_systemd) return {};
  if ((found.st_mode & S_IRWXO) != 0) {
    return wrong("secret file " + shown + " is open to every user; fix: chmod 0640 '" + shown +
                 "'");
  }
  if ((found.st_mode & S_IWGRP) != 0) {
    return wrong("secret file " + shown + " can be changed by its group; fix: chmod 0640 '" +
                 shown + "'");
  }
  return {};
}

}  // namespace

Result<Secret> read_secret(const SecretRef& reference, const std::string& credentials_directory) {
  const bool is_credential = !reference.credential.empty();
  if (is_credential != reference.file.empty()) {
    return wrong("a secret needs exactly one of credential: and file:");
  }
  if (is_credential && credentials_directory.empty()) {
    return wrong("there are no credentials for " + printable(reference.credential) +
                 "; add LoadCredential= to the systemd unit, or use file:");
  }
  const std::string path =
      is_credential ? credentials_directory + "/" + reference.credential : reference.file;
  const Opened file(path);
  if (file.descriptor() < 0) return wrong(path, errno);
  auto checked = check_file(file.descriptor(), path, is_credential);
  if (!checked) return fail(std::move(checked.error()));
  return read_from(file.descriptor(), path);
}

}  // namespace devicebatch::settings
