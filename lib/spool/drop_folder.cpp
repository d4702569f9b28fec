#include "spool/drop_folder.hpp"

#include "base/text.hpp"
#include "spool/drop_folder_handles.hpp"
#include "spool/names.hpp"
#include "spool/readiness.hpp"

#include <dirent.h>

#include <algorithm>
#include <cerrno>

namespace devicebatch::spool {
namespace {

constexpr std::size_t kHeadBytes = 8 * 1024;
constexpr std::size_t kTailBytes = 16 * 1024;

std::int64_t modified_ns(const struct stat& found) {
  return std::int64_t{found.st_mtim.tv_sec} * 1'000'000'000 + found.st_mtim.tv_nsec;
}

FileState state_of(const struct stat& found) {
  return {found.st_ino, static_cast<std::uint64_t>(found.st_size), modified_ns(found)};
}

Result<std::string> read_part(const FileHandle& file, std::uint64_t offset, std::size_t bytes) {
  std::string text(bytes, '\0');
  std::size_t have = 0;
  while (have < bytes) {
    auto got = file.read_at(offset + have, std::span(text).subspan(have));
    if (!got) return fail(std::move(got.error()));
    if (*got == 0) break;  // it shrank meanwhile; the next look will see that
    have += *got;
  }
  text.resize(have);
  return text;
}

bool is_regular(const std::optional<struct stat>& found) {
  return found && S_ISREG(found->st_mode);
}

// A name that a writer still holds (SMB reports sharing violations like this).
tl::unexpected<Error> not_now(Error error) {
  if (error.native() == ETXTBSY || error.native() == EBUSY) {
    return fail(Errc::busy, error.message(), error.native());
  }
  return fail(std::move(error));
}

}  // namespace

DropFolder::DropFolder(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {}
DropFolder::DropFolder(DropFolder&&) noexcept = default;
DropFolder& DropFolder::operator=(DropFolder&&) noexcept = default;
DropFolder::~DropFolder() = default;

const std::string& DropFolder::path() const {
  return handles_->path;
}

Result<Listing> DropFolder::list(std::size_t limit) const {
  Listing listing;
  const Directory& root = handles_->root;
  const auto add_odd = [&](const char* name) {
    if (listing.odd.size() < limit) listing.odd.emplace_back(name);
  };
  auto listed = root.visit([&](const char* name, unsigned char type) {
    if (is_own_folder(name) && (type == DT_DIR || type == DT_UNKNOWN)) return true;
    if (is_ignored_name(name)) {
      ++listing.ignored;
      return true;
    }
    if (type != DT_REG && type != DT_UNKNOWN) {
      add_odd(name);
      return true;
    }
    if (listing.files.size() >= limit) {
      listing.is_complete = false;
      return false;
    }
    const auto found = root.look_at(name);
    if (!found) return true;  // gone between the listing and the look
    if (S_ISREG(found->st_mode)) {
      listing.files.push_back({name, state_of(*found)});
    } else {
      add_odd(name);
    }
    return true;
  });
  if (!listed) return fail(std::move(listed.error()).within(printable(handles_->path)));
  return listing;
}

Result<DropFolder::Ends> DropFolder::read_ends(const std::string& name) const {
  if (!is_plain_name(name)) return fail(Errc::rejected, printable(name) + " is not a file name");
  auto file = handles_->root.open_file(name);
  if (!file) return not_now(std::move(file.error()));
  struct stat found = {};
  if (::fstat(file->descriptor(), &found) != 0) return fail(system_error(errno, printable(name)));
  const auto bytes = static_cast<std::uint64_t>(found.st_size);
  auto head = read_part(*file, 0, std::min<std::uint64_t>(bytes, kHeadBytes));
  if (!head) return fail(std::move(head.error()).within(printable(name)));
  const std::uint64_t tail_bytes = std::min<std::uint64_t>(bytes, kTailBytes);
  auto tail = read_part(*file, bytes - tail_bytes, tail_bytes);
  if (!tail) return fail(std::move(tail.error()).within(printable(name)));
  return Ends{std::move(*head), std::move(*tail)};
}

Result<std::string> DropFolder::read_ack(const std::string& name) const {
  if (!is_plain_name(name)) return fail(Errc::rejected, printable(name) + " is not a file name");
  auto file = handles_->acks.open_file(name);
  if (!file) return fail(std::move(file.error()));
  return read_part(*file, 0, kHeadBytes);
}

namespace {

// Gives a file that must not be taken its name back.
Result<void> put_back(const Directory& claimed, const std::string& claim_name,
                      const Directory& root, const std::string& name) {
  auto returned = rename_new(Entry(claimed, claim_name), Entry(root, name));
  if (returned || returned.error().code() != Errc::busy) return returned;
  // The name is in use again. The inode number is one that no other file here has.
  const auto found = claimed.look_at(claim_name);
  const std::string other = tagged_name(name, std::to_string(found ? found->st_ino : 0));
  return rename_new(Entry(claimed, claim_name), Entry(root, other));
}

}  // namespace

Result<void> DropFolder::claim(const std::string& name, const std::string& claim_name,
                               const FileState& expected) const {
  if (!is_plain_name(name) || !is_plain_name(claim_name) || claim_name.starts_with('.')) {
    return fail(Errc::rejected, printable(name) + " cannot be claimed under this name");
  }
  const Directory& root = handles_->root;
  const Directory& claimed = handles_->claimed;
  auto file = root.open_file(name);
  if (!file) return not_now(std::move(file.error()));
  struct stat before = {};
  if (::fstat(file->descriptor(), &before) != 0) return fail(system_error(errno, printable(name)));
  if (state_of(before) != expected) return fail(Errc::busy, printable(name) + " has changed");

  auto renamed = rename_new(Entry(root, name), Entry(claimed, claim_name));
  if (!renamed) return not_now(std::move(renamed.error()));

  // What has the name need not be what was opened, and a writer may have been faster.
  struct stat after = {};
  if (::fstat(file->descriptor(), &after) != 0) return fail(system_error(errno, printable(name)));
  const auto taken = claimed.look_at(claim_name);
  if (taken && is_same_file(*taken, after) && state_of(after) == expected) return {};
  auto returned = put_back(claimed, claim_name, root, name);
  if (!returned) return fail(std::move(returned), "put back what changed while it was claimed");
  if (!is_regular(taken)) return fail(Errc::rejected, printable(name) + " is not a regular file");
  return fail(Errc::busy, printable(name) + " changed while it was claimed");
}

Result<void> DropFolder::sync_claims() const {
  // The new names first: a crash in between shows a file twice rather than not at all.
  auto synced = handles_->claimed.sync();
  if (synced) synced = handles_->root.sync();
  if (!synced) return fail(std::move(synced), printable(handles_->path));
  return {};
}

bool DropFolder::is_claimed(const std::string& claim_name) const {
  return is_plain_name(claim_name) && is_regular(handles_->claimed.look_at(claim_name));
}

bool DropFolder::is_waiting(const std::string& name) const {
  return is_plain_name(name) && is_regular(handles_->root.look_at(name));
}

Result<std::vector<std::string>> DropFolder::list_claimed() const {
  std::vector<std::string> names;
  auto listed = handles_->claimed.visit([&](const char* name, unsigned char) {
    if (name[0] != '.') names.emplace_back(name);
    return true;
  });
  if (!listed) return fail(std::move(listed.error()).within(printable(handles_->path)));
  return names;
}

Result<FileHandle> DropFolder::open_claimed(const std::string& claim_name) const {
  if (!is_plain_name(claim_name)) return fail(Errc::rejected, "not the name of a claim");
  return handles_->claimed.open_file(claim_name);
}

}  // namespace devicebatch::spool
