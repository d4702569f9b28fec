#include "format/csv/scan_reader.hpp"

#include "base/limits.hpp"

#include "unit/format/reading.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::format;

namespace {

Reading scans(std::string_view text, const std::string& pattern) {
  ReadOptions options;
  options.scan_pattern = pattern;
  return read_text(text, options);
}

const std::string kLabel = R"(^(?:1?S)?(?P<model>[0-9A-Z]{10})?(?P<serial>PF[0-9A-Z]{6})$)";

}  // namespace

TEST_CASE("a scan of a PKID is a record") {
  const Reading reading = scans("3305000000001\r\n3305000000002\r\n", "^(?P<pkid>[0-9]{13})$");
  CHECK(reading.report.dialect == "scans");
  CHECK(reading.summary() == "1 2");
  CHECK(reading.rows[1].pkid == "3305000000002");
  CHECK(reading.report.lines == 2);
}

TEST_CASE("named groups become fields, prefixes of the symbology do not") {
  const std::string pattern =
      R"(^(?:1S)?(?P<model>[0-9A-Z]{10})(?P<serial>PF[0-9A-Z]{6}) (?P<manufacturer>LENOVO)$)";
  const Reading reading = scans("1S20B6008MMHPF02NCT8 LENOVO\n", pattern);
  REQUIRE(reading.rows.size() == 1);
  CHECK(reading.rows[0].serial == "PF02NCT8");
  CHECK(reading.rows[0].model == "20B6008MMH");
  CHECK(reading.rows[0].manufacturer == "LENOVO");
  CHECK_FALSE(reading.rows[0].is_rejected);
}

TEST_CASE("suffixes CR and TAB, blank lines and a missing line end are forgiven") {
  const std::string pattern = "^(?P<pkid>[0-9]{13})$";
  const Reading reading = scans("3305000000001\t\r\r3305000000002\n\n3305000000003", pattern);
  CHECK(reading.summary() == "1 3 5");
  CHECK(reading.report.blank_lines == 2);
  const std::string bytes = "\xFF\xFE" + support::utf16le("3305000000001\r\n");
  CHECK(scans(bytes, pattern).summary() == "1");
}

TEST_CASE("a scan that the pattern does not know is answered") {
  const Reading reading = scans("3305000000001\nhello\n", "^(?P<pkid>[0-9]{13})$");
  CHECK(reading.summary() == "1 2!row.scan_unmatched");
  CHECK(scans("", "(?P<pkid>x)").refusal() == "file.empty");
}

TEST_CASE("a product key on a label is refused and not kept") {
  const std::string key(support::fake_product_key());
  const Reading reading = scans(key + "\n3305000000001\n", "^(?P<pkid>[0-9]{13})$");
  CHECK(reading.report.holds_secret);
  CHECK(reading.rows[0].is_rejected);
  CHECK(scans("3305000000001 " + key + "\n", "^(?P<pkid>[0-9]{13})").summary() ==
        "1!secret.product_key");
}

TEST_CASE("a hostile scan costs its line only") {
  using std::string_literals::operator""s;
  const std::string pattern = "^(?P<pkid>[0-9]{13})$";
  const std::string text = repeated('x', 3'000'000) + "\n" + "\0\n"s + "\xFF\n3305000000001\n";
  const Reading reading = scans(text, pattern);
  CHECK(reading.summary() == "1!row.too_long 2!row.nul_bytes 3!row.bad_encoding 4");
  ReadOptions options;
  options.scan_pattern = pattern;
  SlowSource slow(text, 50'001);
  CHECK(read_from(slow, options).rows == reading.rows);
  options.resume_after_line = 2;
  CHECK(read_text(text, options).summary() == "3!row.bad_encoding 4");
}

TEST_CASE("a pattern that is none, or identifies nothing, is the operator's to change") {
  CHECK(ScanPattern("(?P<pkid>[0-9]{13})").fault().empty());
  CHECK_FALSE(ScanPattern("(?P<pkid>[0-9]{13}").fault().empty());
  CHECK(ScanPattern("([0-9]{13})").fault().find("(?P<serial>") != std::string::npos);
  for (const char* pattern : {"(", "x", "(?P<model>x)"}) {
    ReadOptions options;
    options.scan_pattern = pattern;
    MemorySource source("x\n");
    const auto report = read_submission(source, record::RowChecker({}), options,
                                        [](auto) -> Result<void> { return {}; });
    REQUIRE_FALSE(report);
    CHECK(report.error().code() == Errc::bad_config);
  }
}

TEST_CASE("an optional group may be missing") {
  CHECK(scans("PF02NCT8\n", kLabel).rows[0].serial == "PF02NCT8");
}

TEST_CASE("a scan without a line end is complete when it matches") {
  ReadOptions options;
  options.scan_pattern = "^(?P<pkid>[0-9]{13})$";
  CHECK(judge_completeness("3305000000001", "3305000000001", options) == Completeness::complete);
  CHECK(judge_completeness("33050000", "33050000", options) == Completeness::cut_off);
}
