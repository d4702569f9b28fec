// spool/watch_hint.hpp - inotify as a hint that a listing is due.
//
// Purpose:   shortens the wait for the next listing; never the truth.
// Threading: one thread. The descriptor can be waited on by any event loop.
#pragma once

#include "base/result.hpp"
#include "spool/file_handle.hpp"

#include <string>

namespace devicebatch::spool {

class WatchHint {
 public:
  // Watches a folder for files that appear or are closed after writing, and for its own end.
  static Result<WatchHint> open(const std::string& path);

  // Watches a folder below it as well, whose own end says nothing; harmless when it is watched.
  Result<void> watch_also(const std::string& path) const;

  int descriptor() const { return inotify_.descriptor(); }

  struct Drained {
    bool saw_anything = false;
    bool overflowed = false;   // events were lost: list at once
    bool folder_gone = false;  // deleted, moved or unmounted: open it again
  };
  // Reads everything that is pending, without blocking.
  Drained drain();

 private:
  WatchHint(FileHandle inotify, int folder) : inotify_(std::move(inotify)), folder_(folder) {}
  FileHandle inotify_;
  int folder_;  // its watch
};

}  // namespace devicebatch::spool
