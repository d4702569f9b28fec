// ledger/sqlite/write_hint.hpp - asks the kernel to write early, so that a commit finds little
// left.
//
// Purpose:   a hint only: durability is SQLite's. Takes 6 to 10 % off a large intake
//            (docs/performance.md). Lifecycle: must outlive the connection: closing any descriptor
//            of the file drops SQLite's locks.
#pragma once

#include <cstdint>
#include <string>

namespace devicebatch::ledger {

class WriteHint {
 public:
  explicit WriteHint(const std::string& path);
  ~WriteHint();
  WriteHint(const WriteHint&) = delete;
  WriteHint& operator=(const WriteHint&) = delete;

  // After the file may have grown.
  void nudge();

 private:
  int file_ = -1;
  std::int64_t hinted_ = 0;
};

}  // namespace devicebatch::ledger
