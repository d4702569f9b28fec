#include "format/rejects.hpp"

#include "unit/format/copied_rejects.hpp"
#include "unit/format/packed_text.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::format;

namespace {

const std::string kHeader = "PKID;Owner\r\n";
const std::string kKey(support::fake_product_key());

}  // namespace

TEST_CASE("rejected rows come back byte for byte, under the header, in their dialect") {
  const std::string file = "\xEF\xBB\xBF" + kHeader +
                           "3305000000001;a\r\n 1 ;\"b;\"\"c\"\"\n\"\r\n3305000000003;\r\n2;d\r\n";
  CHECK(rejects_of(file, {3, 6}) == "\xEF\xBB\xBF" + kHeader + " 1 ;\"b;\"\"c\"\"\n\"\r\n2;d\r\n");
  CHECK(rejects_of(file, {}).empty());
}

TEST_CASE("encoding, byte order mark, separator and line ends stay") {
  const std::string head = "Serial\tPKID\r";
  const std::string bad = "x\t12\r";
  const std::string text = head + "y\t3305000000001\r" + bad;
  const auto wide = [](const std::string& part) { return support::utf16le(part); };
  CHECK(rejects_of("\xFF\xFE" + wide(text), {3}) == "\xFF\xFE" + wide(head + bad));
  CHECK(rejects_of("\xFE\xFF" + support::utf16be(text), {3}) ==
        "\xFE\xFF" + support::utf16be(head + bad));
  // Without a mark there is none afterwards.
  CHECK(rejects_of(wide(text), {3}) == wide(head + bad));
  CHECK(rejects_of("sep=\t\r" + text, {4}) == "sep=\t\r" + head + bad);
}

TEST_CASE("bytes that are no text come back as they were") {
  using std::string_literals::operator""s;
  const std::string bad = "\xFF\xC3;\0x\n"s;
  CHECK(rejects_of("PKID;Owner\n" + bad, {2}) == "PKID;Owner\n" + bad);
  const std::string lone = support::utf16le("1;") + "\x3D\xD8"s + support::utf16le("\n");
  const std::string head = "\xFF\xFE" + support::utf16le("PKID;Owner\n");
  CHECK(rejects_of(head + lone, {2}) == head + lone);
  CHECK(rejects_of(head + support::utf16le("1;") + "\x31", {2}) ==
        head + support::utf16le("1;") + "\x31");
  ReadOptions options;
  options.fallback_charset = "GBK";
  CHECK(rejects_of("PKID;\xC1\xAA\n1;\xCF\xEB\n", {2}, options) == "PKID;\xC1\xAA\n1;\xCF\xEB\n");
}

TEST_CASE("a product key in a rejected row is masked") {
  const std::string row = "3305000000001;" + kKey + "\r\n";
  const std::string masked = "3305000000001;*****-*****-*****-*****-*****\r\n";
  CHECK(rejects_of(kHeader + row, {2}) == kHeader + masked);
  CHECK(rejects_of("\xFF\xFE" + support::utf16le(kHeader + row), {2}) ==
        "\xFF\xFE" + support::utf16le(kHeader + masked));
}

TEST_CASE("a last row without its line break gets one when another follows it") {
  // In a merged file the header of the second part begins behind it on the same line.
  const std::string mark = "\xEF\xBB\xBF";
  CHECK(rejects_of("PKID,Owner\n1," + mark + "PKID,Owner\n2,\n", {2, 3}) == "PKID,Owner\n1,\n2,\n");
  CHECK(rejects_of("PKID,Owner\n1,", {2}) == "PKID,Owner\n1,");
}

TEST_CASE("the header that counts for a row stands above it") {
  const std::string file =
      "PKID,Owner\n1,x\n"
      "PKID,Owner\n2,x\n"
      "Owner,PKID\nx,3\n"
      "PKID;Owner\n4;x\n";
  CHECK(rejects_of(file, {2, 4, 6, 8}) ==
        "PKID,Owner\n1,x\n2,x\nOwner,PKID\nx,3\nPKID;Owner\n4;x\n");
  CHECK(rejects_of(file, {6}) == "Owner,PKID\nx,3\n");
}

TEST_CASE("lines without columns come back without a header") {
  const auto device = support::make_device(4);
  const std::string good = device.spec.serial + ",," + device.hash + "\n";
  const std::string damaged = "x,," + support::with_changed_letter(device.hash, 99) + "\n";
  CHECK(rejects_of(good + damaged, {2}) == damaged);
  ReadOptions options;
  options.columns = {Column::pkid, Column::local};
  CHECK(rejects_of("3305000000001,a\n1,b\n", {2}, options) == "1,b\n");
}

TEST_CASE("reports, and lines in front of the names") {
  const auto device = support::make_device(4);
  const std::string names = "Device Serial Number,Windows Product ID,Hardware Hash,";
  const std::string good = names + device.spec.serial + ",," + device.hash + "\n";
  const std::string bad = names + "x,," + device.hash + "\n";
  CHECK(rejects_of("Title\n" + good + bad, {3}) == bad);
  CHECK(rejects_of("Title\nPKID,Owner\n1,x\n", {1, 3}) == "PKID,Owner\nTitle\n1,x\n");
}

TEST_CASE("a line without end comes back whole, in pieces") {
  const std::string endless = repeated('x', 3'000'000) + "\n";
  const std::string file = kHeader + endless + "1;\"open\n3305000000001;x\n";
  CHECK(rejects_of(file, {2, 3}) == kHeader + endless + "1;\"open\n");
}

TEST_CASE("scans come back as lines") {
  ReadOptions options;
  options.scan_pattern = "(?P<serial>CT-[0-9]+)";
  CHECK(rejects_of("CT-1\r\n\r\nXX-2\r\nCT-3\r\n", {3}, options) == "XX-2\r\n");
  const std::string endless = repeated('x', 300'000);
  CHECK(rejects_of("CT-1\n" + endless + "\n\nXX-4", {2, 4}, options) == endless + "\nXX-4");
}

TEST_CASE("a gzip file gives plain rows") {
  CHECK(rejects_of(packed(kHeader + "3305000000001;x\n1;x\n"), {3}) == kHeader + "1;x\n");
}

TEST_CASE("what is refused as a whole has no rows to come back") {
  CHECK(rejects_of("Owner\nx\n", {1, 2}).empty());
  CHECK(rejects_of("PK\x03\x04", {1}).empty());
  CHECK(rejects_of("", {1}).empty());
}

TEST_CASE("the rows that come back are rejected again for the same reasons") {
  std::string file = support::bad_file(100).content;
  const std::string key_row = "x,BCDFG,\n";
  file += key_row + "prose that is no device at all,,\n" + "\"open\n";
  const Reading first = read_text(file);
  const std::string copy = rejects_of(file, rejected_lines(first));
  const Reading second = read_text(copy);
  CHECK(second.rows.size() == rejected_lines(first).size());
  std::size_t at = 0;
  for (const ReadRow& row : first.rows) {
    if (!row.is_rejected) continue;
    // A key is gone; its place is not.
    if (row.codes == "secret.product_key") {
      CHECK(second.rows[at].codes == "pkid.malformed");
    } else {
      CHECK(second.rows[at].codes == row.codes);
    }
    ++at;
  }
}

TEST_CASE("errors of the sink are handed through") {
  MemorySource source("PKID,Owner\n1,x\n");
  const auto failed = copy_rejects(
      source, {}, [](std::uint64_t) { return true; },
      [](std::string_view) -> Result<void> { return fail(Errc::full, "full"); });
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code() == Errc::full);
}
