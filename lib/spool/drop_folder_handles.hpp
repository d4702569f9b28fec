// spool/drop_folder_handles.hpp - the directories a DropFolder holds; for its own sources only.
#pragma once

#include "spool/directory.hpp"
#include "spool/drop_folder.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace devicebatch::spool {

struct DropFolder::Handles {
  std::string path;
  std::string archive_path;  // PATH, unless it is elsewhere
  FolderOptions options;
  Directory root;
  Directory claimed;
  Directory archive;  // what holds the following
  Directory acks;
  std::array<Directory, kPlaces> places;

  const Directory& place(Place place) const { return places[static_cast<std::size_t>(place)]; }
  // An input with its markers and its acknowledgement, or only the latter two.
  Result<void> move_one(const ToArchive& names) const;
  Result<void> move_company(const ToArchive& names, const Directory& input_place) const;
  bool is_archive_elsewhere() const { return acks.device() != claimed.device(); }
};

inline constexpr const char* kUrgentFolder = "urgent";
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

// May everybody change what is in it?
bool is_open_to_all(const struct stat& folder);

FileState state_of(const struct stat& found);
// A rename changes the inode's time; all else tells one state from another.
bool is_same_content(const FileState& left, const FileState& right);

// Several names and an owner that is not us: a link to a file that its maker may not read.
bool is_foreign_link(const struct stat& found);

// The part of "UUID__NAME" that tells submissions apart.
std::string tag_of_claim(std::string_view claim_name);

// urgent/, when it is a folder on our file system that not everybody may write to.
std::optional<Directory> open_urgent(const Directory& root, bool allow_insecure);

}  // namespace devicebatch::spool
