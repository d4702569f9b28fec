// engine/folder_look.hpp - one look at a drop folder: what lies there, and what of it is ready.
//
// Purpose:   the listing is the truth about names, the open file about everything else: each file
//            that has waited long enough is opened, and judged by its state, its ends, its
//            manifest.
// Lifecycle: lives as long as the source's loop; remembers what earlier looks saw.
// Threading: one thread at a time: plain blocking code for a worker, between the loop's own calls.
// Source:    docs/operations.md, "When a file is taken".
#pragma once

#include "engine/context.hpp"
#include "engine/source.hpp"
#include "spool/scan_debounce.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace devicebatch::engine {

// Something that lies in the folder and is not taken.
struct Notice {
  std::string_view event;  // of the log
  std::string name;
  std::string message;
};

struct Look {
  spool::Listing listing;  // without its files
  std::vector<spool::Sighting> ready;
  std::vector<Notice> notices;  // each said once
  std::optional<Error> error;
};

class FolderLook {
 public:
  FolderLook(Context& context, const Source& source);

  Look look(MonoTime now);
  // Only at urgent/, between the groups of a long take.
  Look look_urgent(MonoTime now);

  void claimed(const spool::Sighting& file) { readiness_.forget(file); }
  // It could not be claimed: said when that lasts.
  std::optional<Notice> refused(const spool::Sighting& file, const Error& why, MonoTime now);

  std::optional<MonoTime> next_look() const { return readiness_.next_look(); }
  std::size_t waiting() const { return readiness_.waiting(); }

 private:
  using Since = std::map<std::string, MonoTime>;
  void judge_all(MonoTime now, Look& look);
  bool is_ready(spool::Sighting& file, MonoTime now, Look& look);
  // What its manifest says about its being whole.
  enum class Proof { none, kept, broken };
  Proof proof_of(const spool::Sighting& file);
  bool has_digest(const spool::Sighting& file, const Digest& expected);
  bool is_second_scan(const spool::Sighting& file, const spool::DropFolder::Ends& ends,
                      MonoTime now);
  bool is_finished(const Digest& digest);
  void tell_unmarked(MonoTime now, Look& look);
  void expire_orphans(MonoTime now, Look& look);

  Context& context_;
  const Source& source_;
  const format::ReadOptions reading_;
  spool::Readiness readiness_;
  spool::ScanDebounce debounce_;
  Since unmarked_;
  Since orphans_;
  // The digest of a file is computed once for each of its states.
  std::map<std::pair<std::uint64_t, std::int64_t>, Digest> digests_;
};

}  // namespace devicebatch::engine
