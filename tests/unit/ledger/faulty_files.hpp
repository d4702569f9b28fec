// ledger/faulty_files.hpp - SQLite's writes go through here, to be counted and to fail on request.
//
// Purpose:   a kill between any two writes of a commit, and a disk that is full or broken, without
//            any hook in the product: sqlite3_vfs::xSetSystemCall exists for this.
// Lifecycle: one at a time; the real calls are back when it dies.
#pragma once

#include <functional>

namespace devicebatch::ledger {

class FaultyFiles {
 public:
  // Called before each write, truncation and deletion with its number from 1. Returns 0 to let it
  // happen, or the errno it must fail with.
  using Judge = std::function<int(int number)>;
  explicit FaultyFiles(Judge judge);
  ~FaultyFiles();
  FaultyFiles(const FaultyFiles&) = delete;
  FaultyFiles& operator=(const FaultyFiles&) = delete;

  int count() const;
};

}  // namespace devicebatch::ledger
