#include "engine/reading.hpp"

#include <catch2/catch.hpp>

namespace devicebatch::engine {

TEST_CASE("what the settings say of a source's files is what its reader is told") {
  settings::Source source;
  CHECK(read_options(source).separator == 0);
  CHECK(read_options(source).columns.empty());
  source.separator = settings::Separator::tab;
  source.charset = "gbk";
  source.columns = {"serial", "local", "hash"};
  source.scan_pattern = "(?P<serial>.+)";
  source.extract_key_exports = true;
  const format::ReadOptions options = read_options(source);
  CHECK(options.separator == '\t');
  CHECK(options.fallback_charset == "gbk");
  CHECK(options.columns == std::vector<format::Column>{format::Column::serial,
                                                       format::Column::local,
                                                       format::Column::hash});
  CHECK(options.scan_pattern == "(?P<serial>.+)");
  CHECK(options.extract_key_exports);
}

TEST_CASE("every separator of the settings has its character") {
  settings::Source source;
  std::string characters;
  for (const auto separator : {settings::Separator::comma, settings::Separator::semicolon,
                               settings::Separator::tab, settings::Separator::pipe}) {
    source.separator = separator;
    characters += read_options(source).separator;
  }
  CHECK(characters == ",;\t|");
}

TEST_CASE("a map of group tags counts even when none of its tags is known to the ledger") {
  settings::Source source;
  const UtcTime now{};
  CHECK_FALSE(check_options(source, "LINE", 7, now).has_group_tags);
  source.group_tags = {{"EU", "line-eu"}};
  source.hash_only = true;
  source.validation = settings::Validation::documented;
  const record::CheckOptions options =
      check_options(source, "LINE", 7, now, {{"EU", DestinationId{3}}});
  CHECK(options.has_group_tags);
  CHECK(options.group_tags.at("EU") == DestinationId{3});
  CHECK(options.accepts_hash_only);
  CHECK(options.mode == record::ValidationMode::documented);
  CHECK(options.batch_id == "LINE");
  CHECK(options.key_seed == 7);
}

}  // namespace devicebatch::engine
