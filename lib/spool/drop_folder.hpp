// spool/drop_folder.hpp - one drop folder on disk.
//
// Purpose:   list, claim, read, acknowledge, archive: the file system side of a source.
// Layout:    PATH/                 files are dropped here
//            PATH/urgent/          made by the operator: what is dropped here goes first
//            PATH/.claimed/        0700, files being worked on, named UUID__NAME
//            PATH/acks/            0750, NAME.ack.json while a submission is on its way
//            PATH/done/ done-with-issues/ rejected/   0750, the input, its ack and its results, at
//            the end
//            PATH/quarantine/      0700, inputs that hold a product key or may be somebody else's
//            Receipts grow under dot-names in acks/, received files in .claimed/: two folders that
//            stay small, so that open() can look for what a crash left there. With
//            FolderOptions::archive_path all but urgent/ and .claimed/ are there instead.
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

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/sha256.hpp"
#include "spool/file_handle.hpp"
#include "spool/folder_options.hpp"
#include "spool/markers.hpp"
#include "spool/retention.hpp"
#include "spool/sighting.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace devicebatch::spool {

enum class Place { done, done_with_issues, rejected, quarantine };
inline constexpr std::size_t kPlaces = 4;
inline constexpr std::array<Place, kPlaces> kAllPlaces = {Place::done, Place::done_with_issues,
                                                          Place::rejected, Place::quarantine};
std::string_view folder_name(Place place);

struct NamedText {
  std::string name;
  std::string text;
};

// What is known of a file since it was read.
struct TakenFile {
  std::uint64_t bytes = 0;
  Digest sha256{};
  UtcTime taken_at{};  // not before its last byte was read
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
  // not a directory, writable for everybody without the sticky bit, of another owner than root and
  // us, not writable for us, or when .claimed/ is on another file system. Removes what a crash left
  // half-written.
  static Result<DropFolder> open(const std::string& path, const FolderOptions& options = {});

  DropFolder(DropFolder&&) noexcept;
  DropFolder& operator=(DropFolder&&) noexcept;
  ~DropFolder();

  const std::string& path() const;
  const FolderOptions& options() const;

  // Are the folders behind our handles still those behind their names? Somebody may move or remove
  // one, unmount it or mount another over it; handles keep pointing at what is gone, and files
  // would vanish in it or wait for ever. Errc::not_found says which.
  Result<void> check_in_place() const;

  // What may be taken, first what is urgent; `visit` ends it by saying false. The listing that is
  // returned has everything but the files. With markers only files that have one are visited.
  Result<Listing> scan(const std::function<bool(Sighting)>& visit) const;
  // Only what is urgent; cheap where there is no such folder.
  Result<Listing> scan_urgent(const std::function<bool(Sighting)>& visit) const;
  Result<Listing> list(std::size_t limit) const;

  // First and last bytes of a file that is still in the drop folder, for judging completeness.
  // Errc::rejected when it is not a regular file (any more).
  struct Ends {
    std::string head;      // at most 8 KiB
    std::string tail;      // at most 16 KiB
    FileState state;       // of the open file: a share's listing may be older
    bool is_held = false;  // somebody has it open for writing, as far as the kernel tells us
  };
  Result<Ends> read_ends(const Sighting& file) const;
  Result<Ends> read_ends(const std::string& name) const {
    return read_ends(Sighting{name, {}, false, {}});
  }

  // What the markers of a file say together. Errc::rejected: one of them cannot be understood.
  Result<Manifest> read_manifest(const Sighting& file) const;
  Result<Digest> digest_of(const Sighting& file) const;
  // Moves a marker that never got its file to rejected/.
  Result<void> expire_marker(const Sighting& marker) const;

