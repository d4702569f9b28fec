#include "spool/directory.hpp"

#include "base/text.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace devicebatch::spool {
namespace {

constexpr int kReadFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;

tl::unexpected<Error> fail_at(std::string_view verb, const std::string& name) {
  const int number = errno;
  return fail(system_error(number, std::string(verb) + " " + printable(name)));
}

tl::unexpected<Error> not_regular(const std::string& name) {
  return fail(Errc::rejected, printable(name) + " is not a regular file");
}

bool is_dot_entry(const char* name) {
  return std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0;
}

}  // namespace

Directory::Directory(FileHandle handle) : handle_(std::move(handle)) {
  struct stat here = {};
  if (::fstat(descriptor(), &here) != 0) return;
  device_ = here.st_dev;
  inode_ = here.st_ino;
}

Result<Directory> Directory::open_folder(const std::string& name) const {
  FileHandle handle(
      ::openat(descriptor(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!handle) return fail_at("open", name);
  return Directory(std::move(handle));
}

Result<Directory> Directory::duplicate() const {
  FileHandle copy(::fcntl(descriptor(), F_DUPFD_CLOEXEC, 0));
  if (!copy) return fail(system_error(errno, "duplicate a directory handle"));
  return Directory(std::move(copy));
}

Result<void> Directory::visit(
    const std::function<bool(const char* name, unsigned char type)>& visit) const {
  // A description of its own: one made by dup() would share its position with other listings.
  const int listing = ::openat(descriptor(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (listing < 0) return fail(system_error(errno, "list"));
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(listing), ::closedir);
  if (!stream) {
    ::close(listing);
    return fail(system_error(ENOMEM, "list"));
  }
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr) break;
    if (!is_dot_entry(entry->d_name) && !visit(entry->d_name, entry->d_type)) return {};
  }
  if (errno != 0) return fail(system_error(errno, "list"));
  return {};
}

std::optional<struct stat> Directory::look_at(const std::string& name) const {
  struct stat found = {};
  if (::fstatat(descriptor(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  return found;
}

Result<FileHandle> Directory::open_file(const std::string& name) const {
  auto opened = open_regular(name);
  if (!opened) return fail(std::move(opened.error()));
  return std::move(opened->file);
}

Result<Directory::Opened> Directory::open_regular(const std::string& name) const {
  Opened opened{FileHandle(::openat(descriptor(), name.c_str(), kReadFlags)), {}};
  // ELOOP is a symbolic link, ENXIO a socket or a device without a driver.
  if (!opened.file && (errno == ELOOP || errno == ENXIO)) return not_regular(name);
  if (!opened.file) return fail_at("open", name);
  if (::fstat(opened.file.descriptor(), &opened.status) != 0) return fail_at("look at", name);
  if (!S_ISREG(opened.status.st_mode)) return not_regular(name);
  if (opened.status.st_dev != device_) {
    return fail(Errc::rejected, printable(name) + " lies on another file system");
  }
  return opened;
}

Result<FileHandle> Directory::create_file(const std::string& name, mode_t mode) const {
  FileHandle file(::openat(descriptor(), name.c_str(),
                           O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!file) return fail_at("create", name);
  // The umask may have taken bits away. Asking costs a third of setting, which is a change on disk.
  struct stat made = {};
  const bool is_as_wanted =
      ::fstat(file.descriptor(), &made) == 0 && (made.st_mode & 07777) == mode;
  if (!is_as_wanted && ::fchmod(file.descriptor(), mode) != 0) {
    auto failed = fail_at("set the mode of", name);
    (void)remove(name);  // the first error is the one to tell
    return failed;
  }
  return file;
}

Result<void> Directory::remove(const std::string& name) const {
  if (::unlinkat(descriptor(), name.c_str(), 0) != 0) return fail_at("remove", name);
  return {};
}

Result<void> Directory::sync() const {
  auto synced = handle_.sync();
  if (!synced) return fail(std::move(synced), "folder");
  return {};
}

Result<void> Directory::sync_everything() const {
  if (::syncfs(descriptor()) != 0) return fail(system_error(errno, "syncfs"));
  return {};
}

Result<void> rename_new(const Entry& from, const Entry& to) {
  if (::renameat2(from.directory.descriptor(), from.name.c_str(), to.directory.descriptor(),
                  to.name.c_str(), RENAME_NOREPLACE) == 0) {
    return {};
  }
  if (errno == EEXIST) return fail(Errc::busy, printable(to.name) + " exists already", EEXIST);
  // EINVAL: this file system does not know the flag. ENOSYS: this kernel or sandbox does not.
  if (errno == EINVAL || errno == ENOSYS) return rename_by_link(from, to);
  return fail_at("rename", from.name);
}

Result<void> rename_by_link(const Entry& from, const Entry& to) {
  if (::linkat(from.directory.descriptor(), from.name.c_str(), to.directory.descriptor(),
               to.name.c_str(), 0) == 0) {
    return from.directory.remove(from.name);
  }
  switch (errno) {
    case EEXIST:
      return fail(Errc::busy, printable(to.name) + " exists already", EEXIST);
    // No hard links here, or not to another user's file (fs.protected_hardlinks), or too many.
    case EPERM:
    case EACCES:
    case EOPNOTSUPP:
    case ENOSYS:
    case EMLINK:
      return rename_by_check(from, to);
    default:
      return fail_at("link", from.name);
  }
}

Result<void> rename_by_check(const Entry& from, const Entry& to) {
  if (to.directory.has(to.name)) {
    return fail(Errc::busy, printable(to.name) + " exists already", EEXIST);
  }
  return rename_over(from, to);
}

Result<void> rename_over(const Entry& from, const Entry& to) {
  if (::renameat(from.directory.descriptor(), from.name.c_str(), to.directory.descriptor(),
                 to.name.c_str()) != 0) {
    return fail_at("rename", from.name);
  }
  return {};
}

bool is_same_file(const struct stat& left, const struct stat& right) {
  return left.st_ino == right.st_ino && left.st_dev == right.st_dev;
}

}  // namespace devicebatch::spool
