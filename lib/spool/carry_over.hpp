// spool/carry_over.hpp - an input becomes another file somewhere else: copied, verified, removed.
//
// Purpose:   archives on another file system, and copies from which a secret was taken out.
// Lifecycle: copy under a dot-name, fsync, read back and compare, note that it is whole
//            (.claimed/.TAG.moving), rename, fsync, remove the claim, remove the note. After a
//            crash in between the note tells our own file from a stranger's of the same name, so
//            doing it again ends the same.
// Threading: one thread for one claim.
// Errors:    Errc::busy when the name is taken or the input changed while it was copied.
#pragma once

#include "spool/directory.hpp"
#include "spool/drop_folder.hpp"

#include <sys/stat.h>

#include <optional>
#include <string>

namespace devicebatch::spool {

struct CarryOver {
  CarryOver(const Directory& from, const Directory& to, std::string claim, std::string name)
      : claimed(from), target(to), claim_name(std::move(claim)), archive_name(std::move(name)) {}
  const Directory& claimed;
  const Directory& target;
  std::string claim_name;
  std::string archive_name;
  std::optional<mode_t> mode;  // of the copy; unset: that of the input, and its owner and time
};

Result<void> carry_over(const CarryOver& move, const DropFolder::Filter& filter);

// Everything as it is.
Result<void> copy_whole(const FileHandle& input, const DropFolder::Sink& sink);

// The name under which the claim was carried over, if the note is still there.
std::optional<std::string> carried_name(const Directory& claimed, const std::string& tag);

}  // namespace devicebatch::spool
