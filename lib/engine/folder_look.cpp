#include "engine/folder_look.hpp"

#include "base/limits.hpp"
#include "base/text.hpp"
#include "format/submission_reader.hpp"

#include <algorithm>

namespace devicebatch::engine {
namespace {

// Held by its writer, or not ours to read: on a share that passes, so it is said when it lasts.
constexpr std::chrono::seconds kLasting{10};
// A scan is some dozen bytes; the tail of the file holds all of it.
constexpr std::uint64_t kScanBytes = 16 * 1024;
// Manifest digests remembered: bounds memory; beyond it they are computed again.
constexpr std::size_t kDigestsKept = 1'000;

Notice held_notice(const spool::Sighting& file) {
  return {"file.held", file.name, "left where it is: another program has it open for writing"};
}

Notice trouble_notice(const spool::Sighting& file, const Error& why) {
  if (why.code() == Errc::forbidden) {
    return {"file.unreadable", file.name,
            "left where it is: the service's user may not read it; change its owner or mode"};
  }
  return {"file.held", file.name, "left where it is, tried again: " + why.message()};
}

// Instead of a time: it has been said.
constexpr MonoTime kTold = MonoTime::max();

// Keeps since when names have been there, without those that went away; returns each name once,
// when it has been there for the timeout.
std::vector<const spool::Sighting*> overdue(const std::vector<spool::Sighting>& names,
                                            std::map<std::string, MonoTime>& since, MonoTime now,
                                            std::chrono::milliseconds timeout) {
  std::map<std::string, MonoTime> present;
  std::vector<const spool::Sighting*> late;
  for (const spool::Sighting& each : names) {
    const auto known = since.find(each.name);
    const MonoTime first = known == since.end() ? now : known->second;
    const bool is_late = first != kTold && now - first >= timeout;
    present.emplace(each.name, is_late ? kTold : first);
    if (is_late) late.push_back(&each);
  }
  since.swap(present);
  return late;
}

}  // namespace

FolderLook::FolderLook(Context& context, const Source& source)
    : context_(context),
      source_(source),
      reading_(read_options(source.config)),
      readiness_(readiness_options(source.config)),
      debounce_(source.config.scan_debounce) {}

Look FolderLook::look(MonoTime now) {
  Look look;
  Result<void> in_place = source_.folder->check_in_place();
  if (!in_place) {
    look.error = std::move(in_place.error());
    return look;
  }
  readiness_.begin_look(now);
  const auto see = [this](const spool::Sighting& file) {
    readiness_.see(file);
    return true;
  };
  Result<spool::Listing> listing = source_.folder->scan(see);
  if (!listing) {
    look.error = std::move(listing.error());
    return look;
  }
  look.listing = std::move(*listing);
  judge_all(now, look);
  if (source_.folder->options().has_markers) {
    tell_unmarked(now, look);
    expire_orphans(now, look);
  }
  return look;
}

Look FolderLook::look_urgent(MonoTime now) {
  Look look;
  std::vector<spool::Sighting> files;
  const auto keep = [&files](spool::Sighting file) {
    files.push_back(std::move(file));
    return files.size() < limits::kFilesPerClaim;
  };
  // What is wrong with it is found by the next whole look.
  const Result<spool::Listing> listing = source_.folder->scan_urgent(keep);
  if (!listing || files.empty()) return look;
  readiness_.begin_look(now);
  for (const spool::Sighting& file : files) readiness_.see(file);
  judge_all(now, look);
  return look;
}

void FolderLook::judge_all(MonoTime now, Look& look) {
  for (spool::Sighting& file : readiness_.end_look()) {
    if (is_ready(file, now, look)) look.ready.push_back(std::move(file));
  }
  std::stable_partition(look.ready.begin(), look.ready.end(),
                        [](const spool::Sighting& file) { return file.is_urgent; });
}

bool FolderLook::is_ready(spool::Sighting& file, MonoTime now, Look& look) {
  const Result<spool::DropFolder::Ends> ends = source_.folder->read_ends(file);
  if (!ends) {
    if (auto notice = refused(file, ends.error(), now)) look.notices.push_back(std::move(*notice));
    return false;
  }
  if (!readiness_.confirm(file, ends->state, now)) return false;
  file.state = ends->state;
  if (ends->is_held && !readiness_.is_overdue(file, now)) {
    if (readiness_.is_lasting(file, now, kLasting)) look.notices.push_back(held_notice(file));
    return false;
  }
  readiness_.reached(file);
  const Proof proof = proof_of(file);
  const bool is_complete =
      proof == Proof::kept ||
      (proof == Proof::none && format::judge_completeness(ends->head, ends->tail, reading_) ==
                                   format::Completeness::complete);
  if (!is_complete && readiness_.should_wait(file, now)) return false;
  return !is_second_scan(file, *ends, now);
}

std::optional<Notice> FolderLook::refused(const spool::Sighting& file, const Error& why,
                                          MonoTime now) {
  // Gone, or swapped for something that the next listing calls odd.
  if (why.code() == Errc::not_found || why.code() == Errc::rejected) return std::nullopt;
  if (!readiness_.is_lasting(file, now, kLasting)) return std::nullopt;
  return trouble_notice(file, why);
}

FolderLook::Proof FolderLook::proof_of(const spool::Sighting& file) {
  if (file.markers.empty()) return Proof::none;
  const Result<spool::Manifest> manifest = source_.folder->read_manifest(file);
  if (!manifest) return Proof::broken;
  if (!manifest->bytes && !manifest->sha256) return Proof::none;
  const bool has_size = !manifest->bytes || *manifest->bytes == file.state.bytes;
  const bool is_kept = has_size && (!manifest->sha256 || has_digest(file, *manifest->sha256));
  return is_kept ? Proof::kept : Proof::broken;
}

bool FolderLook::has_digest(const spool::Sighting& file, const Digest& expected) {
  const std::pair key(file.state.inode, file.state.changed_ns);
  const auto known = digests_.find(key);
  if (known != digests_.end()) return known->second == expected;
  const Result<Digest> digest = source_.folder->digest_of(file);
  if (!digest) return false;
  if (digests_.size() >= kDigestsKept) digests_.clear();
  digests_.emplace(key, *digest);
  return *digest == expected;
}

bool FolderLook::is_second_scan(const spool::Sighting& file, const spool::DropFolder::Ends& ends,
                                MonoTime now) {
  if (!debounce_.is_on() || file.state.bytes > kScanBytes) return false;
  const std::optional<Digest> first = debounce_.should_hold(file, ends.tail, now);
  if (!first || is_finished(*first)) return false;
  // Not trouble, but looked at again in the same rhythm.
  (void)readiness_.is_lasting(file, now, std::chrono::hours(24));
  return true;
}

bool FolderLook::is_finished(const Digest& digest) {
  bool is_known = false;
  const Result<void> asked = context_.ledger_queue.run([&](ledger::Ledger& ledger) -> Result<void> {
    auto known = ledger.intake().find_finished_file(source_.destination.id, digest);
    if (!known) return fail(std::move(known.error()));
    is_known = known->has_value();
    return {};
  });
  return asked && is_known;
}

void FolderLook::tell_unmarked(MonoTime now, Look& look) {
  std::vector<spool::Sighting> names;
  for (const std::string& name : look.listing.unmarked) {
    names.push_back(spool::Sighting{name, {}, false, {}});
  }
  for (const spool::Sighting* each :
       overdue(names, unmarked_, now, source_.config.marker_timeout)) {
    look.notices.push_back({"file.no_marker", each->name,
                            "waits for its marker, like " + printable(each->name) + ".done"});
  }
}

void FolderLook::expire_orphans(MonoTime now, Look& look) {
  const auto late = overdue(look.listing.orphans, orphans_, now, source_.config.marker_timeout);
  for (const spool::Sighting* each : late) {
    const Result<void> moved = source_.folder->expire_marker(*each);
    const std::string what = moved ? "its file never came: moved to rejected/"
                                   : "its file never came: " + moved.error().message();
    look.notices.push_back({"marker.orphan", each->name, what});
    if (moved) orphans_.erase(each->name);
  }
}

}  // namespace devicebatch::engine
