// Thins out an archive: what is removed is decided by retention.hpp.
#include "spool/drop_folder_handles.hpp"
#include "spool/markers.hpp"
#include "spool/names.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>

namespace devicebatch::spool {
namespace {

// Removed by one call: bounds its memory and its time; the next call goes on.
constexpr std::size_t kRemovedAtOnce = 5'000;

// Besides the input: everything that is written next to it. The result comes last, because it is
// what an interrupted removal is found again by.
constexpr std::array<std::string_view, 3> kReceipts = {kAckSuffix, kResultCsvSuffix,
                                                       kResultJsonSuffix};

UtcTime time_of(const struct timespec& time) {
  const auto since = std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  return UtcTime(std::chrono::floor<std::chrono::milliseconds>(since));
}

bool is_older(const KeptSubmission& left, const KeptSubmission& right) {
  return left.finished_at < right.finished_at;
}

std::vector<std::string> names_of(const Directory& place, const std::string& submission) {
  std::vector<std::string> names{submission};
  // What has a result of its own is a submission, not a part of this one.
  const auto add = [&](std::string name) {
    if (!place.has(name) || place.has(receipt_name(name, kResultJsonSuffix))) return;
    names.push_back(std::move(name));
  };
  for (const MarkerSuffix& suffix : claimed_suffixes()) add(receipt_name(submission, suffix.text));
  add(tagged_name(submission, kRejectsTag));
  for (const std::string_view suffix : kReceipts) {
    names.push_back(receipt_name(submission, suffix));
  }
  return names;
}

// One pass over a place: how much there is, and the oldest submissions of it.
class Census {
 public:
  Census(const Directory& place, bool is_private) : place_(place), is_private_(is_private) {}

  Result<void> take() {
    auto listed = place_.visit([this](const char* name, unsigned char) {
      count(name);
      return true;
    });
    if (listed) std::ranges::sort(oldest_, is_older);
    return listed;
  }

  const ArchiveTotals& totals() const { return totals_; }

  // The oldest ones with all that belongs to them measured.
  std::vector<KeptSubmission> measured() {
    for (KeptSubmission& each : oldest_) {
      for (const std::string& name : names_of(place_, each.name)) {
        const auto found = place_.look_at(name);
        if (found && S_ISREG(found->st_mode)) each.bytes += size_of(*found);
      }
    }
    return std::move(oldest_);
  }

 private:
  static std::uint64_t size_of(const struct stat& found) {
    return static_cast<std::uint64_t>(found.st_size);
  }

  void count(const std::string& name) {
    const auto found = place_.look_at(name);
    if (!found || !S_ISREG(found->st_mode)) return;
    totals_.bytes += size_of(*found);
    // Cut to fit, so it does not tell the name of its input: kept.
    if (name.size() >= kNameBytes) return;
    if (is_private_) {
      count_private(name, *found);
    } else if (name.ends_with(kResultJsonSuffix) && name.size() > kResultJsonSuffix.size()) {
      ++totals_.files;
      const std::string submission = name.substr(0, name.size() - kResultJsonSuffix.size());
      keep_old({submission, time_of(found->st_mtim), 0});
    }
  }

  // Nobody else can put anything there, and results are not there either: an input counts from when
  // it came.
  void count_private(const std::string& name, const struct stat& found) {
    const bool is_receipt = std::ranges::any_of(
        kReceipts, [&](std::string_view suffix) { return name.ends_with(suffix); });
    if (is_receipt || name.starts_with('.')) return;
    ++totals_.files;
    keep_old({name, time_of(found.st_ctim), 0});
  }

  // A heap with the youngest of the oldest in front.
  void keep_old(KeptSubmission submission) {
    oldest_.push_back(std::move(submission));
    std::ranges::push_heap(oldest_, is_older);
    if (oldest_.size() <= kRemovedAtOnce) return;
    std::ranges::pop_heap(oldest_, is_older);
    oldest_.pop_back();
  }

  const Directory& place_;
  bool is_private_;
  ArchiveTotals totals_;
  std::vector<KeptSubmission> oldest_;
};

Result<void> remove_submission(const Directory& place, const std::string& submission) {
  for (const std::string& name : names_of(place, submission)) {
    const auto found = place.look_at(name);
    if (!found || !S_ISREG(found->st_mode)) continue;
    auto removed = place.remove(name);
    if (!removed && removed.error().code() != Errc::not_found) return removed;
  }
  return {};
}

}  // namespace

Result<Pruned> DropFolder::prune(Place place, const RetentionRule& rule, UtcTime now) const {
  Pruned pruned;
  if (rule.keeps_everything()) return pruned;
  const Directory& target = handles_->place(place);
  Census census(target, place == Place::quarantine);
  auto counted = census.take();
  if (!counted) return fail(std::move(counted.error()).within(folder_name(place)));
  const std::vector<KeptSubmission> oldest = census.measured();
  const std::size_t expired = count_expired(oldest, census.totals(), rule, now);
  for (std::size_t at = 0; at < expired; ++at) {
    auto removed = remove_submission(target, oldest[at].name);
    if (!removed) return fail(std::move(removed.error()).within(folder_name(place)));
    ++pruned.files;
    pruned.bytes += oldest[at].bytes;
  }
  pruned.has_more = expired == kRemovedAtOnce;
  return pruned;
}

}  // namespace devicebatch::spool
