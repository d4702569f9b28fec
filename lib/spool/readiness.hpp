// spool/readiness.hpp - is the writer done?
//
// Purpose:   remembers what earlier looks saw and says which files may be claimed.
// Lifecycle: begin_look(), see() for each file, end_look(); or look() for all at once. What was
//            claimed is told by forget(). A file that is missing from a listing is remembered for a
//            while: a share that hiccups shows nothing and then everything, and nothing is new.
// Threading: one object for one folder, one thread at a time.
// Units:     MonoTime only: the writer's clock and ours need not agree. About 100 bytes a file, of
//            at most `capacity` files; those beyond wait until there is room.
// Source:    docs/operations.md, "When a file is taken": size, times and inode equal over two looks
//            at least `settle` apart; then its ends are judged; a cut-off file may grow until a
//            timeout.
#pragma once

#include "base/clock.hpp"
#include "spool/sighting.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace devicebatch::spool {

struct ReadinessOptions {
  std::chrono::milliseconds settle{5'000};
  std::chrono::milliseconds incomplete_timeout{600'000};
  // A visible name is ready: its writer renames it, or a marker says so. One look is enough.
  bool is_ready_at_sight = false;
  // A share may give a file another inode number after it was lost and found again.
  bool is_network = false;
  std::size_t capacity = 250'000;
  std::size_t offers = 20'000;                       // at most, of one look
  std::chrono::milliseconds remember_gone{600'000};  // a name that is not listed any more
};

class Readiness {
 public:
  explicit Readiness(const ReadinessOptions& options) : options_(options) {}
  Readiness(std::chrono::milliseconds settle, std::chrono::milliseconds incomplete_timeout) {
    options_.settle = settle;
    options_.incomplete_timeout = incomplete_timeout;
  }

  void begin_look(MonoTime now);
  void see(const Sighting& sighting);
  // The files that have been unchanged for `settle`, oldest first sighting first. A file the caller
  // does not claim is offered again.
  std::vector<Sighting> end_look();
  std::vector<Sighting> look(const std::vector<Sighting>& listing, MonoTime now);

  // It could be opened, and `truth` is its state. False when the listing said something else: its
  // wait begins again.
  bool confirm(const Sighting& seen, const FileState& truth, MonoTime now);
  // It was claimed.
  void forget(const Sighting& sighting);

  // The caller judged a settled file incomplete: true while it should be left to grow, false when
  // it has been unchanged for `incomplete_timeout` and must be taken as it is.
  bool should_wait(const Sighting& sighting, MonoTime now);
  bool should_wait(const std::string& name, MonoTime now) {
    return should_wait(Sighting{name, {}, false, {}}, now);
  }
  // It is open to us, and to nobody else for writing: the next trouble is a new one.
  void reached(const Sighting& sighting);
  // Has it been unchanged for `incomplete_timeout`?
  bool is_overdue(const Sighting& sighting, MonoTime now) const;
  // The caller could not open or claim it, or somebody holds it. True once, when that has lasted.
  bool is_lasting(const Sighting& sighting, MonoTime now, std::chrono::milliseconds lasting);

  // When the next look can change anything; nullopt when nothing waits. With a settle time of zero
  // this is the time of the last look for a file that was seen once: look again at once. A file
  // that was offered and not claimed is due after the settle time, at least a second.
  std::optional<MonoTime> next_look() const;

  // Files that the last look saw and that are not claimed.
  std::size_t waiting() const { return waiting_; }
  std::size_t remembered() const { return seen_.size(); }

 private:
  struct Memory {
    FileState state;
    MonoTime first_seen;
    MonoTime unchanged_since;
    MonoTime listed_at;
    MonoTime not_before;      // once judged or refused: not offered earlier
    MonoTime trouble_since;   // of the first refusal in a row
    std::uint32_t look = 0;   // the last one that saw it
    bool is_offered = false;  // by that look
    bool is_judged_incomplete = false;
    bool is_in_trouble = false;
    bool is_reported = false;
  };
  struct Offer {
    MonoTime first_seen;
    Sighting sighting;
  };
  using Key = std::uint64_t;
  static Key key_of(const Sighting& sighting);
  Memory* find(const Sighting& sighting);
  // The same with a new one for a name that is not known; nullptr when there is no room.
  Memory* recall(const Sighting& sighting);
  void begin_again(Memory& memory, const FileState& state, MonoTime now) const;
  bool is_same(const FileState& left, const FileState& right) const;
  void keep_oldest();
  void drop_gone();
  MonoTime due_time(const Memory& memory) const;

  ReadinessOptions options_;
  MonoTime now_{};
  std::uint32_t look_ = 0;
  std::size_t waiting_ = 0;
  std::vector<Offer> offers_;
  std::unordered_map<Key, Memory> seen_;
};

// Names that are never input: dot-names, temporary suffixes, office lock files, our own receipts.
bool is_ignored_name(std::string_view name);

}  // namespace devicebatch::spool
