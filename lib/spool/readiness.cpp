#include "spool/readiness.hpp"

#include <algorithm>

namespace devicebatch::spool {
namespace {

// A file that was offered and not taken (held by its writer, or we are busy) is offered again after
// the settle time, but not more often than this: with a settle time of zero the caller would spin.
constexpr std::chrono::milliseconds kOfferAgain{1'000};

}  // namespace

std::vector<Sighting> Readiness::look(const std::vector<Sighting>& listing, MonoTime now) {
  struct Offer {
    MonoTime first_seen;
    const Sighting* sighting;
  };
  std::vector<Offer> offers;
  std::unordered_map<std::string, Memory> present;
  present.reserve(listing.size());
  for (const Sighting& sighting : listing) {
    Memory& memory = recall(sighting, present, now);
    if (!memory.is_offered) continue;
    offers.push_back({memory.first_seen, &sighting});
  }
  seen_.swap(present);
  last_look_ = now;

  std::ranges::sort(offers, [](const Offer& left, const Offer& right) {
    if (left.first_seen != right.first_seen) return left.first_seen < right.first_seen;
    return left.sighting->name < right.sighting->name;
  });
  std::vector<Sighting> ready;
  ready.reserve(offers.size());
  for (const Offer& offer : offers) ready.push_back(*offer.sighting);
  return ready;
}

Readiness::Memory& Readiness::recall(const Sighting& sighting,
                                     std::unordered_map<std::string, Memory>& present,
                                     MonoTime now) {
  if (auto node = seen_.extract(sighting.name)) present.insert(std::move(node));
  const auto [at, is_first] = present.try_emplace(sighting.name, Memory{sighting.state, now, now});
  Memory& memory = at->second;
  if (is_first) return memory;
  if (memory.state == sighting.state) {
    memory.is_offered = now - memory.unchanged_since >= settle_;
    return memory;
  }
  // Another inode is another file, which has to queue up again; else its writer is still at it.
  const bool is_replaced = memory.state.inode != sighting.state.inode;
  memory = Memory{sighting.state, is_replaced ? now : memory.first_seen, now};
  return memory;
}

bool Readiness::should_wait(const std::string& name, MonoTime now) {
  const auto at = seen_.find(name);
  if (at == seen_.end()) return true;  // nothing is known about it, so nothing speaks for taking it
  at->second.is_judged_incomplete = true;
  return now - at->second.unchanged_since < incomplete_timeout_;
}

std::optional<MonoTime> Readiness::next_look() const {
  std::optional<MonoTime> earliest;
  for (const auto& [name, memory] : seen_) {
    const MonoTime due = due_time(memory);
    if (!earliest || due < *earliest) earliest = due;
  }
  return earliest;
}

MonoTime Readiness::due_time(const Memory& memory) const {
  if (!memory.is_offered) return memory.unchanged_since + settle_;
  const MonoTime again = last_look_ + std::max(settle_, kOfferAgain);
  if (!memory.is_judged_incomplete) return again;
  return std::max(again, memory.unchanged_since + incomplete_timeout_);
}

}  // namespace devicebatch::spool
