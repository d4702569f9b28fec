// spool/drop_folder.hpp - one drop folder on disk.
//
// Purpose:   list, claim, read, acknowledge, archive: the file system side of a source.
// Layout:    PATH/                 files are dropped here
//            PATH/.claimed/        0700, files being worked on, named UUID__NAME
//            PATH/acks/            0750, NAME.ack.json while a submission is on its way
//            PATH/done/ done-with-issues/ rejected/   0750, the input, its ack and its results, at
//            the end Receipts grow under dot-names in acks/, received files in .claimed/: two
//            folders that stay small, so that open() can look for what a crash left there.
// Lifecycle: open() makes the folders and holds directory handles; everything is relative to them,
//            so a replaced path cannot lead us out. A folder that exists keeps the mode an operator
//            gave it.
// Threading: an object may be used by several threads at once: it holds handles and no other state.
// Errors:    Errc of the file system: full pauses intake, busy and not_found mean "not now".
// Source:    docs/operations.md, "The drop folder". Claim is renameat2(RENAME_NOREPLACE) inside one
//            file system (directory.hpp says what happens where that is unknown); every open uses
//            O_NOFOLLOW; only regular files are taken. Bytes, owner and mode of an input are left
//            alone from drop to archive; what we write has mode 0640 and the folder's group when
//            PATH has the set-group-id bit. Names are made by names.hpp.
#pragma once

#include "base/result.hpp"
#include "spool/file_handle.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace devicebatch::spool {

// What makes two looks at a name the same file in the same state.
struct FileState {
  std::uint64_t inode = 0;
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;
  bool operator==(const FileState&) const = default;
};

struct Sighting {
  std::string name;  // bytes as on disk
  FileState state;
};

struct Listing {
  std::vector<Sighting> files;  // regular files whose name is not ignored, at most `limit`
  std::size_t ignored = 0;      // temporary names, dot-names, receipts
  std::vector<std::string>
      odd;  // links, directories, devices...: named once in the log; at most `limit`
  bool is_complete = true;  // false when `limit` cut it short
};

enum class Place { done, done_with_issues, rejected };
std::string_view folder_name(Place place);

struct NamedText {
  std::string name;
  std::string text;
};

struct ToArchive {
  std::string claim_name;
  Place place = Place::done;
  std::string archive_name;
  std::string ack_name;  // may be empty
};

class DropFolder {
 public:
  // Makes the subfolders when absent. Errc::bad_config with a one-line fix when PATH is missing,
  // not a directory, world-writable without the sticky bit, not writable for us, or when a
  // subfolder is on another file system. Removes what a crash left half-written.
  static Result<DropFolder> open(const std::string& path);

  DropFolder(DropFolder&&) noexcept;
  DropFolder& operator=(DropFolder&&) noexcept;
  ~DropFolder();

  const std::string& path() const;

  Result<Listing> list(std::size_t limit) const;

  // First and last bytes of a file that is still in the drop folder, for judging completeness.
  // Errc::rejected when it is not a regular file (any more).
  struct Ends {
    std::string head;  // at most 8 KiB
    std::string tail;  // at most 16 KiB
  };
  Result<Ends> read_ends(const std::string& name) const;

  // Renames NAME to .claimed/CLAIM_NAME if it is still in `expected` state; Errc::not_found when it
  // is gone, Errc::busy when it changed or is held, Errc::forbidden when its permissions are in the
  // way, Errc::rejected when it is not a regular file. After the rename the file is looked at
  // again: one that changed meanwhile (busy) or was swapped for something else (rejected) is put
  // back, under its name or, when that is taken again, with the inode number before its extension.
  Result<void> claim(const std::string& name, const std::string& claim_name,
                     const FileState& expected) const;
  // Makes the renames so far durable: one sync of each directory.
  Result<void> sync_claims() const;

  bool is_claimed(const std::string& claim_name) const;
  bool is_waiting(const std::string& name) const;
  Result<std::vector<std::string>> list_claimed() const;

  // For reading, from the start. Reads are sequential; the handle knows size and state.
  Result<FileHandle> open_claimed(const std::string& claim_name) const;

  // `submit`: makes .claimed/CLAIM_NAME from bytes that arrive in pieces. The name appears only
  // with commit(), whole and fsynced.
  class Inbound;
  Result<std::unique_ptr<Inbound>> receive(const std::string& claim_name) const;

  // Writes acks/NAME for each: under a dot-name, synced together, renamed; existing ones are
  // replaced. After an error (the first is returned) the others are still written; each is whole or
  // absent.
  Result<void> write_acks(std::span<const NamedText> acks) const;

  // The start of acks/NAME (at most 8 KiB): enough to see which submission it belongs to.
  Result<std::string> read_ack(const std::string& name) const;

  // The name under which a submission's files will be archived: NAME, or NAME with `tag` put before
  // its extension when PLACE holds another file of that name already. The same answer before and
  // after archive(), also after a crash, provided that `tag` is a part of the claim's name
  // (archive_tag() of its UUID) and that submissions of one NAME are finished one after the other.
  Result<std::string> archive_name(Place place, const std::string& name,
                                   const std::string& tag) const;
  // A result file next to where the input will be: written under a dot-name, fsynced, renamed.
  class ResultFile;
  Result<std::unique_ptr<ResultFile>> create_result(Place place, const std::string& name) const;
  // Many small result files at once, as write_acks() does it: one sync instead of two for each.
  Result<void> write_results(Place place, std::span<const NamedText> results) const;
  // Moves .claimed/CLAIM_NAME to PLACE/ARCHIVE_NAME and acks/ACK_NAME, if there is one, to
  // PLACE/ARCHIVE_NAME.ack.json; done already is success. Durable on return.
  Result<void> archive(const std::string& claim_name, Place place, const std::string& archive_name,
                       const std::string& ack_name) const;
  // The same for many, with one sync of each directory. After an error (the first is returned) the
  // others are still moved; calling again is safe.
  Result<void> archive_all(std::span<const ToArchive> submissions) const;

 private:
  struct Handles;
  explicit DropFolder(std::unique_ptr<Handles> handles);
  std::unique_ptr<Handles> handles_;
};

// A file growing under a dot-name; without commit() it is removed again. More than
// limits::kSubmissionBytes are refused.
class DropFolder::Inbound {
 public:
  virtual ~Inbound() = default;
  virtual Result<void> write(std::string_view bytes) = 0;
  virtual Result<void> commit() = 0;
};

class DropFolder::ResultFile {
 public:
  virtual ~ResultFile() = default;
  virtual Result<void> write(std::string_view bytes) = 0;
  virtual Result<void> commit() = 0;  // fsync, rename over an older one, sync the directory
};

}  // namespace devicebatch::spool
