// A closer look at one file that is still in the drop folder.
#include "base/text.hpp"
#include "spool/drop_folder_handles.hpp"
#include "spool/names.hpp"

#include <fcntl.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>

namespace devicebatch::spool {
namespace {

constexpr std::size_t kHeadBytes = 8 * 1024;
constexpr std::size_t kTailBytes = 16 * 1024;

// File systems take their times from a clock that moves so seldom.
constexpr std::chrono::milliseconds kClockTick{20};

// A read lease is refused while somebody has the file open for writing. Only for files of our own,
// or with CAP_LEASE, and not on every file system: everything else than this refusal says nothing.
// Closing the file gives the lease back; a writer who comes in between waits for that, and the
// signal that tells us is one that is ignored.
bool is_open_for_writing(const FileHandle& file) {
  if (::fcntl(file.descriptor(), F_SETSIG, SIGURG) != 0) return false;
  return ::fcntl(file.descriptor(), F_SETLEASE, F_RDLCK) != 0 && errno == EAGAIN;
}

Result<Directory::Opened> open_sighting(const Directory& root, const FolderOptions& options,
                                        const Sighting& file) {
  if (!is_plain_name(file.name)) {
    return fail(Errc::rejected, printable(file.name) + " is not a file name");
  }
  if (!file.is_urgent) return root.open_regular(file.name);
  const auto urgent = open_urgent(root, options.allow_insecure);
  if (!urgent) return fail(Errc::not_found, std::string(kUrgentFolder) + " is gone");
  return urgent->open_regular(file.name);
}

}  // namespace

Result<DropFolder::Ends> DropFolder::read_ends(const Sighting& file) const {
  auto opened = open_sighting(handles_->root, handles_->options, file);
  if (!opened) return fail(std::move(opened.error()));
  Ends ends;
  ends.state = state_of(opened->status);
  // Short files are read once.
  const std::uint64_t bytes = ends.state.bytes;
  const std::uint64_t tail_bytes = std::min<std::uint64_t>(bytes, kTailBytes);
  auto tail = opened->file.read_part(bytes - tail_bytes, tail_bytes);
  if (!tail) return fail(std::move(tail.error()).within(printable(file.name)));
  ends.tail = std::move(*tail);
  if (bytes <= kTailBytes) {
    ends.head = ends.tail.substr(0, kHeadBytes);
  } else {
    auto head = opened->file.read_part(0, kHeadBytes);
    if (!head) return fail(std::move(head.error()).within(printable(file.name)));
    ends.head = std::move(*head);
  }
  ends.is_held = is_open_for_writing(opened->file);
  return ends;
}

Result<Digest> DropFolder::digest_of(const Sighting& file) const {
  auto opened = open_sighting(handles_->root, handles_->options, file);
  if (!opened) return fail(std::move(opened.error()));
  auto digest = opened->file.digest();
  if (!digest) return fail(std::move(digest.error()).within(printable(file.name)));
  return digest;
}

Result<bool> DropFolder::is_as_taken(const std::string& claim_name, const TakenFile& taken) const {
  if (!is_plain_name(claim_name)) return fail(Errc::rejected, "not the name of a claim");
  auto opened = handles_->claimed.open_regular(claim_name);
  if (!opened) return fail(std::move(opened.error()));
  const FileState state = state_of(opened->status);
  // The claim moved the inode's time, and came before the reading: a later time is somebody else's
  // doing. A share has a clock of its own, so there the time says nothing.
  const auto changed =
      std::chrono::floor<std::chrono::milliseconds>(std::chrono::nanoseconds(state.changed_ns));
  const bool is_older = UtcTime(changed) + kClockTick < taken.taken_at;
  const bool is_trusted = is_older && !handles_->options.is_network;
  if (is_trusted && state.bytes == taken.bytes) return true;
  auto digest = opened->file.digest();
  if (!digest) return fail(std::move(digest.error()).within(printable(claim_name)));
  return *digest == taken.sha256;
}

}  // namespace devicebatch::spool
