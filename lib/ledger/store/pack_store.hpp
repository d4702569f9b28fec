// ledger/store/pack_store.hpp - hashes, back to back, one row for each batch.
//
// Purpose:   reads single hashes out of a pack without loading it (a pack is some 300 KB).
// Lifecycle: keeps a handle on the pack read last, because hits come in neighbourhoods. An open
//            handle would keep a transaction from ending: release() before every commit and
//            rollback.
#pragma once

#include "ledger/sqlite/connection.hpp"

#include <cstdint>
#include <vector>

struct sqlite3_blob;

namespace devicebatch::ledger {

struct PackSlice {
  std::int64_t pack = 0;
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
};

class PackStore {
 public:
  explicit PackStore(Connection& db) : db_(db) {}
  ~PackStore() { release(); }
  PackStore(const PackStore&) = delete;
  PackStore& operator=(const PackStore&) = delete;

  std::int64_t add(Bytes pack);
  // Empty after a failure, which the connection keeps.
  std::vector<std::uint8_t> read(const PackSlice& slice);
  void release();

 private:
  bool open(std::int64_t pack);

  Connection& db_;
  sqlite3_blob* blob_ = nullptr;
  std::int64_t pack_ = 0;
};

}  // namespace devicebatch::ledger
