#include "format/json/mismatch_data.hpp"

#include "record/base64.hpp"

#include "unit/format/reading.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::format;
using support::make_device;

namespace {

std::string mismatch_json() {
  return "{\"CachedHardwareBlob\":\"" + make_device(1).hash + "\",\"CurrentHardwareBlob\":\"" +
         make_device(2).hash + "\",\"Reason\":3}";
}

std::string base64(std::string_view text) {
  return record::encode_base64({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

void check_current(const Reading& reading) {
  CHECK(reading.refusal().empty());
  REQUIRE(reading.rows.size() == 1);
  CHECK_FALSE(reading.rows[0].is_rejected);
  CHECK(reading.rows[0].serial == make_device(2).spec.serial);
  CHECK(reading.rows[0].codes == "row.mismatch_data");
  CHECK(reading.report.dialect == "json hardware mismatch data");
}

}  // namespace

TEST_CASE("2 Remediation blob: the current blob is taken, from plain JSON") {
  check_current(read_text(mismatch_json()));
}

TEST_CASE("2 Remediation blob: base64 of JSON") {
  const std::string text = base64(mismatch_json());
  check_current(read_text(text));
  check_current(read_text("\"" + text + "\"\r\n"));
  std::string wrapped;
  for (std::size_t at = 0; at < text.size(); at += 76) wrapped += text.substr(at, 76) + "\r\n";
  check_current(read_text(wrapped));
  check_current(read_text(base64(mismatch_json() + " ").substr(0)));
  std::string bare = base64(mismatch_json() + "\n");
  while (bare.back() == '=') bare.pop_back();
  check_current(read_text(bare));
  check_current(read_text(base64("\xFF\xFE" + support::utf16le(mismatch_json()))));
  check_current(read_text(base64(support::utf16le(mismatch_json()))));
}

TEST_CASE("a damaged blob is refused for its damage; other base64 is no mismatch data") {
  std::string json = mismatch_json();
  json[5000] = json[5000] == 'A' ? 'B' : 'A';
  CHECK(read_text(base64(json)).rows.at(0).is_rejected);
  CHECK_FALSE(decode_mismatch_data(base64(R"({"a":1})")));
  CHECK_FALSE(decode_mismatch_data(make_device(1).hash));
  CHECK_FALSE(decode_mismatch_data("eyJ!"));
  CHECK_FALSE(decode_mismatch_data("ey"));
  CHECK_FALSE(decode_mismatch_data(""));
}
