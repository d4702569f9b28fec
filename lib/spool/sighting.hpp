// spool/sighting.hpp - what one look at a drop folder sees.
//
// Threading: values; any thread.
// Units:     bytes; nanoseconds since 1970 by the clock of the file system, compared and never
//            measured against ours.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace devicebatch::spool {

// What makes two looks at a name the same file in the same state.
struct FileState {
  std::uint64_t inode = 0;
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;  // of the inode: no writer can set it, a rename moves it; 0: unknown
  bool operator==(const FileState&) const = default;
};

struct Sighting {
  std::string name;  // bytes as on disk
  FileState state = {};
  bool is_urgent = false;                 // lies in urgent/
  std::vector<std::string> markers = {};  // the names that make it ready, where markers do
};

struct Listing {
  std::vector<Sighting> files;    // regular files whose name is not ignored, at most `limit`
  std::size_t ignored = 0;        // temporary names, dot-names, receipts
  std::vector<std::string> odd;   // links, directories, devices...: named once in the log, bounded
  std::vector<Sighting> orphans;  // markers without a file, bounded
  std::vector<std::string> unmarked;  // files without a marker where there has to be one, bounded
  bool is_complete = true;            // false when `limit` cut it short
};

}  // namespace devicebatch::spool