  struct Claimed {
    FileState state;
    bool is_foreign_link = false;  // has other names and another owner: may be anybody's file
  };
  // Renames NAME to .claimed/CLAIM_NAME if it is still in `expected` state; Errc::not_found when it
  // is gone, Errc::busy when it changed or is held, Errc::forbidden when its permissions are in the
  // way, Errc::rejected when it is not a regular file. After the rename the file is looked at
  // again: one that changed meanwhile (busy) or was swapped for something else (rejected) is put
  // back, under its name or, when that is taken again, with the inode number before its extension.
  // Markers are renamed before the file, so that none is left for the next file of its name.
  Result<Claimed> claim(const Sighting& file, const std::string& claim_name) const;
  Result<Claimed> claim(const std::string& name, const std::string& claim_name,
                        const FileState& expected) const {
    return claim(Sighting{name, expected, false, {}}, claim_name);
  }
  // Makes the renames so far durable: one sync of each directory.
  Result<void> sync_claims() const;

  bool is_claimed(const std::string& claim_name) const;
  // Errc::not_found when it is not there, or is no regular file.
  Result<Claimed> look_at_claimed(const std::string& claim_name) const;
  // What the markers that were claimed with the file say.
  Result<Manifest> claimed_manifest(const std::string& claim_name) const;
  // Gives markers whose file was not claimed after all their names back.
  Result<void> release_markers(const std::string& claim_name, const std::string& name) const;
  // Gives a claim that belongs to no submission its name back, and its markers theirs.
  Result<void> return_claimed(const std::string& claim_name) const;
  // Is the claimed file what was read? False when it was written to after that: its state is
  // compared, and its digest where the state leaves doubt.
  Result<bool> is_as_taken(const std::string& claim_name, const TakenFile& taken) const;
  bool is_waiting(const std::string& name) const;
  Result<std::vector<std::string>> list_claimed() const;

  // For reading, from the start. Reads are sequential; the handle knows size and state.
  Result<FileHandle> open_claimed(const std::string& claim_name) const;

  // `submit`: makes .claimed/CLAIM_NAME from bytes that arrive in pieces. The name appears only
  // with commit(), whole and fsynced.
  class Inbound;
  Result<std::unique_ptr<Inbound>> receive(const std::string& claim_name) const;
  // Many that are whole already share their syncs; `expected` of them decides which.
  class InboundGroup;
  Result<std::unique_ptr<InboundGroup>> receive_all(std::size_t expected) const;

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

  // Copies a claimed file through `filter` to quarantine/ARCHIVE_NAME, 0600, and removes it once
  // the copy is durable and verified, so that what the filter takes out is in no archive. Safe to
  // call again. The acknowledgement moves to the submission's place, where the line may read it.
  using Sink = std::function<Result<void>(std::string_view)>;
  using Filter = std::function<Result<void>(const FileHandle& input, const Sink& sink)>;
  Result<void> archive_redacted(const ToArchive& submission, const Filter& filter) const;

  // Removes the oldest submissions of PLACE that the rule does not keep, at most a few thousand at
  // a time; a file and its receipts go together, and only what has our result next to it.
  Result<Pruned> prune(Place place, const RetentionRule& rule, UtcTime now) const;

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

// Files under dot-names, each closed at once; what publish() gave no name is removed again.
class DropFolder::InboundGroup {
 public:
  virtual ~InboundGroup() = default;
  virtual Result<void> add(const std::string& claim_name, std::string_view bytes) = 0;
  // Makes the bytes of all durable. After an error nobody knows whose are, so none may appear.
  virtual Result<void> sync() = 0;
  // Gives each its name, in the order of add(), and says what became of it: one whose name is taken
  // (Errc::busy) does not stop the others. When the names cannot be made durable all have failed.
  virtual std::vector<Result<void>> publish() = 0;
};

class DropFolder::ResultFile {
 public:
  virtual ~ResultFile() = default;
  virtual Result<void> write(std::string_view bytes) = 0;
  virtual Result<void> commit() = 0;  // fsync, rename over an older one, sync the directory
};

}  // namespace devicebatch::spool
