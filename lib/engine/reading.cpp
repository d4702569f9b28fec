#include "engine/reading.hpp"

#include <array>

namespace devicebatch::engine {
namespace {

char to_character(settings::Separator separator) {
  constexpr std::array<char, 5> kCharacters{'\0', ',', ';', '\t', '|'};
  return kCharacters[static_cast<std::size_t>(separator)];
}

// The settings allow only these names.
format::Column to_column(const std::string& name) {
  using format::Column;
  static const std::map<std::string, Column> kColumns{{"serial", Column::serial},
                                                      {"pkid", Column::pkid},
                                                      {"hash", Column::hash},
                                                      {"manufacturer", Column::manufacturer},
                                                      {"model", Column::model},
                                                      {"group_tag", Column::group_tag},
                                                      {"assigned_user", Column::assigned_user}};
  const auto at = kColumns.find(name);
  return at == kColumns.end() ? Column::local : at->second;
}

}  // namespace

format::ReadOptions read_options(const settings::Reading& reading) {
  format::ReadOptions options;
  options.separator = to_character(reading.separator);
  options.fallback_charset = reading.charset;
  for (const std::string& name : reading.columns) options.columns.push_back(to_column(name));
  options.scan_pattern = reading.scan_pattern;
  options.extract_key_exports = reading.extract_key_exports;
  return options;
}

record::CheckOptions check_options(const settings::Reading& reading, const std::string& batch,
                                   std::uint64_t key_seed, UtcTime now,
                                   std::map<std::string, DestinationId> group_tags) {
  constexpr std::chrono::sys_days kEpoch2000{std::chrono::year(2000) / 1 / 1};
  record::CheckOptions options;
  options.mode = reading.validation == settings::Validation::documented
                     ? record::ValidationMode::documented
                     : record::ValidationMode::strict;
  options.key_seed = key_seed;
  options.batch_id = batch;
  options.now_since_2000 = std::chrono::floor<std::chrono::seconds>(now - kEpoch2000).count();
  options.accepts_hash_only = reading.hash_only;
  options.has_group_tags = !reading.group_tags.empty();
  options.group_tags = std::move(group_tags);
  return options;
}

}  // namespace devicebatch::engine
