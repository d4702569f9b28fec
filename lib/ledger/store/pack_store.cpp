#include "ledger/store/pack_store.hpp"

#include <sqlite3.h>

namespace devicebatch::ledger {

std::int64_t PackStore::add(Bytes pack) {
  db_.run("INSERT INTO pack(data) VALUES(?)", pack);
  return db_.last_row_id();
}

bool PackStore::open(std::int64_t pack) {
  if (!db_.is_sound()) return false;
  if (blob_ != nullptr && pack_ == pack) return true;
  const int result = blob_ != nullptr
                         ? sqlite3_blob_reopen(blob_, pack)
                         : sqlite3_blob_open(db_.handle(), "main", "pack", "data", pack, 0, &blob_);
  pack_ = pack;
  if (result == SQLITE_OK) return true;
  release();
  if (result == SQLITE_ERROR) {
    db_.note_failure(Error(Errc::corrupt, "the ledger has lost the hashes of a batch"));
  } else {
    db_.note_failure(result);
  }
  return false;
}

std::vector<std::uint8_t> PackStore::read(const PackSlice& slice) {
  if (slice.length == 0 || !open(slice.pack)) return {};
  std::vector<std::uint8_t> bytes(slice.length);
  const int result = sqlite3_blob_read(blob_, bytes.data(), static_cast<int>(slice.length),
                                       static_cast<int>(slice.offset));
  if (result == SQLITE_OK) return bytes;
  if (result == SQLITE_ERROR) {
    db_.note_failure(Error(Errc::corrupt, "a hash lies outside of its batch in the ledger"));
  } else {
    db_.note_failure(result);
  }
  return {};
}

void PackStore::release() {
  // A read-only handle has nothing to report at its end.
  sqlite3_blob_close(blob_);
  blob_ = nullptr;
  pack_ = 0;
}

}  // namespace devicebatch::ledger
