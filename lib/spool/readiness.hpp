// spool/readiness.hpp - is the writer done?
//
// Purpose:   remembers what earlier looks saw and says which files may be claimed.
// Threading: one object for one folder, one thread.
// Units:     MonoTime only: the writer's clock and ours need not agree.
// Source:    docs/operations.md, "When a file is taken": size, mtime and inode equal over two looks
//            at least `settle` apart; then its ends are judged; a cut-off file may grow until a
//            timeout.
#pragma once

#include "base/clock.hpp"
#include "spool/drop_folder.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace devicebatch::spool {

class Readiness {
 public:
  Readiness(std::chrono::milliseconds settle, std::chrono::milliseconds incomplete_timeout)
      : settle_(settle), incomplete_timeout_(incomplete_timeout) {}

  // Takes in one complete listing and forgets names that are gone. Returns the files that have been
  // unchanged for `settle`, oldest first sighting first. A file the caller does not claim is
  // offered again.
  std::vector<Sighting> look(const std::vector<Sighting>& listing, MonoTime now);

  // The caller judged a settled file incomplete: true while it should be left to grow, false when
  // it has been unchanged for `incomplete_timeout` and must be taken as it is.
  bool should_wait(const std::string& name, MonoTime now);

  // When the next look can change anything; nullopt when nothing waits. With a settle time of zero
  // this is the time of the last look for a file that was seen once: look again at once. A file
  // that was offered and not claimed is due after the settle time, at least a second.
  std::optional<MonoTime> next_look() const;

  std::size_t waiting() const { return seen_.size(); }

 private:
  struct Memory {
    FileState state;
    MonoTime first_seen;
    MonoTime unchanged_since;
    bool is_offered = false;  // by the last look
    bool is_judged_incomplete = false;
  };
  Memory& recall(const Sighting& sighting, std::unordered_map<std::string, Memory>& present,
                 MonoTime now);
  MonoTime due_time(const Memory& memory) const;

  std::chrono::milliseconds settle_;
  std::chrono::milliseconds incomplete_timeout_;
  MonoTime last_look_{};
  std::unordered_map<std::string, Memory> seen_;
};

// Names that are never input: dot-names, temporary suffixes, office lock files, our own receipts.
bool is_ignored_name(std::string_view name);

}  // namespace devicebatch::spool
