// The rules of single fields: serial numbers, PKIDs, names, texts, as RowChecker applies them.
#include "record/field_text.hpp"
#include "record/pkid.hpp"
#include "record/placeholder.hpp"

#include "unit/record/row_fixture.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::record;
using support::HashSpec;

TEST_CASE("fillers are no serial numbers") {
  const char* fillers[] = {"To be filled by O.E.M.",
                           "to be filled by oem",
                           "Default string",
                           "default_string",
                           "DEFAULT-STRING",
                           "System Serial Number",
                           "Not Specified",
                           "N/A",
                           "none",
                           "NULL",
                           "0",
                           "00000000",
                           "0000-0000",
                           "ffffffff",
                           "FFFFFFFF",
                           "xxxxxxxx",
                           "123456789",
                           "0123456789",
                           "1234567890",
                           "SMBIOS_STRING_INDEX_0",
                           "O.E.M.",
                           "Empty",
                           "0000000000000000000000000",
                           " - ",
                           "....",
                           "Chassis Serial Number",
                           "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
  for (const char* filler : fillers) {
    INFO(filler);
    CHECK(is_placeholder_serial(filler));
    TestRow row = tuple_row();
    row.serial = filler;
    CHECK(judge(row).has("serial.placeholder"));
    CHECK(judge(row).row().is_rejected);
  }
  for (const char* serial : {"CONTOSO-0000001", "016520771357", "PF02NCT8", "5CD1234XYZ", "0001",
                             "VMware-56 4d 0a 1b 2c 3d 4e 5f-60 71 82 93 a4 b5 c6 d7"}) {
    INFO(serial);
    CHECK_FALSE(is_placeholder_serial(serial));
  }
}

TEST_CASE("a filler inside the hash rejects the row that has no serial number") {
  HashSpec spec;
  spec.serial = "SMBIOS_STRING_INDEX_0";
  TestRow row = hash_row(spec);
  row.serial.clear();
  const Judged judged = judge(row);
  CHECK(judged.codes() == "serial.placeholder");
  CHECK(judged.row().is_rejected);
  const Judged lenient = judge(row, documented());
  CHECK_FALSE(lenient.row().is_rejected);
  CHECK(lenient.row().serial.empty());
  row.serial = spec.serial;
  CHECK(judge(row).codes() == "serial.placeholder");
  row.serial = "CONTOSO-1";
  CHECK(judge(row).codes() == "serial.disagrees_with_hash");
}

TEST_CASE("a filler in the row is refused even when the hash knows better") {
  TestRow row = hash_row();
  row.serial = "Default string";
  CHECK(judge(row).codes() == "serial.placeholder");
}

TEST_CASE("serial numbers damaged by a spreadsheet are recovered from the hash or refused") {
  HashSpec digits;
  digits.serial = "016520771357";
  digits.uuid = support::make_spec(1).uuid;
  HashSpec many_digits = digits;
  many_digits.serial = "1234567890123456789";
  HashSpec exponent = digits;
  exponent.serial = "5E1012";
  const std::tuple<const char*, HashSpec, const char*> recovered[] = {
      {"scientific", digits, "1.65208E+10"},
      {"scientific with a decimal comma", digits, "1,65208E+10"},
      {"leading zero lost", digits, "16520771357"},
      {"digits behind the 15th lost", many_digits, "1234567890123450000"},
      {"a serial number taken for a number", exponent, "5.00E+1012"},
  };
  for (const auto& [name, spec, cell] : recovered) {
    INFO(name);
    TestRow row = hash_row(spec);
    row.serial = cell;
    const Judged judged = judge(row);
    CHECK(judged.codes() == "serial.recovered_from_hash");
    CHECK_FALSE(judged.row().is_rejected);
    CHECK(judged.row().serial == spec.serial);
  }
  TestRow tuple = tuple_row();
  tuple.serial = "1.65208E+10";
  CHECK(judge(tuple).codes() == "serial.spreadsheet_damage");
  CHECK(judge(tuple).row().is_rejected);
  tuple.serial = "16520771357";
  CHECK(judge(tuple).codes() == "serial.digits_only");
  CHECK_FALSE(judge(tuple).row().is_rejected);
}

TEST_CASE("unusual serial numbers pass with a warning, impossible ones do not") {
  TestRow row = tuple_row();
  row.serial = "VMware-56 4d 0a 1b 2c 3d 4e 5f-60 71 82 93 a4 b5 c6 d7";
  CHECK(judge(row).codes() == "serial.unusual");
  row.serial = "CONTOSO+1";
  CHECK(judge(row).codes() == "serial.unusual");
  row.serial = "A(1),b._/-\\ 2";
  CHECK(judge(row).codes().empty());
  row.serial.assign(129, 'A');
  row.serial.back() = 'B';
  CHECK(judge(row).has("text.too_long"));
  CHECK(judge(row).row().is_rejected);
  CHECK(judge(row).row().serial.size() < 140);
}

TEST_CASE("product key ids are thirteen digits or are told why not") {
  struct Case {
    const char* name;
    const char* value;
    const char* code;
    bool is_rejected;
    const char* stored;
  };
  const Case cases[] = {
      {"thirteen digits", "3305016087943", "", false, "3305016087943"},
      {"twelve digits", "330501608794", "pkid.malformed", true, nullptr},
      {"fourteen digits", "33050160879430", "pkid.malformed", true, nullptr},
      {"a letter", "330501608794X", "pkid.malformed", true, nullptr},
      {"a GUID", "01234567-89ab-cdef-0123-456789abcdef", "pkid.malformed", true, nullptr},
      {"the documented sample", "00329-00000-0003-AA606", "pkid.malformed", true, nullptr},
      {"OEM product id", "00330-50160-87943-AAOEM", "pkid.converted", false, "3305016087943"},
      {"OEM product id in lower case", "00330-50160-87943-aaoem", "pkid.converted", false,
       "3305016087943"},
      {"OEM product id without 00", "55041-50160-87943-AAOEM", "pkid.malformed", true, nullptr},
      {"retail product id", "00330-80000-00000-AA606", "pkid.product_id", true, nullptr},
      {"spreadsheet", "3.55613E+12", "pkid.spreadsheet_damage", true, nullptr},
  };
  for (const Case& one : cases) {
    INFO(one.name);
    TestRow row;
    row.pkid = one.value;
    const Judged judged = judge(row);
    CHECK(judged.codes() == one.code);
    CHECK(judged.row().is_rejected == one.is_rejected);
    if (one.stored != nullptr) CHECK(judged.row().pkid == one.stored);
  }
}

TEST_CASE("a PKID damaged by a spreadsheet is taken from the hash") {
  HashSpec spec = support::make_spec(1);
  spec.pkid = "0305016087943";
  TestRow row = hash_row(spec);
  for (const char* damaged : {"3.05016E+11", "305016087943"}) {
    row.pkid = damaged;
    const Judged judged = judge(row);
    CHECK(judged.codes() == "pkid.recovered_from_hash");
    CHECK(judged.row().pkid == "0305016087943");
  }
  HashSpec without = support::make_spec(1);
  without.pkid.clear();
  row = hash_row(without);
  row.pkid = "3.55613E+12";
  CHECK(judge(row).codes() == "pkid.spreadsheet_damage");
}

TEST_CASE("a product id beside a hash is compared, converted or left out") {
  HashSpec spec = support::make_spec(1);
  spec.pkid = "3305016087943";
  TestRow row = hash_row(spec);
  row.pkid = "00330-50160-87943-AAOEM";
  CHECK(judge(row).codes() == "pkid.converted");
  CHECK(judge(row).row().pkid == "3305016087943");
  row.pkid = "00330-50160-87944-AAOEM";
  CHECK(judge(row).codes() == "pkid.converted pkid.disagrees_with_hash");
  row.pkid = "00330-80000-00000-AA606";
  const Judged judged = judge(row);
  CHECK(judged.codes() == "pkid.product_id");
  CHECK_FALSE(judged.row().is_rejected);
  CHECK(judged.row().pkid == "3305016087943");
}

TEST_CASE("manufacturer and model of a tuple must be names") {
  TestRow row = tuple_row();
  row.manufacturer = "System manufacturer";
  row.model = "System Product Name";
  CHECK(judge(row).codes() == "manufacturer.placeholder model.placeholder");
  row = tuple_row();
  row.manufacturer = "Dell";
  CHECK(judge(row).codes() == "manufacturer.near_miss");
  CHECK_FALSE(judge(row).row().is_rejected);
  row.manufacturer = "Dell Inc.";
  CHECK(judge(row).codes().empty());
  row.manufacturer = "Lenovo";
  CHECK(judge(row).find("manufacturer.near_miss")->reason.find("LENOVO") != std::string::npos);
}

TEST_CASE("characters outside ASCII are refused, never repaired") {
  const std::pair<const char*, const char*> cases[] = {
      {"smart quotes",
       "\xE2\x80\x9C"
       "CONTOSO\xE2\x80\x9D"},
      {"full-width digits", "\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x93"},
      {"zero-width inside", "CON\xE2\x80\x8BTOSO"},
      {"umlaut", "M\xC3\xBCller-1"},
  };
  for (const auto& [name, value] : cases) {
    INFO(name);
    TestRow row = tuple_row();
    row.serial = value;
    CHECK(judge(row).has("text.not_ascii"));
    CHECK(judge(row).row().is_rejected);
  }
}

TEST_CASE("invisible characters and spreadsheet guards around a value are removed") {
  CHECK(trim_field("\xEF\xBB\xBF \xC2\xA0 A B\xE2\x80\x8B\t") == "A B");
  CHECK(trim_field(" \xC2\xA0 ").empty());
  CHECK(trim_field("\xC3\xA9") == "\xC3\xA9");
  TestRow row = tuple_row();
  row.serial = "=\"00123-A\"";
  const Judged judged = judge(row);
  CHECK(judged.codes() == "text.spreadsheet_guard");
  CHECK(judged.row().serial == "00123-A");
  row.serial = "'00123-A";
  CHECK(judge(row).row().serial == "00123-A");
}

TEST_CASE("a hash in another column is named") {
  TestRow row = hash_row();
  std::swap(row.serial, row.hash);
  const Judged judged = judge(row);
  CHECK(judged.has("text.hash_in_wrong_column"));
  CHECK(judged.row().is_rejected);
  CHECK(judged.row().serial.size() < 140);
}

TEST_CASE("scientific numbers are recognised") {
  for (const char* number : {"3.55613E+12", "1E+5", "3,5E+12", "1.0e+10"}) {
    CHECK(is_scientific_number(number));
  }
  for (const char* text :
       {"", "E+5", "1E5", "1E+", "1.E+5", "1.5E+5x", "5E1012", "3305016087943"}) {
    INFO(text);
    CHECK_FALSE(is_scientific_number(text));
  }
}

TEST_CASE("spelling is letter case and amount of white space") {
  CHECK(differs_in_spelling_only("LENOVO", "Lenovo"));
  CHECK(differs_in_spelling_only("A  B", "a b"));
  CHECK_FALSE(differs_in_spelling_only("AB", "A B"));
  CHECK_FALSE(differs_in_spelling_only("A", "AB"));
  CHECK_FALSE(differs_in_spelling_only("", "A"));
}
