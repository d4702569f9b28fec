#include "settings/store_secret.hpp"

#include "base/text.hpp"
#include "settings/read_secret.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace devicebatch::settings {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int opened) : value_(opened) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int value() const { return value_; }

 private:
  int value_;
};

// The folder, locked: of two writers of one file the slower would otherwise rename a file that the
// faster is still writing.
class LockedFolder {
 public:
  explicit LockedFolder(const std::string& path)
      : folder_(path.substr(0, path.rfind('/') + 1)),
        name_(path.substr(path.rfind('/') + 1)),
        descriptor_(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}

  Result<void> lock() const {
    if (descriptor_.value() < 0) return failed(errno, folder_);
    if (::flock(descriptor_.value(), LOCK_EX | LOCK_NB) == 0) return {};
    if (errno != EWOULDBLOCK) return failed(errno, folder_);
    return fail(Errc::busy, "somebody else is writing a secret in " + printable(folder_));
  }

  Result<void> write(const Secret& secret) const {
    const std::string part = "." + name_ + ".new";
    // Left behind by a crash.
    ::unlinkat(at(), part.c_str(), 0);
    const Descriptor file(
        ::openat(at(), part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (file.value() < 0) return failed(errno, folder_ + part);
    const bool is_written = give_to_owner(file.value()) && put(file.value(), secret.reveal()) &&
                            put(file.value(), "\n") && ::fsync(file.value()) == 0 &&
                            ::renameat(at(), part.c_str(), at(), name_.c_str()) == 0;
    if (!is_written) {
      const int number = errno;
      ::unlinkat(at(), part.c_str(), 0);
      return failed(number, folder_ + name_);
    }
    // The name may not outlive a power failure, and then the old secret is there: still a whole
    // one.
    if (::fsync(at()) != 0) return failed(errno, folder_);
    return {};
  }

 private:
  int at() const { return descriptor_.value(); }

  static Result<void> failed(int number, const std::string& what) {
    return fail(system_error(number, printable(what)));
  }

  static bool put(int descriptor, std::string_view text) {
    while (!text.empty()) {
      const ssize_t put = ::write(descriptor, text.data(), text.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return false;
      text.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
  }

  bool give_to_owner(int descriptor) const {
    if (::geteuid() != 0) return true;
    struct stat owner = {};
    if (::fstatat(at(), name_.c_str(), &owner, 0) != 0 && ::fstat(at(), &owner) != 0) return false;
    return ::fchown(descriptor, owner.st_uid, owner.st_gid) == 0;
  }

  std::string folder_;
  std::string name_;
  Descriptor descriptor_;
};

Result<void> check_unchanged(const std::string& path,
                             const std::optional<std::string>& expected_fingerprint) {
  const bool exists = ::access(path.c_str(), F_OK) == 0;
  std::optional<std::string> found;
  if (exists) {
    const Result<Secret> secret = read_secret({"", path}, "");
    found = secret ? secret->fingerprint() : "unreadable";
  }
  if (found == expected_fingerprint) return {};
  return fail(Errc::busy, printable(path) + " was changed by somebody else meanwhile");
}

}  // namespace

Result<void> store_secret(const std::string& path, const Secret& secret) {
  const LockedFolder folder(path);
  Result<void> locked = folder.lock();
  return locked ? folder.write(secret) : locked;
}

Result<void> replace_secret(const std::string& path, const Secret& secret,
                            const std::optional<std::string>& expected_fingerprint) {
  const LockedFolder folder(path);
  Result<void> locked = folder.lock();
  if (!locked) return locked;
  Result<void> unchanged = check_unchanged(path, expected_fingerprint);
  return unchanged ? folder.write(secret) : unchanged;
}

}  // namespace devicebatch::settings
