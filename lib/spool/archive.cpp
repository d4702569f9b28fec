// The end of a submission's way: its input and its acknowledgement move to where its results are.
// Every step may be the last one before a crash, and doing all of them again must end the same.
#include "base/text.hpp"
#include "spool/carry_over.hpp"
#include "spool/drop_folder_handles.hpp"
#include "spool/names.hpp"

#include <sys/stat.h>

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

// The markers of a file go where it goes.
Result<void> move_markers(const Directory& claimed, const Directory& target,
                          const ToArchive& names) {
  Result<void> first;
  for (const MarkerSuffix& suffix : claimed_suffixes()) {
    const std::string from = claimed_marker_name(names.claim_name, suffix.text);
    const std::string to = receipt_name(names.archive_name, suffix.text);
    if (target.device() != claimed.device()) {
      if (!claimed.has(from)) continue;
      CarryOver move(claimed, target, from, to);
      keep_first(first, carry_over(move, copy_whole));
      continue;
    }
    auto moved = rename_over(Entry(claimed, from), Entry(target, to));
    if (!moved && moved.error().code() != Errc::not_found) keep_first(first, std::move(moved));
  }
  return first;
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

// Nobody else may read what is there. A file that belongs to another, or is a second name of one,
// keeps its mode: its folder is private.
void make_private(const Directory& target, const std::string& name) {
  auto input = target.open_regular(name);
  if (!input || input->status.st_nlink > 1) return;
  const bool is_private = ::fchmod(input->file.descriptor(), 0600) == 0;
  (void)is_private;
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
  if (carried_name(handles_->claimed, tag) == name) return name;  // ours, and its claim still there
  // NAME is there: another submission's while our claim is still to be moved, else our own.
  return has_claim_with(handles_->claimed, tag) ? tagged : name;
}

Result<void> DropFolder::archive(const std::string& claim_name, Place place,
                                 const std::string& archive_name,
                                 const std::string& ack_name) const {
  const ToArchive one{claim_name, place, archive_name, ack_name};
  return archive_all({&one, 1});
}

Result<void> DropFolder::Handles::move_one(const ToArchive& names) const {
  if (!are_plain(names)) {
    return fail(Errc::rejected, "cannot archive " + printable(names.claim_name));
  }
  const Directory& target = place(names.place);
  Result<void> moved;
  if (is_archive_elsewhere()) {
    moved =
        carry_over(CarryOver(claimed, target, names.claim_name, names.archive_name), copy_whole);
  } else {
    moved = move_input(Entry(claimed, names.claim_name), Entry(target, names.archive_name));
  }
  if (!moved) return moved;
  if (names.place == Place::quarantine) make_private(target, names.archive_name);
  return move_company(names, target);
}

Result<void> DropFolder::Handles::move_company(const ToArchive& names,
                                               const Directory& input_place) const {
  Result<void> moved;
  if (options.has_markers) moved = move_markers(claimed, input_place, names);
  if (!moved || names.ack_name.empty()) return moved;
  const std::string archived_ack = receipt_name(names.archive_name, kAckSuffix);
  return move_ack(Entry(acks, names.ack_name), Entry(place(names.place), archived_ack));
}

Result<void> DropFolder::archive_all(std::span<const ToArchive> submissions) const {
  const bool are_few = submissions.size() <= kFewFiles;
  Result<void> first;
  std::array<bool, kPlaces> is_used{};
  for (const ToArchive& each : submissions) {
    is_used[static_cast<std::size_t>(each.place)] = true;
    auto moved = handles_->move_one(each);
    if (moved && are_few) moved = sync_input(handles_->place(each.place), each.archive_name);
    keep_first(first, std::move(moved));
  }
  if (!are_few) {
    keep_first(first, handles_->root.sync_everything());
    if (handles_->is_archive_elsewhere()) keep_first(first, handles_->acks.sync_everything());
    return first;
  }
  // Where they are first, where they were second: never nowhere.
  for (const Place place : kAllPlaces) {
    if (is_used[static_cast<std::size_t>(place)]) keep_first(first, handles_->place(place).sync());
  }
  keep_first(first, handles_->claimed.sync());
  keep_first(first, handles_->acks.sync());
  return first;
}

Result<void> DropFolder::archive_redacted(const ToArchive& submission, const Filter& filter) const {
  if (!are_plain(submission)) {
    return fail(Errc::rejected, "cannot archive " + printable(submission.claim_name));
  }
  const Directory& target = handles_->place(Place::quarantine);
  CarryOver move(handles_->claimed, target, submission.claim_name, submission.archive_name);
  move.mode = 0600;
  auto moved = carry_over(move, filter);
  if (moved) moved = handles_->move_company(submission, target);
  if (moved) moved = target.sync();
  if (moved) moved = handles_->place(submission.place).sync();
  if (moved) moved = handles_->acks.sync();
  return moved;
}

}  // namespace devicebatch::spool
