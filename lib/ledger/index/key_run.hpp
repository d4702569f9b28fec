// ledger/index/key_run.hpp - an immutable sorted list of (key, record) of one shard, in pages.
//
// Purpose:   KeyRun is what stays in memory of it; RunWriter makes one, RunCursor walks one.
// Units:     a page holds 2,720 entries, so that its row fills one page of the database.
// Errors:    a failure is kept by the connection; find() and RunCursor then see no more entries.
#pragma once

#include "ledger/index/bloom_filter.hpp"
#include "ledger/sqlite/connection.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace devicebatch::ledger {

struct KeyEntry {
  std::uint64_t key;
  std::uint32_t record;
  auto operator<=>(const KeyEntry&) const = default;
};

inline constexpr std::size_t kEntriesPerPage = 2'720;

struct KeyRun {
  std::int64_t id = 0;
  int level = 0;
  unsigned shard = 0;
  std::size_t entries = 0;
  std::vector<std::uint64_t> fence;  // the first key of each page
  BloomFilter filter;

  // Appends the records of the key, newest first, until `out` holds `cap`.
  void find(Connection& connection, std::uint64_t key, std::size_t cap,
            std::vector<std::uint32_t>& out) const;
  void drop(Connection& connection) const;
};

// Entries must come in order. Nothing is visible before finish().
class RunWriter {
 public:
  RunWriter(Connection& connection, KeyRun head, std::size_t entries);
  void add(const KeyEntry& entry);
  KeyRun finish();

 private:
  void write_page();
  void write_filter();

  Connection& connection_;
  KeyRun run_;
  std::vector<std::uint64_t> keys_;
  std::vector<std::uint32_t> records_;
  std::vector<std::uint8_t> page_;
};

class RunCursor {
 public:
  RunCursor(Connection& connection, const KeyRun& run);
  const KeyEntry* current() const { return at_ < page_.size() ? &page_[at_] : nullptr; }
  void advance();

 private:
  void load();

  Connection& connection_;
  const KeyRun& run_;
  std::size_t next_page_ = 0;
  std::vector<KeyEntry> page_;
  std::size_t at_ = 0;
};

// Every stored run, filters included.
std::vector<KeyRun> load_runs(Connection& connection);

}  // namespace devicebatch::ledger
