// What a source may allow or ask of its rows.
#include "base/text.hpp"

#include "unit/record/row_fixture.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::record;
using Catch::Matchers::Contains;

namespace {

CheckOptions hash_only() {
  CheckOptions options;
  options.accepts_hash_only = true;
  return options;
}

CheckOptions with_tags() {
  CheckOptions options;
  options.batch_id = "Main";
  options.has_group_tags = true;
  options.group_tags = {{"Berlin", DestinationId{7}}, {"paris", DestinationId{8}}};
  return options;
}

support::HashSpec without_serial(const std::string& filler = "Default string") {
  auto spec = support::make_spec(1);
  spec.serial = filler;
  return spec;
}

}  // namespace

TEST_CASE(
    "6.2 row serial != hash serial (after trim): refused; case or padding: the hash's value") {
  TestRow row = hash_row();
  row.serial = "ANOTHER-1";
  CHECK(judge(row).codes() == "serial.disagrees_with_hash");
  CHECK(judge(row).row().is_rejected);
  row.serial = " " + support::make_spec(1).serial + "  ";
  CHECK(judge(row).codes().empty());
  row.serial = "contoso-0000001";
  const auto judged = judge(row);
  CHECK(judged.codes() == "serial.spelled_differently");
  CHECK(judged.row().serial == support::make_spec(1).serial);
}

TEST_CASE("6.2 row mfr/model/PKID != hash: same pattern") {
  const auto spec = support::make_spec(1);
  TestRow row = hash_row(spec);
  SECTION("manufacturer") {
    row.manufacturer = "Fabrikam Industries";
    CHECK(judge(row).codes() == "manufacturer.disagrees_with_hash");
  }
  SECTION("model") {
    row.model = "Another Model";
    CHECK(judge(row).codes() == "model.disagrees_with_hash");
  }
  SECTION("PKID") {
    row.pkid = "3305999999999";
    CHECK(judge(row).codes() == "pkid.disagrees_with_hash");
  }
  SECTION("only in case") {
    row.manufacturer = to_lower(spec.manufacturer);
    if (row.manufacturer == spec.manufacturer) row.manufacturer[0] = 'X';
    CHECK(judge(row).row().manufacturer == spec.manufacturer);
    CHECK_FALSE(judge(row).row().is_rejected);
  }
}

TEST_CASE("6.2 placeholder serial: refused unless policy `hash_only_ok`") {
  const auto filler = GENERATE(std::string("Default string"), std::string("System Serial Number"),
                               std::string("SMBIOS_STRING_INDEX_0"));
  const auto spec = without_serial(filler);
  TestRow row = hash_row(spec);
  if (GENERATE(false, true)) row.serial = "";
  CHECK(judge(row).has("serial.placeholder"));
  CHECK(judge(row).row().is_rejected);
  const auto judged = judge(row, hash_only());
  CHECK(judged.codes() == "serial.hash_only");
  CHECK_THAT(judged.find("serial.hash_only")->reason, Contains(filler));
  CHECK_FALSE(judged.row().is_rejected);
  // Two devices that share a filler must not share an identity.
  CHECK(judged.row().serial.empty());
  CHECK(judged.row().keys[static_cast<std::size_t>(KeyKind::serial)] == 0);
  CHECK(judged.row().keys[static_cast<std::size_t>(KeyKind::tpm)] != 0);
}

TEST_CASE("a filler is not let through without a hash that names the device otherwise") {
  TestRow tuple = tuple_row();
  tuple.serial = "Default string";
  CHECK(judge(tuple, hash_only()).has("serial.placeholder"));
  auto spec = without_serial();
  spec.tpm_seed = 0;
  spec.uuid = {};
  spec.pkid = "";
  CHECK(judge(hash_row(spec), hash_only()).has("serial.placeholder"));
  spec.pkid = "3305000000001";
  CHECK(judge(hash_row(spec), hash_only()).has("serial.hash_only"));
  TestRow damaged = hash_row(without_serial());
  damaged.hash = support::with_changed_letter(damaged.hash, 300);
  CHECK(judge(damaged, hash_only()).row().is_rejected);
}

TEST_CASE("a filler in the row gives way to the serial number of the hash") {
  TestRow row = hash_row();
  row.serial = "To be filled by O.E.M.";
  CHECK(judge(row).codes() == "serial.placeholder");
  const auto judged = judge(row, hash_only());
  CHECK_FALSE(judged.row().is_rejected);
  CHECK(judged.row().serial == support::make_spec(1).serial);
  TestRow contradicted = hash_row(without_serial());
  contradicted.serial = "REAL-0001";
  CHECK(judge(contradicted, hash_only()).codes() == "serial.disagrees_with_hash");
}

TEST_CASE("a group tag leads where the map says, in any case of its letters") {
  TestRow row = tuple_row();
  row.group_tag = GENERATE(std::string("Berlin"), std::string("BERLIN"), std::string(" berlin "));
  const auto judged = judge(row, with_tags());
  CHECK(judged.codes().empty());
  CHECK(judged.row().destination == DestinationId{7});
  row.group_tag = "Paris";
  CHECK(judge(row, with_tags()).row().destination == DestinationId{8});
}

TEST_CASE("a group tag that the map does not have rejects the row") {
  TestRow row = tuple_row();
  row.group_tag = "Rome";
  const auto judged = judge(row, with_tags());
  CHECK(judged.codes() == "group_tag.unknown");
  CHECK(judged.row().is_rejected);
  CHECK_FALSE(judged.find("group_tag.unknown")->fix.empty());
  CheckOptions documented_tags = with_tags();
  documented_tags.mode = ValidationMode::documented;
  CHECK(judge(row, documented_tags).row().is_rejected);
  CheckOptions empty_map = with_tags();
  empty_map.group_tags.clear();
  CHECK(judge(row, empty_map).row().is_rejected);
}

TEST_CASE("a row without a tag, or with that of its own batch, stays where it is") {
  TestRow row = tuple_row();
  row.group_tag = GENERATE(std::string(), std::string("main"));
  const auto judged = judge(row, with_tags());
  CHECK(judged.codes().empty());
  CHECK_FALSE(judged.row().destination);
}

TEST_CASE("without a map another tag is warned about, as ever") {
  TestRow row = tuple_row();
  row.group_tag = "Berlin";
  CheckOptions options;
  options.batch_id = "Main";
  const auto judged = judge(row, options);
  CHECK(judged.codes() == "group_tag.not_used");
  CHECK_FALSE(judged.row().is_rejected);
  CHECK_FALSE(judged.row().destination);
}

TEST_CASE("a batch collects each spelling of its verified hashes once") {
  RecordBatch batch;
  for (const std::uint64_t number : {1U, 2U, 1U, 5U}) {
    check_into(hash_row(support::make_spec(number)), {}, batch);
  }
  check_into(tuple_row(), {}, batch);
  CHECK(batch.spellings.size() == 2);
  for (int model = 0; model < 100; ++model) {
    batch.learn("Contoso", "Model " + std::to_string(model));
  }
  CHECK(batch.spellings.size() == RecordBatch::kSpellings);
}
