#include "format/header.hpp"

#include "unit/format/reading.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::format;

namespace {

std::vector<std::string_view> cells_of(std::string_view line) {
  std::vector<std::string_view> cells;
  for (;;) {
    const std::size_t comma = line.find(',');
    cells.push_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return cells;
    line.remove_prefix(comma + 1);
  }
}

}  // namespace

TEST_CASE("the header families are known by their names") {
  const std::pair<const char*, const char*> cases[] = {
      {"Device Serial Number,Windows Product ID,Hardware Hash", "A"},
      {"Device Serial Number,Windows Product ID,Hardware Hash,Group Tag", "B"},
      {"Device Serial Number,Windows Product ID,Hardware Hash,Group Tag,Assigned User", "C"},
      {"Device Serial Number,Windows Product ID,Hardware Hash,Manufacturer name,Device model", "D"},
      {"Device serial number,Windows product ID,Hardware hash,Manufacturer name,Device model",
       "D'"},
      {"Device Serial Number,Windows Product ID,Hardware Hash,Manufacturer name,Device model,"
       "Group Tag",
       "E"},
      {"Device Serial Number,Windows Product ID,Hardware Hash,Group Tag,Owner", "F"},
      {"Manufacturer,Model,Serial Number,Hardware Hash", "H"},
      {"Hardware Hash,Windows Product ID,Device Serial Number", "A"},
      {"hash", ""},
      {"pkid", ""},
      {"serial,manufacturer,model", ""},
  };
  for (const auto& [line, family] : cases) {
    INFO(line);
    const auto columns = ColumnMap::from(cells_of(line), 1);
    REQUIRE(columns);
    CHECK(columns->family() == family);
  }
}

TEST_CASE("columns have many names") {
  const std::pair<const char*, Column> cases[] = {
      {"Serial", Column::serial},
      {"S/N", Column::serial},
      {"SERIALNUMBER", Column::serial},
      {"  device   serial\tnumber ", Column::serial},
      {"\"Device Serial Number\"", Column::serial},
      {"\xEF\xBB\xBF"
       "Device Serial Number",
       Column::serial},
      {"Product Key ID", Column::pkid},
      {"ProductKeyID", Column::pkid},
      {"PKID", Column::pkid},
      {"Product ID", Column::pkid},
      {"HardwareHash", Column::hash},
      {"hwhash", Column::hash},
      {"hardwareIdentifier", Column::hash},
      {"oemManufacturerName", Column::manufacturer},
      {"Manufacturer", Column::manufacturer},
      {"modelName", Column::model},
      {"Model", Column::model},
      {"Order ID", Column::group_tag},
      {"Assigned User", Column::assigned_user},
      {"Product Key", Column::local},
      {"Owner", Column::local},
      {"", Column::local},
  };
  for (const auto& [name, column] : cases) {
    INFO(name);
    CHECK(column_named(name) == column);
  }
}

TEST_CASE("columns in any order reach their fields") {
  const Reading reading = read_text(
      "Model,Shelf,Group Tag,Serial Number,Manufacturer,PKID\n"
      "Book,7,tag,S-1,Contoso,3305000000001\n");
  REQUIRE(reading.summary() == "2");
  const ReadRow& row = reading.rows[0];
  CHECK(row.model == "Book");
  CHECK(row.group_tag == "tag");
  CHECK(row.serial == "S-1");
  CHECK(row.manufacturer == "Contoso");
  CHECK(row.pkid == "3305000000001");
}

TEST_CASE("a product key in a column that nobody knows refuses the row") {
  const std::string key(support::fake_product_key());
  const Reading reading = read_text("PKID,Product Key\n3305000000001," + key +
                                    "\n3305000000002,,,," + key + "\n3305000000003,\n");
  CHECK(reading.summary() == "2!secret.product_key 3!secret.product_key 4");
}

TEST_CASE("an empty name behind the last column is no column") {
  CHECK(ColumnMap::from(cells_of("PKID,Owner,, "), 1)->size() == 2);
}

TEST_CASE("data rows are not taken for headers") {
  CHECK(may_be_header(cells_of("Device Serial Number,x")));
  CHECK(may_be_header(cells_of(",Hardware Hash")));
  CHECK_FALSE(may_be_header(cells_of("CONTOSO-1,x")));
  CHECK_FALSE(may_be_header(cells_of("Contoso,x")));
  CHECK_FALSE(may_be_header(cells_of(",,")));
}
