#include "format/comma_repair.hpp"

#include "unit/format/reading.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::format;

namespace {

support::HashSpec comma_spec() {
  support::HashSpec spec = support::make_spec(1);
  spec.manufacturer = "Fabrikam, Inc.";
  spec.model = "Slate7,1";
  return spec;
}

std::string unquoted_row(const support::HashSpec& spec, const std::string& tail = "") {
  return spec.serial + ",," + support::make_hash_text(spec) + "," + spec.manufacturer + "," +
         spec.model + tail + "\n";
}

const std::string kFamilyD =
    "Device Serial Number,Windows Product ID,Hardware Hash,Manufacturer name,Device model";

}  // namespace

TEST_CASE("unquoted commas are put back where the hash proves it") {
  const Reading reading = read_text(kFamilyD + "\n" + unquoted_row(comma_spec()));
  REQUIRE(reading.rows.size() == 1);
  CHECK_FALSE(reading.rows[0].is_rejected);
  CHECK(reading.rows[0].codes == "row.comma_rejoined");
  CHECK(reading.rows[0].manufacturer == "Fabrikam, Inc.");
  CHECK(reading.rows[0].model == "Slate7,1");
}

TEST_CASE("the hash may stand behind the comma") {
  const support::HashSpec spec = comma_spec();
  const Reading reading =
      read_text("Manufacturer,Model,Serial Number,Hardware Hash\n" + spec.manufacturer + "," +
                spec.model + "," + spec.serial + "," + support::make_hash_text(spec) + "\n");
  CHECK(reading.summary() == "2");
  CHECK(reading.rows[0].serial == spec.serial);
  CHECK(reading.rows[0].model == spec.model);
}

TEST_CASE("one open column may have the comma too") {
  const support::HashSpec spec = comma_spec();
  const Reading one = read_text(kFamilyD + ",Group Tag\n" + unquoted_row(spec, ",line, one"));
  CHECK(one.summary() == "2");
  CHECK(one.rows[0].group_tag == "line, one");
  const Reading two =
      read_text(kFamilyD + ",Group Tag,Owner\n" + unquoted_row(spec, ",line, one,me"));
  CHECK(two.summary() == "2!row.too_many_fields");
}

TEST_CASE("what the hash does not prove is refused") {
  support::HashSpec other = comma_spec();
  const std::string hash = support::make_hash_text(other);
  const std::pair<const char*, std::string> cases[] = {
      {"another manufacturer", "S-1,," + hash + ",Contoso, Inc.,Slate7,1\n"},
      {"no hash", "S-1,,,Fabrikam, Inc.,Slate7,1\n"},
      {"a damaged hash",
       "S-1,," + support::with_changed_letter(hash, 99) + ",Fabrikam, Inc.,Slate7,1\n"},
      {"far too many commas", "S-1,," + hash + ",Fabrikam, Inc.,Slate7,1,2,3,4,5\n"},
      {"quotes in the row", "\"S-1\",," + hash + ",Fabrikam, Inc.,Slate7,1\n"},
  };
  for (const auto& [name, row] : cases) {
    INFO(name);
    CHECK(read_text(kFamilyD + "\n" + row).summary() == "2!row.too_many_fields");
  }
  const std::string family_b = "Device Serial Number,Windows Product ID,Hardware Hash,Group Tag\n";
  CHECK(read_text(family_b + "S-1,," + hash + ",a,b\n").summary() == "2!row.too_many_fields");
}

TEST_CASE("the row is still judged as a whole after the repair") {
  support::HashSpec spec = comma_spec();
  std::string row = unquoted_row(spec);
  row.replace(0, spec.serial.size(), "CONTOSO-OTHER");
  const Reading reading = read_text(kFamilyD + "\n" + row);
  CHECK(reading.summary() == "2!serial.disagrees_with_hash row.comma_rejoined");
}
