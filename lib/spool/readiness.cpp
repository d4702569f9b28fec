#include "spool/readiness.hpp"

#include <algorithm>
#include <functional>

namespace devicebatch::spool {
namespace {

// A file that was offered and not taken (held by its writer, or we are busy) is offered again after
// the settle time, but not more often than this: with a settle time of zero the caller would spin.
constexpr std::chrono::milliseconds kOfferAgain{1'000};
// What was judged cut off, and has not changed since, need not be read again at every look. But a
// writer may change a file without any of its times moving, so it is not left for good either.
constexpr std::chrono::milliseconds kJudgeAgain{5'000};
// A file that stays out of reach is tried more and more seldom, but at least so often.
constexpr std::chrono::milliseconds kTroubleAgain{30'000};

}  // namespace

Readiness::Key Readiness::key_of(const Sighting& sighting) {
  // Two names with one key would make each other start again; in 64 bits that does not happen by
  // chance, and whoever does it on purpose holds up his own files.
  const Key hash = std::hash<std::string_view>()(sighting.name);
  return sighting.is_urgent ? hash ^ 0x9E37'79B9'7F4A'7C15U : hash;
}

bool Readiness::is_same(const FileState& left, const FileState& right) const {
  if (options_.is_network) {
    return left.bytes == right.bytes && left.modified_ns == right.modified_ns;
  }
  return left == right;
}

Readiness::Memory* Readiness::find(const Sighting& sighting) {
  const auto known = seen_.find(key_of(sighting));
  return known == seen_.end() ? nullptr : &known->second;
}

void Readiness::begin_look(MonoTime now) {
  now_ = now;
  ++look_;
  waiting_ = 0;
  offers_.clear();
}

void Readiness::begin_again(Memory& memory, const FileState& state, MonoTime now) const {
  // Another inode is another file, which has to queue up again; else its writer is still at it.
  const bool is_replaced = !options_.is_network && memory.state.inode != state.inode;
  Memory fresh;
  fresh.state = state;
  fresh.first_seen = is_replaced ? now : memory.first_seen;
  fresh.unchanged_since = now;
  fresh.listed_at = memory.listed_at;
  fresh.look = memory.look;
  memory = fresh;
}

Readiness::Memory* Readiness::recall(const Sighting& sighting) {
  if (Memory* known = find(sighting)) return known;
  if (seen_.size() >= options_.capacity) return nullptr;
  Memory& memory = seen_[key_of(sighting)];
  memory.state = sighting.state;
  memory.first_seen = now_;
  memory.unchanged_since = now_;
  return &memory;
}

void Readiness::see(const Sighting& sighting) {
  Memory* memory = recall(sighting);
  if (memory != nullptr && memory->look == look_) return;  // a listing may show a name twice
  ++waiting_;
  if (memory == nullptr) return;
  const bool is_known = memory->look != 0;
  const bool is_unchanged = is_known && is_same(memory->state, sighting.state);
  if (is_known && !is_unchanged) begin_again(*memory, sighting.state, now_);
  memory->state = sighting.state;
  memory->look = look_;
  memory->listed_at = now_;
  const bool has_settled = is_unchanged && now_ - memory->unchanged_since >= options_.settle;
  memory->is_offered = (has_settled || options_.is_ready_at_sight) && now_ >= memory->not_before;
  if (!memory->is_offered) return;
  offers_.push_back({memory->first_seen, sighting});
  if (offers_.size() >= 2 * options_.offers) keep_oldest();
}

// Of more offers than a look may make, the youngest wait.
void Readiness::keep_oldest() {
  if (offers_.size() <= options_.offers) return;
  const auto middle = offers_.begin() + static_cast<std::ptrdiff_t>(options_.offers);
  std::ranges::nth_element(offers_, middle, {}, &Offer::first_seen);
  offers_.erase(middle, offers_.end());
}

// Names that have not been listed for long, or all that are not listed where room is needed.
void Readiness::drop_gone() {
  const bool is_full = seen_.size() >= options_.capacity;
  std::erase_if(seen_, [&](const auto& entry) {
    const Memory& memory = entry.second;
    if (memory.look == look_) return false;
    return is_full || now_ - memory.listed_at >= options_.remember_gone;
  });
}

std::vector<Sighting> Readiness::end_look() {
  drop_gone();
  keep_oldest();
  std::ranges::sort(offers_, [](const Offer& left, const Offer& right) {
    if (left.first_seen != right.first_seen) return left.first_seen < right.first_seen;
    return left.sighting.name < right.sighting.name;
  });
  std::vector<Sighting> ready;
  ready.reserve(offers_.size());
  for (Offer& offer : offers_) ready.push_back(std::move(offer.sighting));
  offers_.clear();
  offers_.shrink_to_fit();
  return ready;
}

std::vector<Sighting> Readiness::look(const std::vector<Sighting>& listing, MonoTime now) {
  begin_look(now);
  for (const Sighting& sighting : listing) see(sighting);
  return end_look();
}

bool Readiness::confirm(const Sighting& seen, const FileState& truth, MonoTime now) {
  Memory* memory = find(seen);
  if (memory == nullptr) return is_same(seen.state, truth);
  if (is_same(seen.state, truth)) return true;
  begin_again(*memory, truth, now);
  return false;
}

void Readiness::reached(const Sighting& sighting) {
  Memory* memory = find(sighting);
  if (memory == nullptr) return;
  memory->is_in_trouble = false;
  memory->is_reported = false;
}

void Readiness::forget(const Sighting& sighting) {
  if (seen_.erase(key_of(sighting)) > 0 && waiting_ > 0) --waiting_;
}

bool Readiness::should_wait(const Sighting& sighting, MonoTime now) {
  Memory* memory = find(sighting);
  if (memory == nullptr) return true;  // nothing is known, so nothing speaks for taking it
  const MonoTime end = memory->unchanged_since + options_.incomplete_timeout;
  memory->is_judged_incomplete = true;
  memory->not_before = std::min(now + kJudgeAgain, end);
  return now < end;
}

bool Readiness::is_overdue(const Sighting& sighting, MonoTime now) const {
  const auto known = seen_.find(key_of(sighting));
  if (known == seen_.end()) return false;
  return now - known->second.unchanged_since >= options_.incomplete_timeout;
}

bool Readiness::is_lasting(const Sighting& sighting, MonoTime now,
                           std::chrono::milliseconds lasting) {
  Memory* memory = find(sighting);
  if (memory == nullptr) return false;
  if (!memory->is_in_trouble) memory->trouble_since = now;
  memory->is_in_trouble = true;
  const auto since = std::chrono::floor<std::chrono::milliseconds>(now - memory->trouble_since);
  memory->not_before = now + std::clamp(since / 4, kOfferAgain, kTroubleAgain);
  if (memory->is_reported || since < lasting) return false;
  memory->is_reported = true;
  return true;
}

std::optional<MonoTime> Readiness::next_look() const {
  std::optional<MonoTime> earliest;
  for (const auto& [key, memory] : seen_) {
    if (memory.look != look_) continue;
    const MonoTime due = due_time(memory);
    if (!earliest || due < *earliest) earliest = due;
  }
  return earliest;
}

MonoTime Readiness::due_time(const Memory& memory) const {
  if (memory.is_in_trouble) return memory.not_before;
  const MonoTime again = now_ + std::max(options_.settle, kOfferAgain);
  if (memory.is_judged_incomplete) {
    return std::max(memory.is_offered ? again : memory.not_before,
                    memory.unchanged_since + options_.incomplete_timeout);
  }
  return memory.is_offered ? again : memory.unchanged_since + options_.settle;
}

}  // namespace devicebatch::spool
