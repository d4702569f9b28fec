// sandbox/control/ledger_file.hpp - JSON lines, appended: the sandbox's own memory, and its request
// log.
//
// Purpose:   what happened, for tests that read it after everything else was killed; and what a
//            restarted sandbox still knows.
// Lifecycle: open() once; a last line that a crash cut off is ended, so that it spoils no other.
// Threading: the loop.
// Errors:    a ledger that cannot be written ends the process: an oracle must not forget.
#pragma once

#include "base/result.hpp"

#include <boost/json/fwd.hpp>

#include <functional>
#include <string>

namespace devicebatch::sandbox {

class LedgerFile {
 public:
  LedgerFile() = default;
  ~LedgerFile();
  LedgerFile(const LedgerFile&) = delete;
  LedgerFile& operator=(const LedgerFile&) = delete;

  // Hands over every readable event of an earlier run, then opens for appending. Returns the number
  // of lines that could not be read.
  Result<std::size_t> open(const std::string& path,
                           const std::function<void(const boost::json::object&)>& replay);
  // Opens for appending only.
  Result<void> open(const std::string& path);
  bool is_open() const { return file_ >= 0; }
  // One write(2), made before the answer leaves. Nothing happens when no file is open.
  void append(const boost::json::object& event);

 private:
  void write_all(const std::string& bytes);
  int file_ = -1;
};

}  // namespace devicebatch::sandbox
