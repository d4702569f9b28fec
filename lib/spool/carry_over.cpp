#include "spool/carry_over.hpp"

#include "base/limits.hpp"
#include "base/text.hpp"
#include "spool/drop_folder_handles.hpp"
#include "spool/names.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace devicebatch::spool {
namespace {

std::string note_name(const std::string& tag) {
  return "." + fit_name(tag, 64) + ".moving";
}

std::string copy_name(const std::string& tag) {
  return "." + fit_name(tag, 64) + ".copying";
}

// As far as we may: only root can give files away, and the time is a courtesy.
void take_over_owner(const FileHandle& copy, const struct stat& input) {
  const int descriptor = copy.descriptor();
  const bool is_given = ::fchown(descriptor, input.st_uid, input.st_gid) == 0;
  (void)is_given;
  const struct timespec times[2] = {input.st_atim, input.st_mtim};
  (void)::futimens(descriptor, times);
}

// What the disk has, not what memory remembers, as far as the kernel lets go of it.
Result<void> verify_copy(const Directory& target, const std::string& name, const Digest& expected) {
  auto copy = target.open_file(name);
  if (!copy) return fail(std::move(copy.error()));
  (void)::posix_fadvise(copy->descriptor(), 0, 0, POSIX_FADV_DONTNEED);
  auto digest = copy->digest();
  if (!digest) return fail(std::move(digest.error()));
  if (*digest == expected) return {};
  return fail(Errc::corrupt, "the copy of " + printable(name) + " reads back differently");
}

Result<void> fill_copy(const CarryOver& move, const Directory::Opened& input,
                       const DropFolder::Filter& filter, const std::string& name) {
  const mode_t mode = move.mode.value_or(input.status.st_mode & 0777);
  auto copy = move.target.create_file(name, mode);
  if (!copy) return fail(std::move(copy.error()));
  Sha256 written;
  const DropFolder::Sink sink = [&](std::string_view bytes) {
    written.add(bytes);
    return copy->write_all(bytes);
  };
  auto done = filter(input.file, sink);
  if (done && !move.mode) take_over_owner(*copy, input.status);
  if (done) done = copy->sync();
  if (done) done = verify_copy(move.target, name, written.finish());
  return done;
}

Result<void> make_copy(const CarryOver& move, const DropFolder::Filter& filter,
                       const std::string& name) {
  (void)move.target.remove(name);  // an unfinished one; usually there is none
  auto input = move.claimed.open_regular(move.claim_name);
  if (!input) return fail(std::move(input.error()));
  auto filled = fill_copy(move, *input, filter, name);
  struct stat after = {};
  if (filled && ::fstat(input->file.descriptor(), &after) != 0) {
    filled = fail(system_error(errno, printable(move.claim_name)));
  }
  if (filled && state_of(after) != state_of(input->status)) {
    filled = fail(Errc::busy, printable(move.claim_name) + " changed while it was copied");
  }
  if (!filled) (void)move.target.remove(name);  // the error is told
  return filled;
}

Result<void> write_note(const CarryOver& move, const std::string& name) {
  (void)move.claimed.remove(name);  // of a try whose copy is gone
  auto note = move.claimed.create_file(name, 0600);
  if (!note) return fail(std::move(note.error()));
  auto written = note->write_all(move.archive_name);
  if (written) written = note->sync();
  if (written) written = move.target.sync();
  if (written) written = move.claimed.sync();
  return written;
}

// Is what has the name in the target what our claim becomes? The note says so, but somebody may
// have removed our copy and put another file there.
Result<bool> is_ours(const CarryOver& move, const DropFolder::Filter& filter) {
  auto input = move.claimed.open_file(move.claim_name);
  if (!input && input.error().code() == Errc::not_found) return true;  // its way was nearly over
  if (!input) return fail(std::move(input.error()));
  auto there = move.target.open_file(move.archive_name);
  if (!there) return fail(std::move(there.error()));
  auto found = there->digest();
  if (!found) return fail(std::move(found.error()));
  Sha256 expected;
  const DropFolder::Sink sink = [&](std::string_view bytes) -> Result<void> {
    expected.add(bytes);
    return {};
  };
  auto filtered = filter(*input, sink);
  if (!filtered) return fail(std::move(filtered.error()));
  return *found == expected.finish();
}

Result<void> remove_claim(const CarryOver& move, const std::string& note) {
  auto removed = move.target.sync();
  if (removed && move.claimed.has(move.claim_name)) removed = move.claimed.remove(move.claim_name);
  if (removed) removed = move.claimed.sync();
  if (removed && move.claimed.has(note)) removed = move.claimed.remove(note);
  return removed;
}

}  // namespace

std::optional<std::string> carried_name(const Directory& claimed, const std::string& tag) {
  auto note = claimed.open_file(note_name(tag));
  if (!note) return std::nullopt;
  auto name = note->read_part(0, kNameBytes);
  if (!name || !is_plain_name(*name)) return std::nullopt;
  return std::move(*name);
}

Result<void> copy_whole(const FileHandle& input, const DropFolder::Sink& sink) {
  std::string window(limits::kWindowBytes, '\0');
  std::uint64_t offset = 0;
  for (;;) {
    auto got = input.read_at(offset, window);
    if (!got) return fail(std::move(got.error()));
    if (*got == 0) return {};
    auto taken = sink(std::string_view(window).substr(0, *got));
    if (!taken) return taken;
    offset += *got;
  }
}

Result<void> carry_over(const CarryOver& move, const DropFolder::Filter& filter) {
  const std::string tag = tag_of_claim(move.claim_name);
  const std::string note = note_name(tag);
  const std::string copy = copy_name(tag);
  const bool is_whole = carried_name(move.claimed, tag) == move.archive_name;
  const bool has_copy = move.target.has(copy);
  const bool is_renamed = is_whole && !has_copy && move.target.has(move.archive_name);
  if (is_renamed) {
    auto ours = is_ours(move, filter);
    if (!ours) return fail(std::move(ours.error()));
    if (*ours) return remove_claim(move, note);
    (void)move.claimed.remove(note);
    return fail(Errc::busy, printable(move.archive_name) + " exists already");
  }
  if (!move.claimed.has(move.claim_name)) {
    if (move.target.has(move.archive_name)) return {};  // carried over before, note and all
    return fail(Errc::not_found, printable(move.claim_name) + " is not there");
  }
  if (!is_whole || !has_copy) {
    auto made = make_copy(move, filter, copy);
    if (made) made = write_note(move, note);
    if (!made) return made;
  }
  auto renamed = rename_new(Entry(move.target, copy), Entry(move.target, move.archive_name));
  if (!renamed) return renamed;
  return remove_claim(move, note);
}

}  // namespace devicebatch::spool
