// Everything that can be wrong with a drop folder is found here, at the start, and told with its
// fix.
#include "base/text.hpp"
#include "spool/drop_folder_handles.hpp"
#include "spool/staged_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace devicebatch::spool {
namespace {

tl::unexpected<Error> wrong(const std::string& path, const std::string& what,
                            const std::string& fix) {
  return fail(Errc::bad_config, printable(path) + " " + what + "; fix: " + fix);
}

// The number behind `failed` decides between a mistake of the operator and trouble of the machine.
tl::unexpected<Error> wrong_or_trouble(const std::string& path, int number,
                                       const std::string& verb) {
  const std::string shown = printable(path);
  if (number == EACCES || number == EPERM || number == EROFS) {
    return wrong(
        path,
        "may not be " + verb + " by this user (" + std::generic_category().message(number) + ")",
        "chgrp devicebatchd '" + shown + "' && chmod 2770 '" + shown + "'");
  }
  return fail(system_error(number, verb + " " + shown));
}

Result<Directory> open_root(const std::string& path) {
  FileHandle handle(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (handle) return Directory(std::move(handle));
  const int number = errno;
  const std::string shown = printable(path);
  if (number == ENOENT) {
    return wrong(path, "does not exist", "install -d -m 2770 -g devicebatchd '" + shown + "'");
  }
  if (number == ENOTDIR) return wrong(path, "is not a directory", "name the folder itself");
  return wrong_or_trouble(path, number, "opened");
}

// Who may do what in the folder, as far as it decides whether claiming is safe and possible.
Result<void> check_permissions(const std::string& path, const Directory& root) {
  struct stat found = {};
  if (::fstat(root.descriptor(), &found) != 0) return wrong_or_trouble(path, errno, "looked at");
  const std::string shown = printable(path);
  const bool is_sticky = (found.st_mode & S_ISVTX) != 0;
  if ((found.st_mode & S_IWOTH) != 0 && !is_sticky) {
    return wrong(path, "may be changed by everybody on this machine", "chmod o-w '" + shown + "'");
  }
  const uid_t self = ::geteuid();
  if (is_sticky && self != 0 && found.st_uid != self) {
    return wrong(path, "has the sticky bit and another owner, so nothing in it can be claimed",
                 "chown devicebatchd '" + shown + "'");
  }
  if (::faccessat(root.descriptor(), ".", R_OK | W_OK | X_OK, AT_EACCESS) != 0) {
    return wrong_or_trouble(path, errno, "written to");
  }
  return {};
}

// A folder gets its mode before its name, so that a crash cannot leave one that nobody may enter.
Result<void> make_folder(const Directory& root, const std::string& name, mode_t mode) {
  const std::string staged = "." + name + ".making";
  if (::mkdirat(root.descriptor(), staged.c_str(), mode) != 0 && errno != EEXIST) {
    return fail(system_error(errno, "make " + name));
  }
  const FileHandle made(
      ::openat(root.descriptor(), staged.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat found = {};
  if (!made || ::fstat(made.descriptor(), &found) != 0) {
    return fail(system_error(errno, "make " + name));
  }
  // The set-group-id bit came from the folder above and must survive: it hands the group on. A unit
  // with RestrictSUIDSGID= may not name it, so fchmod() is left to those whose umask took bits
  // away.
  if ((found.st_mode & 0777) != mode &&
      ::fchmod(made.descriptor(), (found.st_mode & S_ISGID) | mode) != 0) {
    return fail(system_error(errno, "make " + name));
  }
  auto renamed = rename_new(Entry(root, staged), Entry(root, name));
  // Somebody else made it in the meantime.
  if (!renamed && renamed.error().code() == Errc::busy) {
    ::unlinkat(root.descriptor(), staged.c_str(), AT_REMOVEDIR);
    return {};
  }
  return renamed;
}

Result<Directory> open_subfolder(const std::string& path, const Directory& root,
                                 const std::string& name, mode_t mode) {
  if (!root.has(name)) {
    auto made = make_folder(root, name, mode);
    if (!made) return wrong_or_trouble(path, made.error().native(), "written to");
  }
  const std::string below = path + "/" + name;
  const std::string shown = printable(below);
  FileHandle handle(
      ::openat(root.descriptor(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!handle && (errno == ENOTDIR || errno == ELOOP)) {
    return wrong(below, "is not a directory", "mv '" + shown + "' '" + shown + ".old'");
  }
  if (!handle) return wrong_or_trouble(below, errno, "opened");
  return Directory(std::move(handle));
}

Result<void> check_subfolder(const std::string& below, const Directory& root,
                             const Directory& folder) {
  struct stat here = {};
  struct stat above = {};
  if (::fstat(folder.descriptor(), &here) != 0 || ::fstat(root.descriptor(), &above) != 0) {
    return wrong_or_trouble(below, errno, "looked at");
  }
  if (here.st_dev != above.st_dev) {
    return wrong(below,
                 "is on another file system than the folder above, so files cannot be renamed",
                 "umount '" + printable(below) + "'");
  }
  if (::faccessat(folder.descriptor(), ".", W_OK | X_OK, AT_EACCESS) != 0) {
    return wrong_or_trouble(below, errno, "written to");
  }
  return {};
}

// People who may write to the drop folder could have made this one first, to keep a hand in it.
Result<void> check_private(const std::string& below, const Directory& folder) {
  struct stat found = {};
  if (::fstat(folder.descriptor(), &found) != 0) return wrong_or_trouble(below, errno, "looked at");
  const uid_t self = ::geteuid();
  if (self != 0 && found.st_uid != self && found.st_uid != 0) {
    const std::string shown = printable(below);
    return wrong(below, "belongs to another user", "mv '" + shown + "' '" + shown + ".old'");
  }
  if ((found.st_mode & 0077) == 0) return {};
  if (::fchmod(folder.descriptor(), 0700) != 0) {
    return wrong_or_trouble(below, errno, "made private");
  }
  return {};
}

}  // namespace

bool is_own_folder(const char* name) {
  const std::string_view text(name);
  return text == kClaimedFolder || text == kAcksFolder || text == folder_name(Place::done) ||
         text == folder_name(Place::done_with_issues) || text == folder_name(Place::rejected);
}

std::string_view folder_name(Place place) {
  switch (place) {
    case Place::done:
      return "done";
    case Place::done_with_issues:
      return "done-with-issues";
    case Place::rejected:
      break;
  }
  return "rejected";
}

Result<DropFolder> DropFolder::open(const std::string& path) {
  auto root = open_root(path);
  if (!root) return fail(std::move(root.error()));
  auto permitted = check_permissions(path, *root);
  if (!permitted) return fail(std::move(permitted.error()));

  auto handles = std::make_unique<Handles>();
  const auto take = [&](Directory& into, std::string_view name, mode_t mode) -> Result<void> {
    auto folder = open_subfolder(path, *root, std::string(name), mode);
    if (!folder) return fail(std::move(folder.error()));
    into = std::move(*folder);
    return check_subfolder(path + "/" + std::string(name), *root, into);
  };
  auto taken = take(handles->claimed, kClaimedFolder, 0700);
  if (taken) taken = check_private(path + "/" + kClaimedFolder, handles->claimed);
  if (taken) taken = take(handles->acks, kAcksFolder, 0750);
  if (taken) taken = take(handles->done, folder_name(Place::done), 0750);
  if (taken) taken = take(handles->done_with_issues, folder_name(Place::done_with_issues), 0750);
  if (taken) taken = take(handles->rejected, folder_name(Place::rejected), 0750);
  if (taken) taken = sweep_staged(handles->claimed);
  if (taken) taken = sweep_staged(handles->acks);
  if (!taken) return fail(std::move(taken.error()));

  handles->path = path;
  handles->root = std::move(*root);
  return DropFolder(std::move(handles));
}

}  // namespace devicebatch::spool
