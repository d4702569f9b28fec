// ledger/index/identity_index.hpp - finds the records that share a 64-bit key.
//
// Purpose:   two verbs: find and add. Behind them a memtable and sorted runs inside the ledger's
//            file, because a B-tree of random keys costs 28 times its own time at 5 million
//            devices.
// Lifecycle: log() writes a row of `keylog` in the caller's transaction; tend() turns a full
//            memtable into one run for each shard and merges a few runs, in the same transaction.
//            After any rollback the memory is wrong: load() reads everything back.
// Threading: the ledger thread.
// Units:     32 shards by the top five bits of a key; six runs of a level become one of the next.
// Source:    docs/decisions/ledger.md.
#pragma once

#include "ledger/index/key_run.hpp"
#include "ledger/index/memtable.hpp"
#include "record/identity.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace devicebatch::ledger {

struct IndexLimits {
  std::size_t memtable_keys = 200'000;  // more is faster and costs 30 bytes each
  std::size_t runs_per_level = 6;       // more means less merging and more filters to ask
};

class IdentityIndex {
 public:
  IdentityIndex(Connection& connection, IndexLimits limits)
      : connection_(connection), limits_(limits) {}

  void load();

  // Appends the records of the key, newest first, until `out` holds `cap`.
  void find(std::uint64_t key, std::size_t cap, std::vector<std::uint32_t>& out) const;
  void prefetch(std::uint64_t key) const;

  // Makes the keys of a record findable at once (0 is no key). Every record since the last log()
  // must be in the span of the next one, or a restart would not know it.
  void add(std::uint32_t record, const record::IdentityKeys& keys);
  void log(std::uint32_t first_record, std::span<const record::IdentityKeys> keys);
  // Adds and logs keys that a record got after it was stored.
  void add_later(std::uint32_t record, const record::IdentityKeys& keys);
  // Once before each commit.
  void tend();

  // Grows with each change; tells whether a rollback undid one.
  std::uint64_t changes() const { return changes_; }
  std::size_t run_count() const;

 private:
  static constexpr unsigned kShardBits = 5;
  static constexpr unsigned kShards = 1U << kShardBits;
  static unsigned shard_of(std::uint64_t key) {
    return static_cast<unsigned>(key >> (64 - kShardBits));
  }
  void flush();
  std::size_t merge_one();  // how many entries; 0: nothing to do
  void merge(unsigned shard, int level);
  int crowded_level(unsigned shard) const;

  Connection& connection_;
  IndexLimits limits_;
  Memtable memtable_;
  std::array<std::vector<KeyRun>, kShards> shards_;  // newest first
  std::int64_t next_run_ = 1;
  std::size_t merge_credit_ = 0;
  std::uint64_t changes_ = 0;
};

}  // namespace devicebatch::ledger
