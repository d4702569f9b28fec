#include "ledger/index/memtable.hpp"

namespace devicebatch::ledger {
namespace {

constexpr unsigned kSmallestBits = 10;

}  // namespace

void Memtable::clear() {
  // Memory goes back: an idle process keeps no table for the peak of last week.
  entries_ = {};
  slots_ = std::vector<std::uint64_t>(std::size_t{1} << kSmallestBits);
  shift_ = 64 - kSmallestBits;
  used_ = 0;
}

std::size_t Memtable::find_slot(std::uint64_t key) const {
  const std::uint64_t tag = mixed(key) & 0xFFFFFFFF;
  std::size_t at = slot_of(key);
  while (slots_[at] != 0) {
    const bool may_be = slots_[at] >> 32 == tag;
    if (may_be && entries_[(slots_[at] & 0xFFFFFFFF) - 1].key == key) return at;
    at = (at + 1) & (slots_.size() - 1);
  }
  return at;
}

void Memtable::add(std::uint64_t key, std::uint32_t record) {
  if (used_ * 2 >= slots_.size()) grow();
  const std::size_t at = find_slot(key);
  if (slots_[at] == 0) ++used_;
  entries_.push_back({key, record, static_cast<std::uint32_t>(slots_[at] & 0xFFFFFFFF)});
  slots_[at] = (mixed(key) << 32) | entries_.size();
}

void Memtable::grow() {
  const std::vector<std::uint64_t> old = std::move(slots_);
  slots_ = std::vector<std::uint64_t>(old.size() * 2);
  --shift_;
  for (const std::uint64_t slot : old) {
    if (slot == 0) continue;
    std::size_t at = slot_of(entries_[(slot & 0xFFFFFFFF) - 1].key);
    while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
  }
}

void Memtable::find(std::uint64_t key, std::size_t cap, std::vector<std::uint32_t>& out) const {
  const std::size_t slot = find_slot(key);
  std::size_t position = slots_[slot] & 0xFFFFFFFF;
  while (position != 0 && out.size() < cap) {
    const Entry& entry = entries_[position - 1];
    out.push_back(entry.record);
    position = entry.older;
  }
}

}  // namespace devicebatch::ledger
