// The data files of lib/record/data: every line of them has the effect it is there for.
#include "base/text.hpp"
#include "record/field_text.hpp"
#include "record/placeholder.hpp"
#include "record/product_key.hpp"

#include "unit/record/row_fixture.hpp"
#include <catch2/catch.hpp>

#include <fstream>

using namespace devicebatch;
using namespace devicebatch::record;

namespace {

std::vector<std::string> lines_of(const std::string& name) {
  std::ifstream file(std::string(DEVICEBATCH_RECORD_DATA) + "/" + name);
  REQUIRE(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line.front() != '#') lines.push_back(line);
  }
  REQUIRE_FALSE(lines.empty());
  return lines;
}

template <std::size_t Size>
std::array<std::uint8_t, Size> bytes_of(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits),
               [](char c) { return c != '-'; });
  REQUIRE(digits.size() == 2 * Size);
  std::array<std::uint8_t, Size> bytes{};
  for (std::size_t at = 0; at < Size; ++at) {
    bytes[at] = static_cast<std::uint8_t>(std::stoi(digits.substr(2 * at, 2), nullptr, 16));
  }
  return bytes;
}

}  // namespace

TEST_CASE("every serial number of placeholder_serials.txt refuses its row, in any spelling") {
  for (const std::string& line : lines_of("placeholder_serials.txt")) {
    INFO(line);
    CHECK(is_placeholder_serial(line));
    CHECK(is_placeholder_serial(to_lower(line)));
    TestRow row = tuple_row();
    row.serial = " " + line + " ";
    CHECK(judge(row).has("serial.placeholder"));
    support::HashSpec spec = support::make_spec(1);
    spec.serial = line;
    CHECK(judge(hash_row(spec)).has("serial.placeholder"));
  }
}

TEST_CASE("every name of placeholder_names.txt refuses a tuple") {
  for (const std::string& line : lines_of("placeholder_names.txt")) {
    INFO(line);
    TestRow row = tuple_row();
    row.manufacturer = line;
    CHECK(judge(row).has("manufacturer.placeholder"));
    row = tuple_row();
    row.model = line;
    CHECK(judge(row).has("model.placeholder"));
  }
}

TEST_CASE("every UUID of placeholder_uuids.txt identifies nothing, in both byte orders") {
  for (const std::string& line : lines_of("placeholder_uuids.txt")) {
    INFO(line);
    SmbiosUuid uuid = bytes_of<16>(line);
    CHECK(is_placeholder_uuid(uuid));
    std::reverse(uuid.begin(), uuid.begin() + 4);
    std::reverse(uuid.begin() + 4, uuid.begin() + 6);
    std::reverse(uuid.begin() + 6, uuid.begin() + 8);
    CHECK(is_placeholder_uuid(uuid));
    support::HashSpec spec = support::make_spec(1);
    spec.uuid = uuid;
    const Judged judged = judge(hash_row(spec));
    CHECK(judged.has("hash.no_uuid"));
    CHECK(judged.row().keys[static_cast<std::size_t>(KeyKind::uuid)] == 0);
    uuid[15] = static_cast<std::uint8_t>(uuid[15] ^ 0x40);
    CHECK_FALSE(is_placeholder_uuid(uuid));
  }
}

TEST_CASE("every address of placeholder_macs.txt is no network adapter") {
  for (const std::string& line : lines_of("placeholder_macs.txt")) {
    INFO(line);
    const auto mac = bytes_of<6>(line);
    CHECK(is_placeholder_mac(mac));
  }
  CHECK(is_placeholder_mac(bytes_of<6>("00-00-00-00-00-00")));
  CHECK(is_placeholder_mac(bytes_of<6>("88-88-88-88-88-88")));
  CHECK(is_placeholder_mac(bytes_of<6>("FF-FF-FF-FF-FF-FF")));
  CHECK_FALSE(is_placeholder_mac(bytes_of<6>("02-11-22-33-44-55")));
}

TEST_CASE("every spelling of manufacturer_spellings.txt is a near miss of the exact one") {
  for (const std::string& line : lines_of("manufacturer_spellings.txt")) {
    INFO(line);
    const std::size_t equals = line.find(" = ");
    REQUIRE(equals != std::string::npos);
    const std::string written = line.substr(0, equals);
    const std::string exact = line.substr(equals + 3);
    TestRow row = tuple_row();
    row.manufacturer = written;
    const Judged judged = judge(row);
    CHECK(judged.codes() == "manufacturer.near_miss");
    CHECK(judged.find("manufacturer.near_miss")->reason.find(exact) != std::string::npos);
    row.manufacturer = exact;
    CHECK(judge(row).codes().empty());
    row.manufacturer = to_lower(exact);
    CHECK(judge(row).has("manufacturer.near_miss"));
  }
}

TEST_CASE("what somebody meant to type is told by its plain form") {
  CHECK(plain_form("\xE2\x80\x9C"
                   "A\xE2\x80\x93"
                   "1\xE2\x80\x9D") == "A-1");
  CHECK(plain_form("\xEF\xBC\xA1\xEF\xBD\x81\xEF\xBC\x90") == "Aa0");
  CHECK(plain_form("A\xC2\xA0"
                   "B \xE2\x80\x8B") == "A B");
  CHECK(plain_form("M\xC3\xBCller") == "M\xC3\xBCller");
  CHECK(plain_form("\xEF").size() == 1);
  CHECK(plain_form("").empty());
}

TEST_CASE("typography is forgiven in every field that the hash proves, and only there") {
  support::HashSpec spec = support::make_spec(4);
  spec.manufacturer = "Contoso-X";
  const std::string dash = "\xE2\x80\x91";
  TestRow row = hash_row(spec);
  row.manufacturer = "Contoso" + dash + "X";
  row.model = "\xE2\x80\x9D" + spec.model;
  row.pkid = "\xE2\x80\x8B" + spec.pkid.substr(0, 5) + "\xE2\x80\x8B" + spec.pkid.substr(5);
  const Judged judged = judge(row);
  CHECK(judged.codes() ==
        "text.restored_from_hash text.restored_from_hash text.restored_from_hash");
  CHECK(judged.row().manufacturer == "Contoso-X");
  CHECK(judged.row().pkid == spec.pkid);
  row = hash_row(spec);
  row.model =
      "Another\xC2\xA0"
      "Book";
  CHECK(judge(row).row().is_rejected);
}

TEST_CASE("25 letters of the key alphabet inside a long base64 text are no product key") {
  const std::string letters = "BCDFGHJKMPQRTVWXY2346789B";
  std::string base64(400, 'A');
  for (std::size_t at = 0; at < base64.size(); at += 30) base64[at] = '+';
  CHECK_FALSE(contains_product_key(base64 + "/" + letters + "+" + base64));
  CHECK_FALSE(contains_product_key(base64 + "/" + letters));
  // Short texts with such links, and a key beside a hash, are as before.
  CHECK(contains_product_key("https/" + letters + "/x"));
  CHECK(contains_product_key(base64 + "," + letters));
  CHECK(contains_product_key(base64 + " " + letters + "+"));
}

TEST_CASE("the search for a key can begin in the middle of a text") {
  const std::string key(support::fake_product_key());
  const std::string text = "x " + key + " / " + key;
  REQUIRE(find_product_key(text));
  CHECK(find_product_key(text)->start == 2);
  CHECK(find_product_key(text, 3)->start == 2 + key.size() + 3);
  // A word that began before is not taken for one.
  const std::string run = "BBCDFGHJKMPQRTVWXY2346789B";
  CHECK_FALSE(find_product_key(run, 1));
}
