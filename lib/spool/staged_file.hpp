// spool/staged_file.hpp - a file that is invisible until it is whole.
//
// Purpose:   receipts and received submissions: written under a dot-name, synced, renamed.
// Lifecycle: create() -> write()... -> flush() and a sync of the caller's choice -> publish(). An
//            object that dies unpublished removes its file; a process that dies leaves it for
//            sweep_staged().
// Threading: one object belongs to one thread; objects of one name do not disturb each other.
// Ownership: holds its own handles, so the folder object may go first.
// Source:    dot-names are ".NAME.PROCESS-N.part": PROCESS tells a leftover from a file that
//            another thread of this process is still writing, also where process ids repeat
//            (containers).
#pragma once

#include "base/result.hpp"
#include "spool/directory.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace devicebatch::spool {

class StagedFile {
 public:
  // Starts the file in `staging`; `name` is what it will be called.
  static Result<StagedFile> create(const Directory& staging, const std::string& name);

  StagedFile(StagedFile&& other) noexcept = default;
  StagedFile& operator=(StagedFile&& other) = delete;
  ~StagedFile();

  Result<void> write(std::string_view bytes);
  // Hands what is buffered to the kernel.
  Result<void> flush();
  // flush(), then fsync.
  Result<void> sync();
  std::uint64_t bytes() const { return bytes_; }

  // Gives it its name in `target`, replacing an older one. Both calls end the object's claim to it.
  Result<void> publish_over(const Directory& target);
  // The same, Errc::busy when the name is taken.
  Result<void> publish_new(const Directory& target);

 private:
  StagedFile(Directory staging, FileHandle file, std::string name, std::string staged_name);

  Directory staging_;
  FileHandle file_;
  std::string name_;
  std::string staged_name_;  // empty once published
  std::string buffer_;
  std::uint64_t bytes_ = 0;
};

// A small staged file that is closed already, for writing many: the object above keeps handles
// open, and a process may have 1,024. Returns its dot-name; after an error nothing is left behind.
enum class SyncNow { yes, no };
Result<std::string> write_staged(const Directory& staging, const std::string& name,
                                 std::string_view text, SyncNow sync);

// Removes what earlier processes left unpublished in `staging`.
Result<void> sweep_staged(const Directory& staging);

}  // namespace devicebatch::spool
