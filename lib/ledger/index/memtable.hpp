// ledger/index/memtable.hpp - the keys that are in no run yet.
//
// Purpose:   64-bit keys to record numbers; one key may have many records, the newest comes first.
// Units:     about 30 bytes a key.
#pragma once

#include <cstdint>
#include <vector>

namespace devicebatch::ledger {

class Memtable {
 public:
  struct Entry {
    std::uint64_t key;
    std::uint32_t record;
    std::uint32_t older;  // position + 1 of the next older entry of this key; 0 is the end
  };

  Memtable() { clear(); }
  void add(std::uint64_t key, std::uint32_t record);
  // Appends the records of the key, newest first, until `out` holds `cap`.
  void find(std::uint64_t key, std::size_t cap, std::vector<std::uint32_t>& out) const;
  void prefetch(std::uint64_t key) const { __builtin_prefetch(&slots_[slot_of(key)]); }
  void clear();
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  // A slot holds 32 bits of the key's hash, so that most foreign entries are passed without a look,
  // and the position + 1 of the newest entry.
  static std::uint64_t mixed(std::uint64_t key) { return key * 0x9E3779B97F4A7C15ULL; }
  std::size_t slot_of(std::uint64_t key) const { return mixed(key) >> shift_; }
  std::size_t find_slot(std::uint64_t key) const;
  void grow();

  std::vector<Entry> entries_;
  std::vector<std::uint64_t> slots_;
  unsigned shift_ = 0;
  std::size_t used_ = 0;
};

}  // namespace devicebatch::ledger
