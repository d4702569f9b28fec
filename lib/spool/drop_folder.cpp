#include "spool/drop_folder.hpp"

#include "base/text.hpp"
#include "spool/drop_folder_handles.hpp"
#include "spool/names.hpp"

#include <sys/stat.h>

#include <algorithm>

namespace devicebatch::spool {
namespace {

constexpr std::size_t kHeadBytes = 8 * 1024;

// Is `path`, looked at without following a link, what the handle holds?
Result<void> check_node(const Directory& held, const std::string& path) {
  struct stat found = {};
  if (::lstat(path.c_str(), &found) == 0 && found.st_dev == held.device() &&
      found.st_ino == held.inode()) {
    return {};
  }
  return fail(Errc::not_found, printable(path) + " was moved, removed or mounted over");
}

}  // namespace

DropFolder::DropFolder(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {}
DropFolder::DropFolder(DropFolder&&) noexcept = default;
DropFolder& DropFolder::operator=(DropFolder&&) noexcept = default;
DropFolder::~DropFolder() = default;

const std::string& DropFolder::path() const {
  return handles_->path;
}

const FolderOptions& DropFolder::options() const {
  return handles_->options;
}

Result<void> DropFolder::check_in_place() const {
  // Whoever configured a link as PATH means what it leads to.
  struct stat found = {};
  const std::string& path = handles_->path;
  const Directory& root = handles_->root;
  if (::stat(path.c_str(), &found) != 0 || found.st_dev != root.device() ||
      found.st_ino != root.inode()) {
    return fail(Errc::not_found, printable(path) + " was moved, removed or mounted over");
  }
  auto checked = check_node(handles_->claimed, path + "/" + kClaimedFolder);
  const std::string archive = handles_->archive_path + "/";
  if (checked) checked = check_node(handles_->acks, archive + kAcksFolder);
  for (const Place each : kAllPlaces) {
    if (!checked) break;
    checked = check_node(handles_->place(each), archive + std::string(folder_name(each)));
  }
  return checked;
}

Result<std::string> DropFolder::read_ack(const std::string& name) const {
  if (!is_plain_name(name)) return fail(Errc::rejected, printable(name) + " is not a file name");
  auto file = handles_->acks.open_file(name);
  if (!file) return fail(std::move(file.error()));
  return file->read_part(0, kHeadBytes);
}

Result<void> DropFolder::sync_claims() const {
  // The new names first: a crash in between shows a file twice rather than not at all.
  auto synced = handles_->claimed.sync();
  if (synced) synced = handles_->root.sync();
  if (!synced) return fail(std::move(synced), printable(handles_->path));
  return {};
}

bool DropFolder::is_claimed(const std::string& claim_name) const {
  return look_at_claimed(claim_name).has_value();
}

Result<DropFolder::Claimed> DropFolder::look_at_claimed(const std::string& claim_name) const {
  if (!is_plain_name(claim_name)) return fail(Errc::rejected, "not the name of a claim");
  const auto found = handles_->claimed.look_at(claim_name);
  if (!found || !S_ISREG(found->st_mode)) {
    return fail(Errc::not_found, printable(claim_name) + " is not in " + kClaimedFolder);
  }
  return Claimed{state_of(*found), is_foreign_link(*found)};
}

bool DropFolder::is_waiting(const std::string& name) const {
  if (!is_plain_name(name)) return false;
  const auto found = handles_->root.look_at(name);
  return found && S_ISREG(found->st_mode);
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
