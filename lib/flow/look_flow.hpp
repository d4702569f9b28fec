// flow/look_flow.hpp - which devices of a chunk does the listing of their batch show?
//
// Purpose:   an upload whose fate is unknown, or a device nobody answered for, is looked for among
//            the devices that the batch has.
// Lifecycle: one object for one listing: seek() for each device, saw() for each page, then judge()
//            for each chunk.
// Threading: one thread.
// Units:     memory: what is sought, not what is listed.
// Source:    docs/architecture.md, "Life of a chunk". A listing does not show hardware hashes, so a
//            device is known by its id, serial number or PKID.
#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "flow/job_flow.hpp"

#include <map>
#include <string>
#include <vector>

namespace devicebatch::flow {

struct Sought {
  RecordId record;
  std::string serial;
  std::string pkid;
  std::string device_id;  // mostly not known
};

struct ListedDevice {
  std::string id;
  std::string serial;
  std::string pkid;
};

struct LookContext {
  int looks = 0;            // before this one
  UtcTime unknown_since{};  // end of the latest POST whose fate is unknown; 0: none is
  bool is_complete = true;  // otherwise what was not seen may be listed all the same
};

struct LookRules {
  std::chrono::milliseconds first;  // from the unknown outcome to the first look
  std::chrono::milliseconds wait;   // what is not listed by then did not arrive
};

struct LookResult {
  std::vector<SettledDevice> settled;  // listed: registered
  std::vector<RecordId> again;         // did not arrive: to be sent in a new chunk
  std::vector<RecordId> unanswered;    // not listed yet
  std::vector<RecordId> unknowable;    // has nothing that a listing shows: a person decides
  UtcTime next_look{};                 // when there are unanswered ones
};

class BatchSearch {
 public:
  void seek(ChunkId chunk, Sought device);
  void saw(const ListedDevice& device);
  LookResult judge(ChunkId chunk, const LookContext& context, const LookRules& rules,
                   UtcTime now) const;

 private:
  struct Entry {
    Sought device;
    bool is_listed = false;
    std::string listed_id;
  };
  using Keys = std::multimap<std::string, std::size_t>;
  void mark(const Keys& keys, const std::string& key, const ListedDevice& device);

  std::vector<Entry> entries_;
  std::multimap<ChunkId, std::size_t> by_chunk_;
  Keys by_serial_;
  Keys by_pkid_;
  Keys by_id_;
};

}  // namespace devicebatch::flow
