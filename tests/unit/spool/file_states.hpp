// unit/spool/file_states.hpp - what tests do to a drop folder and its files, in one word each.
#pragma once

#include "spool/drop_folder.hpp"
#include "support/temp_dir.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <utility>

namespace devicebatch::spool::test {

inline DropFolder open_folder(const support::TempDir& dir) {
  auto folder = DropFolder::open(dir.path());
  REQUIRE(folder);
  return std::move(*folder);
}

inline struct stat look(const std::filesystem::path& path) {
  struct stat found = {};
  if (::lstat(path.c_str(), &found) != 0) found.st_ino = 0;
  return found;
}

inline unsigned mode_of(const std::filesystem::path& path) {
  return look(path).st_mode & 07777;
}

inline FileState state_of(const std::filesystem::path& path) {
  const struct stat found = look(path);
  return {found.st_ino, static_cast<std::uint64_t>(found.st_size),
          std::int64_t{found.st_mtim.tv_sec} * 1'000'000'000 + found.st_mtim.tv_nsec,
          std::int64_t{found.st_ctim.tv_sec} * 1'000'000'000 + found.st_ctim.tv_nsec};
}

inline std::size_t entries_in(const std::filesystem::path& path) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(path)) ++count;
  return count;
}

}  // namespace devicebatch::spool::test
