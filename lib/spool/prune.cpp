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
constexpr std::array<std::string_view, 5> kReceipts = {kAckSuffix, kRejectsSuffix, kResultCsvSuffix,
                                                       ".reason.json", kResultJsonSuffix};

UtcTime modified_at(const struct stat& found) {
  const auto since =
      std::chrono::seconds(found.st_mtim.tv_sec) + std::chrono::nanoseconds(found.st_mtim.tv_nsec);
  return UtcTime(std::chrono::floor<std::chrono::milliseconds>(since));
}

bool is_older(const KeptSubmission& left, const KeptSubmission& right) {
  return left.finished_at < right.finished_at;
}

std::vector<std::string> names_of(const Directory& place, const std::string& submission) {
  std::vector<std::string> names{submission};
  for (const MarkerSuffix& suffix : claimed_suffixes()) {
    std::string name = receipt_name(submission, suffix.text);
    // What has a result of its own is a submission, not a marker of this one.
    if (!place.has(name) || place.has(receipt_name(name, kResultJsonSuffix))) continue;
    names.push_back(std::move(name));
  }
  for (const std::string_view suffix : kReceipts) {
    names.push_back(receipt_name(submission, suffix));
  }
  return names;
}

// One pass over a place: how much there is, and the oldest submissions of it.
class Census {
 public:
  explicit Census(const Directory& place) : place_(place) {}

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
    if (!name.ends_with(kResultJsonSuffix) || name.size() == kResultJsonSuffix.size()) return;
    // Cut to fit, so it does not tell the name of its input: kept.
    if (name.size() >= kNameBytes) return;
    ++totals_.files;
    keep_old({name.substr(0, name.size() - kResultJsonSuffix.size()), modified_at(*found), 0});
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
  Census census(target);
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
