#include "ledger/index/identity_index.hpp"

#include <malloc.h>

#include <algorithm>
#include <cstring>
#include <limits>

namespace devicebatch::ledger {
namespace {

constexpr std::size_t kRowBytes = sizeof(record::IdentityKeys);

// Each added key pays for merging this many. A key is merged once for each level it passes, three
// times in 100 million; the rest is reserve. More would only make single commits longer.
constexpr std::size_t kMergesPaidByKey = 4;

// A commit stops merging beyond this, to stay below a tenth of a second.
constexpr std::size_t kMergedByCommit = 200'000;

// Newer runs have lower levels; inside a level the higher number is newer.
bool is_newer(const KeyRun& left, const KeyRun& right) {
  return left.level != right.level ? left.level < right.level : left.id > right.id;
}

}  // namespace

void IdentityIndex::load() {
  memtable_.clear();
  merge_credit_ = 0;
  next_run_ = 1;
  for (auto& shard : shards_) shard.clear();
  for (KeyRun& run : load_runs(connection_)) {
    next_run_ = std::max(next_run_, run.id + 1);
    if (run.shard < kShards) shards_[run.shard].push_back(std::move(run));
  }
  for (auto& shard : shards_) std::sort(shard.begin(), shard.end(), is_newer);
  auto log = connection_.query("SELECT first, keys FROM keylog ORDER BY first");
  while (log.step()) {
    const auto first = static_cast<std::uint32_t>(log.integer(0));
    const Bytes stored = log.bytes(1);
    for (std::size_t row = 0; (row + 1) * kRowBytes <= stored.size(); ++row) {
      record::IdentityKeys keys;
      std::memcpy(keys.data(), stored.data() + row * kRowBytes, kRowBytes);
      add(first + static_cast<std::uint32_t>(row), keys);
    }
  }
}

void IdentityIndex::find(std::uint64_t key, std::size_t cap,
                         std::vector<std::uint32_t>& out) const {
  memtable_.find(key, cap, out);
  for (const KeyRun& run : shards_[shard_of(key)]) {
    if (out.size() >= cap) return;
    run.find(connection_, key, cap, out);
  }
}

void IdentityIndex::prefetch(std::uint64_t key) const {
  memtable_.prefetch(key);
  for (const KeyRun& run : shards_[shard_of(key)]) run.filter.prefetch(key);
}

void IdentityIndex::add(std::uint32_t record, const record::IdentityKeys& keys) {
  for (const std::uint64_t key : keys) {
    if (key == 0) continue;
    memtable_.add(key, record);
    merge_credit_ += kMergesPaidByKey;
  }
  ++changes_;
}

void IdentityIndex::log(std::uint32_t first_record, std::span<const record::IdentityKeys> keys) {
  const Bytes bytes(reinterpret_cast<const std::uint8_t*>(keys.data()), keys.size_bytes());
  connection_.run("INSERT INTO keylog(first, keys) VALUES(?, ?)", first_record, bytes);
}

// The row of its batch is there already: the upper half of the number tells the rows apart, the
// lower one is the record, as load() reads it.
void IdentityIndex::add_later(std::uint32_t record, const record::IdentityKeys& keys) {
  add(record, keys);
  const std::int64_t turn =
      connection_.number("SELECT (ifnull(max(first), 0) >> 32) + 1 FROM keylog");
  const Bytes bytes(reinterpret_cast<const std::uint8_t*>(keys.data()), sizeof(keys));
  connection_.run("INSERT INTO keylog(first, keys) VALUES(?, ?)",
                  turn * (std::int64_t{1} << 32) + record, bytes);
}

void IdentityIndex::tend() {
  if (memtable_.entries().size() >= limits_.memtable_keys) {
    flush();
    return;
  }
  std::size_t merged = 0;
  while (connection_.is_sound() && merged < kMergedByCommit) {
    const std::size_t entries = merge_one();
    if (entries == 0) break;
    merged += entries;
  }
}

void IdentityIndex::flush() {
  std::array<std::vector<KeyEntry>, kShards> sorted;
  for (const Memtable::Entry& entry : memtable_.entries()) {
    sorted[shard_of(entry.key)].push_back({entry.key, entry.record});
  }
  for (unsigned shard = 0; shard < kShards; ++shard) {
    auto& entries = sorted[shard];
    if (entries.empty()) continue;
    std::sort(entries.begin(), entries.end());
    KeyRun head;
    head.id = next_run_++;
    head.shard = shard;
    RunWriter writer(connection_, std::move(head), entries.size());
    for (const KeyEntry& entry : entries) writer.add(entry);
    shards_[shard].insert(shards_[shard].begin(), writer.finish());
  }
  connection_.run("DELETE FROM keylog");
  memtable_.clear();
  ++changes_;
  // The table and its sorted copy are the largest memory of the process; the allocator would keep
  // it, in pieces, and need more for the next ones.
  malloc_trim(0);
}

// The lowest level with enough runs, or -1.
int IdentityIndex::crowded_level(unsigned shard) const {
  std::size_t same = 0;
  int level = -1;
  for (const KeyRun& run : shards_[shard]) {
    same = run.level == level ? same + 1 : 1;
    level = run.level;
    if (same == limits_.runs_per_level) return level;
  }
  return -1;
}

// Low levels first: they are cheap and take most filters away.
std::size_t IdentityIndex::merge_one() {
  unsigned chosen = kShards;
  int lowest = std::numeric_limits<int>::max();
  for (unsigned shard = 0; shard < kShards; ++shard) {
    const int level = crowded_level(shard);
    if (level < 0 || level >= lowest) continue;
    lowest = level;
    chosen = shard;
  }
  if (chosen == kShards) return 0;
  std::size_t cost = 0;
  for (const KeyRun& run : shards_[chosen]) cost += run.level == lowest ? run.entries : 0;
  if (cost > merge_credit_) return 0;
  merge_credit_ -= cost;
  merge(chosen, lowest);
  return cost;
}

void IdentityIndex::merge(unsigned shard, int level) {
  auto& runs = shards_[shard];
  const auto first =
      std::find_if(runs.begin(), runs.end(), [&](const KeyRun& run) { return run.level == level; });
  const auto last =
      std::find_if(first, runs.end(), [&](const KeyRun& run) { return run.level != level; });
  std::size_t entries = 0;
  std::vector<RunCursor> cursors;
  for (auto run = first; run != last; ++run) {
    entries += run->entries;
    cursors.emplace_back(connection_, *run);
  }
  KeyRun head;
  head.id = next_run_++;
  head.level = level + 1;
  head.shard = shard;
  RunWriter writer(connection_, std::move(head), entries);
  while (true) {
    RunCursor* least = nullptr;
    for (RunCursor& cursor : cursors) {
      if (cursor.current() == nullptr) continue;
      if (least == nullptr || *cursor.current() < *least->current()) least = &cursor;
    }
    if (least == nullptr) break;
    writer.add(*least->current());
    least->advance();
  }
  for (auto run = first; run != last; ++run) run->drop(connection_);
  const auto behind = runs.erase(first, last);
  runs.insert(behind, writer.finish());
  ++changes_;
}

std::size_t IdentityIndex::run_count() const {
  std::size_t runs = 0;
  for (const auto& shard : shards_) runs += shard.size();
  return runs;
}

}  // namespace devicebatch::ledger
