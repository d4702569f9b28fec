// spool/drop_folder_handles.hpp - the directories a DropFolder holds; for its own sources only.
#pragma once

#include "spool/directory.hpp"
#include "spool/drop_folder.hpp"

#include <string>

namespace devicebatch::spool {

struct DropFolder::Handles {
  std::string path;
  Directory root;
  Directory claimed;
  Directory acks;
  Directory done;
  Directory done_with_issues;
  Directory rejected;

  const Directory& place(Place place) const {
    switch (place) {
      case Place::done:
        return done;
      case Place::done_with_issues:
        return done_with_issues;
      case Place::rejected:
        break;
    }
    return rejected;
  }
};

inline constexpr const char* kClaimedFolder = ".claimed";
inline constexpr const char* kAcksFolder = "acks";

// Up to so many an fsync for each file is cheaper than one sync of all that is dirty on the file
// system, which includes what other programs write.
inline constexpr std::size_t kFewFiles = 8;

// After an error the others still get their turn; the first error is the one to tell.
inline void keep_first(Result<void>& first, Result<void> next) {
  if (first && !next) first = std::move(next);
}

// Not among what people drop.
bool is_own_folder(const char* name);

}  // namespace devicebatch::spool
