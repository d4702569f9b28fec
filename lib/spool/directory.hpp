// spool/directory.hpp - an open directory and what can be done below it without following a link.
//
// Purpose:   the system calls of the drop folder, each relative to a directory handle.
// Lifecycle: open once, keep; a path that is replaced meanwhile does not matter.
// Threading: any number of threads; listings do not share a position.
// Errors:    system_error() with the name concerned, escaped for logs.
#pragma once

#include "base/result.hpp"
#include "spool/file_handle.hpp"

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace devicebatch::spool {

class Directory {
 public:
  Directory() = default;
  explicit Directory(FileHandle handle);

  int descriptor() const { return handle_.descriptor(); }
  std::uint64_t device() const { return device_; }
  std::uint64_t inode() const { return inode_; }
  Result<Directory> duplicate() const;
  // A directory below it, never through a link.
  Result<Directory> open_folder(const std::string& name) const;

  // Visits every entry but "." and ".." until `visit` says false. `type` is a DT_ constant of
  // readdir(3), DT_UNKNOWN where the file system does not tell.
  Result<void> visit(const std::function<bool(const char* name, unsigned char type)>& visit) const;

  // Of the name itself, links not followed; nullopt when it cannot be looked at, usually because it
  // is not there.
  std::optional<struct stat> look_at(const std::string& name) const;
  bool has(const std::string& name) const { return look_at(name).has_value(); }

  // A regular file on the file system of this directory, for reading. Errc::rejected for anything
  // else: a link is not followed, a FIFO does not block, a terminal is not acquired.
  Result<FileHandle> open_file(const std::string& name) const;
  // The same with what fstat() says of it: asked of the open file, a share's answer is fresh.
  struct Opened {
    FileHandle file;
    struct stat status;
  };
  Result<Opened> open_regular(const std::string& name) const;
  // A file that did not exist, for writing, with exactly this mode whatever the umask.
  Result<FileHandle> create_file(const std::string& name, mode_t mode) const;

  Result<void> remove(const std::string& name) const;
  // Makes creations, renames and removals in it durable.
  Result<void> sync() const;
  // The same for everything on its file system, contents included (syncfs).
  Result<void> sync_everything() const;

 private:
  FileHandle handle_;
  std::uint64_t device_ = 0;
  std::uint64_t inode_ = 0;
};

// One end of a rename.
struct Entry {
  Entry(const Directory& entry_directory, const std::string& entry_name)
      : directory(entry_directory), name(entry_name) {}
  const Directory& directory;
  const std::string& name;
};

// Errc::busy when `to` exists, Errc::not_found when `from` does not. By
// renameat2(RENAME_NOREPLACE); where the file system does not know it, by rename_by_link().
Result<void> rename_new(const Entry& from, const Entry& to);
// As atomic as rename_new(), but a crash in between leaves both names for one file. Where the file
// system knows no hard links either, or forbids this one: rename_by_check().
Result<void> rename_by_link(const Entry& from, const Entry& to);
// Looks, then renames: safe only because nobody else writes to the directories we rename into.
Result<void> rename_by_check(const Entry& from, const Entry& to);

// Replaces `to`.
Result<void> rename_over(const Entry& from, const Entry& to);

bool is_same_file(const struct stat& left, const struct stat& right);

}  // namespace devicebatch::spool
