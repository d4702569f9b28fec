// The end of a submission's way: its input and its acknowledgement move to where its results are.
// Every step may be the last one before a crash, and doing all of them again must end the same.
#include "base/text.hpp"
#include "spool/drop_folder_handles.hpp"
#include "spool/names.hpp"

#include <array>

namespace devicebatch::spool {
namespace {

Result<void> move_input(const Entry& claim, const Entry& archived) {
  auto moved = rename_new(claim, archived);
  if (moved) return moved;
  const auto source = claim.directory.look_at(claim.name);
  const auto target = archived.directory.look_at(archived.name);
  if (!source && target) return {};  // moved before
  // rename_by_link() was cut short: one file with both names.
  if (source && target && is_same_file(*source, *target)) {
    return claim.directory.remove(claim.name);
  }
  return moved;
}

Result<void> move_ack(const Entry& ack, const Entry& archived) {
  auto moved = rename_over(ack, archived);
  // Never written, or moved before.
  if (!moved && moved.error().code() == Errc::not_found) return {};
  return moved;
}

bool has_claim_with(const Directory& claimed, const std::string& tag) {
  bool found = false;
  auto listed = claimed.visit([&](const char* name, unsigned char) {
    found = name[0] != '.' && std::string_view(name).find(tag) != std::string_view::npos;
    return !found;
  });
  return listed && found;
}

// Its writer need not have synced it, and we promised to keep it.
Result<void> sync_input(const Directory& target, const std::string& name) {
  auto input = target.open_file(name);
  if (!input) return fail(std::move(input.error()));
  auto synced = input->sync();
  if (!synced) return fail(std::move(synced), printable(name));
  return {};
}

bool are_plain(const ToArchive& names) {
  return is_plain_name(names.claim_name) && is_plain_name(names.archive_name) &&
         (names.ack_name.empty() || is_plain_name(names.ack_name));
}

// `claimed` and `acks` are where the input and its acknowledgement are until then.
Result<void> move_one(const Directory& claimed, const Directory& acks, const Directory& target,
                      const ToArchive& names) {
  if (!are_plain(names)) {
    return fail(Errc::rejected, "cannot archive " + printable(names.claim_name));
  }
  auto moved = move_input(Entry(claimed, names.claim_name), Entry(target, names.archive_name));
  if (!moved || names.ack_name.empty()) return moved;
  const std::string archived_ack = receipt_name(names.archive_name, kAckSuffix);
  return move_ack(Entry(acks, names.ack_name), Entry(target, archived_ack));
}

}  // namespace

Result<std::string> DropFolder::archive_name(Place place, const std::string& name,
                                             const std::string& tag) const {
  if (!is_plain_name(name) || !is_plain_name(tag) || tag.size() > 64) {
    return fail(Errc::rejected, printable(name) + " cannot be archived under this name");
  }
  const Directory& target = handles_->place(place);
  const std::string tagged = tagged_name(name, tag);
  if (target.has(tagged)) return tagged;  // archived before
  if (!target.has(name)) return name;
  // NAME is there: another submission's while our claim is still to be moved, else our own.
  return has_claim_with(handles_->claimed, tag) ? tagged : name;
}

Result<void> DropFolder::archive(const std::string& claim_name, Place place,
                                 const std::string& archive_name,
                                 const std::string& ack_name) const {
  const ToArchive one{claim_name, place, archive_name, ack_name};
  return archive_all({&one, 1});
}

Result<void> DropFolder::archive_all(std::span<const ToArchive> submissions) const {
  const bool are_few = submissions.size() <= kFewFiles;
  Result<void> first;
  std::array<bool, 3> is_used{};
  for (const ToArchive& each : submissions) {
    const Directory& target = handles_->place(each.place);
    is_used[static_cast<std::size_t>(each.place)] = true;
    auto moved = move_one(handles_->claimed, handles_->acks, target, each);
    if (moved && are_few) moved = sync_input(target, each.archive_name);
    keep_first(first, std::move(moved));
  }
  if (!are_few) {
    keep_first(first, handles_->root.sync_everything());
    return first;
  }
  // Where they are first, where they were second: never nowhere.
  for (const Place place : {Place::done, Place::done_with_issues, Place::rejected}) {
    if (is_used[static_cast<std::size_t>(place)]) keep_first(first, handles_->place(place).sync());
  }
  keep_first(first, handles_->claimed.sync());
  keep_first(first, handles_->acks.sync());
  return first;
}

}  // namespace devicebatch::spool
