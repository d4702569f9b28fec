// Everything that can be wrong with a drop folder is found here, at the start, and told with its
// fix.
#include "base/text.hpp"
#include "spool/drop_folder_handles.hpp"
#include "spool/staged_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
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

// Who may change what is in the folder: a stranger could take files away, or swap them for others.
Result<void> check_owner(const std::string& path, const struct stat& found) {
  const std::string shown = printable(path);
  if (is_open_to_all(found)) {
    return wrong(path, "may be changed by everybody on this machine",
                 "chmod o-w '" + shown + "' (or set allow_insecure_folder)");
  }
  const uid_t self = ::geteuid();
  if (found.st_uid != self && found.st_uid != 0) {
    return wrong(
        path,
        "belongs to user " + std::to_string(found.st_uid) + ", who may change everything in it",
        "chown root '" + shown + "' (or set allow_insecure_folder)");
  }
  return {};
}

// Who may do what in the folder, as far as it decides whether claiming is safe and possible.
Result<void> check_permissions(const std::string& path, const Directory& root,
                               bool allow_insecure) {
  struct stat found = {};
  if (::fstat(root.descriptor(), &found) != 0) return wrong_or_trouble(path, errno, "looked at");
  if (!allow_insecure) {
    auto owned = check_owner(path, found);
    if (!owned) return owned;
  }
  const std::string shown = printable(path);
  const bool is_sticky = (found.st_mode & S_ISVTX) != 0;
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
  return text == kClaimedFolder || text == kAcksFolder || text == kUrgentFolder ||
         std::ranges::any_of(kAllPlaces, [&](Place each) { return text == folder_name(each); });
}

std::string_view folder_name(Place place) {
  switch (place) {
    case Place::done:
      return "done";
    case Place::done_with_issues:
      return "done-with-issues";
    case Place::rejected:
      return "rejected";
    case Place::quarantine:
      break;
  }
  return "quarantine";
}

namespace {

// A place in the file system with what has to be below it.
struct Ground {
  const std::string& path;
  const Directory& directory;
};

Result<void> take_folder(const Ground& ground, Directory& into, std::string_view name,
                         mode_t mode) {
  auto folder = open_subfolder(ground.path, ground.directory, std::string(name), mode);
  if (!folder) return fail(std::move(folder.error()));
  into = std::move(*folder);
  const std::string below = ground.path + "/" + std::string(name);
  auto taken = check_subfolder(below, ground.directory, into);
  if (taken && mode == 0700) taken = check_private(below, into);
  return taken;
}

// A folder without .claimed/ is another one than that which our files are in.
Result<void> check_known(const std::string& path, const Directory& root) {
  if (root.has(kClaimedFolder)) return {};
  const std::string shown = printable(path);
  return fail(Errc::not_found,
              shown + " is not the folder in which files are being worked on: it has no " +
                  kClaimedFolder + "; fix: mount it again, or, if it is gone for good, mkdir -m " +
                  "700 '" + shown + "/" + kClaimedFolder + "'");
}

Result<void> take_archive(const Ground& ground, Directory& acks,
                          std::array<Directory, kPlaces>& places) {
  auto taken = take_folder(ground, acks, kAcksFolder, 0750);
  for (const Place each : kAllPlaces) {
    if (!taken) break;
    const mode_t mode = each == Place::quarantine ? 0700 : 0750;
    taken = take_folder(ground, places[static_cast<std::size_t>(each)], folder_name(each), mode);
  }
  return taken;
}

}  // namespace

Result<DropFolder> DropFolder::open(const std::string& path, const FolderOptions& options) {
  auto handles = std::make_unique<Handles>();
  handles->path = path;
  handles->archive_path = options.archive_path.empty() ? path : options.archive_path;
  handles->options = options;
  const auto open_ground = [&](Directory& into, const std::string& where) -> Result<void> {
    auto opened = open_root(where);
    if (!opened) return fail(std::move(opened.error()));
    into = std::move(*opened);
    return check_permissions(where, into, options.allow_insecure);
  };
  auto taken = open_ground(handles->root, path);
  if (taken) taken = open_ground(handles->archive, handles->archive_path);
  if (taken && options.must_be_known) taken = check_known(path, handles->root);
  if (!taken) return fail(std::move(taken.error()));

  const Ground drop{handles->path, handles->root};
  const Ground archive{handles->archive_path, handles->archive};
  taken = take_folder(drop, handles->claimed, kClaimedFolder, 0700);
  if (taken) taken = take_archive(archive, handles->acks, handles->places);
  if (taken) taken = sweep_staged(handles->claimed);
  if (taken) taken = sweep_staged(handles->acks);
  if (!taken) return fail(std::move(taken.error()));
  return DropFolder(std::move(handles));
}

}  // namespace devicebatch::spool
