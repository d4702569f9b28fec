#include "engine/source.hpp"

#include <sys/stat.h>

namespace devicebatch::engine {

record::CheckOptions check_options(const settings::Source& source, const std::string& batch,
                                   std::uint64_t key_seed, UtcTime now) {
  constexpr std::chrono::sys_days kEpoch2000{std::chrono::year(2000) / 1 / 1};
  record::CheckOptions options;
  options.mode = source.validation == settings::Validation::documented
                     ? record::ValidationMode::documented
                     : record::ValidationMode::strict;
  options.key_seed = key_seed;
  options.batch_id = batch;
  options.now_since_2000 = std::chrono::floor<std::chrono::seconds>(now - kEpoch2000).count();
  return options;
}

FolderIdentity::Node FolderIdentity::look_at(const std::string& path) {
  struct stat found = {};
  if (::lstat(path.c_str(), &found) != 0) return {};
  return {found.st_dev, found.st_ino};
}

FolderIdentity FolderIdentity::of(const std::string& path) {
  using spool::folder_name;
  using spool::Place;
  const auto below = [&path](std::string_view name) { return path + "/" + std::string(name); };
  FolderIdentity identity;
  identity.nodes_ = {look_at(path),
                     look_at(below(".claimed")),
                     look_at(below("acks")),
                     look_at(below(folder_name(Place::done))),
                     look_at(below(folder_name(Place::done_with_issues))),
                     look_at(below(folder_name(Place::rejected)))};
  return identity;
}

}  // namespace devicebatch::engine
