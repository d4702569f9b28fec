// One test for each row of the damage catalogue: repaired where the hash proves it, with a warning
// that says so, and refused otherwise.
#include "base/text.hpp"

#include "unit/format/reading.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::format;
using support::HashSpec;
using support::make_device;

namespace {

const std::string kNames = "Device Serial Number,Windows Product ID,Hardware Hash";
const std::string kHeader = kNames + "\n";

std::string hash_row(const HashSpec& spec, std::string_view serial, std::string_view pkid = "") {
  return std::string(serial) + ',' + std::string(pkid) + ',' + support::make_hash_text(spec) + '\n';
}

HashSpec spec_of(std::string_view serial, std::string_view pkid = "3556130000017") {
  HashSpec spec = support::make_spec(4);
  spec.serial = serial;
  spec.pkid = pkid;
  return spec;
}

ReadRow only_row(const std::string& file, const ReadOptions& options = {}) {
  const Reading reading = read_text(file, options);
  REQUIRE(reading.rows.size() == 1);
  return reading.rows[0];
}

// What a row with this hash becomes when it is written like that.
ReadRow with_hash_text(std::string_view hash) {
  return only_row(kHeader + make_device(4).spec.serial + ",," + std::string(hash) + "\n");
}

std::string tuple(std::string_view serial) {
  return "Serial,Manufacturer,Model\n" + std::string(serial) + ",Contoso,Book\n";
}

std::string warnings_of(const FileReport& report) {
  std::string text;
  for (const record::Finding& finding : report.warnings) {
    text.append(text.empty() ? "" : " ").append(finding.code);
  }
  return text;
}

}  // namespace

TEST_CASE(
    "1.4 Excel number format on PKID (13 digits): from type 24 with a warning, else refused") {
  const ReadRow known = only_row(kHeader + hash_row(spec_of("CT-1"), "CT-1", "3.55613E+12"));
  CHECK(known.codes == "pkid.recovered_from_hash");
  CHECK(known.pkid == "3556130000017");
  CHECK_FALSE(known.is_rejected);
  CHECK(only_row("PKID\n3.55613E+12\n").codes == "pkid.spreadsheet_damage");
  CHECK(only_row(kHeader + hash_row(spec_of("CT-1", ""), "CT-1", "3.55613E+12")).is_rejected);
}

TEST_CASE("1.4 Excel on all-digit serials: from type 14, a bare digit string is warned about") {
  const HashSpec spec = spec_of("016520771357");
  for (const char* cell : {"1.65208E+10", "16520771357"}) {
    const ReadRow row = only_row(kHeader + hash_row(spec, cell));
    CHECK(row.codes == "serial.recovered_from_hash");
    CHECK(row.serial == "016520771357");
  }
  CHECK(only_row(tuple("1.65208E+10")).is_rejected);
  CHECK(only_row(tuple("16520771357")).codes == "serial.digits_only");
}

TEST_CASE("1.4 serials like `5E10...`, `1234E567`") {
  const ReadRow row = only_row(kHeader + hash_row(spec_of("5E1012"), "5.00E+1012"));
  CHECK(row.codes == "serial.recovered_from_hash");
  CHECK(row.serial == "5E1012");
  CHECK(only_row(tuple("5.00E+12")).codes == "serial.spreadsheet_damage");
}

TEST_CASE("1.4 16+ digit numbers: digits after the 15th become 0") {
  const ReadRow row =
      only_row(kHeader + hash_row(spec_of("1234567890123456789"), "1234567890123450000"));
  CHECK(row.codes == "serial.recovered_from_hash");
  CHECK(row.serial == "1234567890123456789");
}

TEST_CASE("1.4 `=\"00123\"` wrappers, leading apostrophe: unwrapped, warned") {
  for (const char* cell :
       {"=\"00123-A\"", "'00123-A", "\"=\"\"00123-A\"\"\"", "\"\"\"00123-A\"\"\""}) {
    INFO(cell);
    const ReadRow row = only_row(tuple(cell));
    CHECK(row.codes == "text.spreadsheet_guard");
    CHECK(row.serial == "00123-A");
  }
}

TEST_CASE("1.4 separators `;` or TAB, found in the header only") {
  const auto device = make_device(4);
  for (const char separator : {';', '\t', '|', ','}) {
    const std::string cut(1, separator);
    const std::string names = "Device Serial Number" + cut + "Windows Product ID" + cut +
                              "Hardware Hash" + cut + "Owner\r\n";
    const Reading reading =
        read_text(names + device.spec.serial + cut + cut + device.hash + cut + "\"a" + cut +
                  "b\"\r\n" + cut + cut + cut + "\r\n" + cut + "3305000000001" + cut + "\r\n");
    CHECK(reading.summary() == "2 4");
    CHECK(reading.report.blank_lines == 1);
  }
  // A separator that is set is the only one.
  ReadOptions options;
  options.separator = ';';
  CHECK(read_text(kHeader + ",3305000000001,\n", options).refusal() == "file.no_header");
  CHECK(read_text("PKID;Owner\n3305000000001;a,b\n", options).summary() == "2");
  // Commas inside the fields of a file with semicolons are characters.
  CHECK(only_row("PKID;Owner\n3305000000001;a,b,c\n").codes.empty());
}

TEST_CASE("1.4 `sep=;` first line: skipped and honoured") {
  for (const char* line : {"sep=;\r\n", "\"sep=;\"\r\n", "SEP=;\r\n"}) {
    const Reading reading = read_text(std::string(line) + "PKID;Owner\r\n3305000000001;a,b\r\n");
    CHECK(reading.summary() == "3");
    CHECK(reading.rows[0].codes.empty());
  }
  CHECK(read_text("sep=\t\nPKID\tOwner\n3305000000001\tx\n").summary() == "3");
}

TEST_CASE("1.4 trailing commas / extra empty fields: ignored silently") {
  const ReadRow row = only_row("Serial,Manufacturer,Model,\nCT-1,Contoso,Book,,,, ,\n");
  CHECK(row.codes.empty());
}

TEST_CASE("1.4 surplus non-empty field: rejoined only if the hash's type 16/17 agrees") {
  HashSpec spec = spec_of("CT-1");
  spec.manufacturer = "Fabrikam, Inc.";
  const std::string names = kNames + ",Manufacturer name,Device model\n";
  const std::string row = "CT-1,," + support::make_hash_text(spec) + ",Fabrikam, Inc.,";
  CHECK(only_row(names + row + spec.model + "\n").codes == "row.comma_rejoined");
  CHECK(only_row(names + row + "Another\n").codes == "row.too_many_fields");
}

TEST_CASE("1.4 rows of bare commas; prose lines: empties skipped, prose is a row error") {
  const Reading reading =
      read_text(kHeader + ",,,,\n ,\t,\n" + ",3305000000001,\n" +
                "SAMPLE EXPLAINED (remove the following section before uploading)\n" +
                "Note: the serial number, the product id and the hash are required,,\n");
  CHECK(reading.summary() == "4 5!row.prose 6!row.prose");
  CHECK(reading.report.blank_lines == 2);
}

TEST_CASE("1.4 smart quotes, NBSP, zero-width, full-width digits") {
  const std::pair<const char*, std::string> inside[] = {
      {"smart quotes",
       "\xE2\x80\x9C"
       "CT-12\xE2\x80\x9D"},
      {"single smart quotes",
       "\xE2\x80\x98"
       "CT-12\xE2\x80\x99"},
      {"zero-width inside", "CT\xE2\x80\x8B-12"},
      {"word joiner inside", "CT\xE2\x81\xA0-12"},
      {"full-width digits", "CT-\xEF\xBC\x91\xEF\xBC\x92"},
      {"a dash of a word processor",
       "CT\xE2\x80\x93"
       "12"},
  };
  for (const auto& [name, serial] : inside) {
    INFO(name);
    // Never transliterated without proof, and with proof told.
    CHECK(only_row(tuple(serial)).codes.find("text.not_ascii") == 0);
    const ReadRow proven = only_row(kHeader + hash_row(spec_of("CT-12"), serial));
    CHECK(proven.codes == "text.restored_from_hash");
    CHECK(proven.serial == "CT-12");
    CHECK(only_row(kHeader + hash_row(spec_of("CT-13"), serial)).is_rejected);
  }
  const std::string edges =
      "\xC2\xA0\xE2\x80\x8B"
      "CT-12\xEF\xBB\xBF\xE2\x81\xA0 ";
  CHECK(only_row(tuple(edges)).codes.empty());
  CHECK(only_row(tuple(edges)).serial == "CT-12");
}

TEST_CASE("1.4 Windows-1252 / GBK bytes: the fallback charset of the source, with a warning") {
  const std::string names = "Serial,Manufacturer,Model,Owner\n";
  const std::pair<const char*, std::string> cases[] = {
      {"WINDOWS-1252", "CT-1,Contoso,Book,M\xFCller\n"},
      {"GBK", "CT-1,Contoso,Book,\xC1\xAA\xCF\xEB\n"},
      {"GB18030", "CT-1,Contoso,Book,\xC1\xAA\x81\x30\x81\x30\n"},
  };
  for (const auto& [charset, row] : cases) {
    INFO(charset);
    CHECK(only_row(names + row).codes == "row.bad_encoding");
    ReadOptions options;
    options.fallback_charset = charset;
    const Reading reading = read_text(names + row + "CT-2,Contoso,Book,M\xC3\xBCller\n", options);
    CHECK(reading.summary() == "2 3");
    CHECK(reading.rows[0].codes.empty());
    CHECK(warnings_of(reading.report) == "file.fallback_charset");
    CHECK(reading.report.warnings[0].reason.find("1 lines") == 0);
  }
}

TEST_CASE("1.4 Windows-1252 / GBK bytes: identifying fields must be ASCII anyway") {
  ReadOptions options;
  options.fallback_charset = "GBK";
  CHECK(only_row(tuple("CT-\xC1\xAA"), options).codes.find("text.not_ascii") == 0);
  // A byte that is none in that charset either.
  CHECK(only_row(tuple("CT-\xFF\xFF"), options).codes == "row.bad_encoding");
}

TEST_CASE("a fallback charset that is none is the operator's to change") {
  for (const char* name : {"no-such-charset", "UTF-16", "EBCDIC-US"}) {
    ReadOptions options;
    options.fallback_charset = name;
    MemorySource source(kHeader);
    const auto report = read_submission(source, record::RowChecker({}), options,
                                        [](auto) -> Result<void> { return {}; });
    REQUIRE_FALSE(report);
    CHECK(report.error().code() == Errc::bad_config);
  }
}

TEST_CASE("1.4 UTF-16 without BOM: decoded, warned") {
  const Reading reading = read_text(support::utf16le(kHeader + ",3305000000001,\n"));
  CHECK(reading.summary() == "2");
  CHECK(warnings_of(reading.report) == "file.no_byte_order_mark");
}

TEST_CASE("1.4 NUL bytes otherwise: the row is refused") {
  const std::string zeros(5000, '\0');
  CHECK(read_text(kHeader + ",3305000000001,\n,33050" + zeros).summary() == "2 3!row.nul_bytes");
}

TEST_CASE("1.4 hash wrapped over lines, quoted, with spaces") {
  const std::string hash = make_device(4).hash;
  const auto wrapped = [&](std::size_t width, std::string_view cut) {
    std::string text;
    for (std::size_t at = 0; at < hash.size(); at += width) {
      text.append(text.empty() ? "" : cut).append(hash, at, width);
    }
    return text;
  };
  CHECK(with_hash_text('"' + wrapped(76, "\r\n") + '"').codes.empty());
  CHECK(with_hash_text('"' + wrapped(64, "\n ") + '"').codes.empty());
  CHECK(with_hash_text(wrapped(100, " ")).codes.empty());
  CHECK(with_hash_text('"' + hash + '"').codes.empty());
  CHECK(with_hash_text('\'' + hash + '\'').codes.empty());
}

TEST_CASE("1.4 hash wrapped over lines without quotes: joined when the checksum proves it") {
  const auto device = make_device(4);
  std::string wrapped;
  for (std::size_t at = 0; at < device.hash.size(); at += 76) {
    wrapped.append(device.hash, at, 76).append("\r\n");
  }
  const std::string file = kHeader + device.spec.serial + ",," + wrapped + ",3305000000001,\n";
  const Reading reading = read_text(file);
  CHECK(reading.summary() == "2 55");
  CHECK(reading.rows[0].codes == "row.lines_joined");
  CHECK(reading.rows[0].serial == device.spec.serial);
  SlowSource slow(file, 70);
  CHECK(read_from(slow).rows == reading.rows);
  // Not proven, not joined: every line is answered.
  const Reading damaged =
      read_text(kHeader + device.spec.serial + ",," + support::with_changed_letter(wrapped, 700));
  CHECK(damaged.rows.size() == 53);
  for (const ReadRow& row : damaged.rows) CHECK(row.is_rejected);
}

TEST_CASE("1.4 hash wrapped over lines without quotes, wherever the windows meet") {
  const auto device = make_device(4);
  std::string wrapped;
  for (std::size_t at = 0; at < device.hash.size(); at += 76) {
    wrapped.append(device.hash, at, 76).append("\n");
  }
  std::string text = kHeader;
  for (int at = 0; at < 600; ++at) text += device.spec.serial + ",," + wrapped;
  const Reading joined = read_text(text);
  CHECK(joined.rows.size() == 600);
  for (const ReadRow& row : joined.rows) CHECK(row.codes == "row.lines_joined");
  text = kHeader;
  for (int at = 0; at < 30'000; ++at)
    text += "CT-1,,T0EAHAAAAAoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
  const Reading cut_off = read_text(text);
  CHECK(cut_off.rows.size() == 30'000);
  for (const ReadRow& row : cut_off.rows) CHECK(row.codes == "hash.too_short");
}

TEST_CASE("1.4 hash url-decoded, base64url: repaired only if the checksum then verifies") {
  std::string spaces = make_device(4).hash;
  std::replace(spaces.begin(), spaces.end(), '+', ' ');
  CHECK(with_hash_text(spaces).codes.empty());
  std::string url = make_device(4).hash;
  std::replace(url.begin(), url.end(), '+', '-');
  std::replace(url.begin(), url.end(), '/', '_');
  CHECK(with_hash_text(url).codes.empty());
  CHECK(with_hash_text(support::with_changed_letter(url, 800)).is_rejected);
}

TEST_CASE("1.4 hash lower-cased, truncated at 255/1024/32767: refused") {
  std::string lower = make_device(4).hash;
  std::transform(lower.begin(), lower.end(), lower.begin(), ascii_lower);
  CHECK(with_hash_text(lower).is_rejected);
  for (const std::size_t size : {255U, 1024U}) {
    CHECK(with_hash_text(make_device(4).hash.substr(0, size)).codes == "hash.too_short");
  }
  std::string many;
  for (int at = 0; at < 10; ++at) many += make_device(4).hash;
  CHECK(with_hash_text(many.substr(0, 32767)).codes == "hash.too_long");
}

TEST_CASE("1.4 repeated header row: skipped") {
  const Reading reading = read_text(kHeader + ",3305000000001,\n" + kHeader + ",3305000000002,\n");
  CHECK(reading.summary() == "2 4");
  CHECK(reading.report.repeated_headers == 1);
}

TEST_CASE("1.4 hash pasted in wrong column: row error naming the column") {
  const auto device = make_device(4);
  const ReadRow pkid = only_row(kHeader + device.spec.serial + "," + device.hash + ",\n");
  CHECK(pkid.codes.find("text.hash_in_wrong_column") == 0);
  const Reading local =
      read_text("Serial,Hardware Hash,Owner\n" + device.spec.serial + ",," + device.hash + "\n");
  CHECK(local.rows[0].codes.find("text.hash_in_wrong_column") == 0);
  CHECK(local.rows[0].is_rejected);
}

TEST_CASE("1.4 25-character key anywhere: the row is refused, and the file is known to hold one") {
  const std::string key(support::fake_product_key());
  const std::string good = ",3305000000001,\n";
  const std::pair<const char*, std::string> cases[] = {
      {"a field", "," + key + ",\n"},
      {"a surplus field", ",3305000000002,,,,x " + key + "\n"},
      {"prose", "please note the key " + key + " of this device\n"},
      {"a row with zero bytes", std::string("\0,", 2) + key + "\n"},
      {"a row that is not UTF-8", "\xFF" + key + "\n"},
      {"a line without end", std::string(200'000, 'x') + " " + key + "\n"},
      {"an open quote", "\"" + key + "\n"},
  };
  CHECK_FALSE(read_text(kHeader + good).report.holds_secret);
  for (const auto& [name, row] : cases) {
    INFO(name);
    const Reading reading = read_text(kHeader + good + row + good);
    CHECK(reading.report.holds_secret);
    REQUIRE(reading.rows.size() == 3);
    CHECK(reading.rows[1].is_rejected);
  }
  const Reading refused = read_text("Owner\n" + key + "\n");
  CHECK(refused.refusal() == "secret.product_key");
  CHECK(refused.report.holds_secret);
  std::string list = "Part,Owner\n";
  for (int at = 0; at < 50; ++at) list += "KU9-00001,me\n";
  CHECK(read_text(list + key + "\n").report.holds_secret);
}

TEST_CASE("merged files: headers and marks in the middle, a last line without its end") {
  const std::string one = kHeader + ",3305000000001,";
  const std::string mark = "\xEF\xBB\xBF";
  const Reading reading = read_text(mark + one + "\n" + mark + kHeader + ",3305000000002,\n" + one +
                                    mark + kHeader + ",3305000000003,\n");
  CHECK(reading.summary() == "2 4 6 7");
  CHECK(reading.report.repeated_headers == 3);
  CHECK(reading.report.lines == 7);
  // Inside quotes a mark and names are a value.
  const std::string quoted = "PKID,Owner\n3305000000001,\"x" + mark + "PKID,Owner\"\n";
  CHECK(read_text(quoted).summary() == "2");
  CHECK(read_text(quoted).report.repeated_headers == 0);
  // A header of another separator counts from there on.
  const Reading mixed = read_text(kHeader + ",3305000000001,\n" + "sep=;\nPKID;Owner\n" +
                                  "3305000000002;a,b\n" + "PKID|Owner\n3305000000003|x\n");
  CHECK(mixed.summary() == "2 5 7");
}

TEST_CASE("merged files: mixed encodings") {
  const std::string mark16 = "\xFF\xFE";
  const std::string mark8 = "\xEF\xBB\xBF";
  const std::string big = "\xFE\xFF";
  const auto part = [&](const std::string& pkid) { return kHeader + "," + pkid + ",\n"; };
  const auto wide = [](const std::string& text) { return support::utf16le(text); };
  const std::pair<const char*, std::string> cases[] = {
      {"UTF-8, UTF-16 with a mark", part("3305000000001") + mark16 + wide(part("3305000000002"))},
      {"UTF-16, UTF-8 with a mark",
       mark16 + wide(part("3305000000001")) + mark8 + part("3305000000002")},
      {"UTF-16, ANSI appended", mark16 + wide(part("3305000000001")) + part("3305000000002")},
      {"ANSI, UTF-16 appended", part("3305000000001") + wide(part("3305000000002"))},
      {"both byte orders",
       mark16 + wide(part("3305000000001")) + big + support::utf16be(part("3305000000002"))},
  };
  for (const auto& [name, file] : cases) {
    INFO(name);
    const Reading reading = read_text(file);
    CHECK(reading.summary() == "2 4");
    REQUIRE(reading.rows.size() == 2);
    CHECK(reading.rows[1].pkid == "3305000000002");
    CHECK(warnings_of(reading.report) == "file.mixed_encodings");
    for (const std::size_t step : {1U, 5U, 17U}) {
      SlowSource source(file, step);
      CHECK(read_from(source).rows == reading.rows);
    }
  }
}

TEST_CASE("a file that changes its encoding in every line is read to its end in bounded time") {
  std::string text = kHeader;
  for (int at = 0; at < 2000; ++at) {
    text += support::utf16le(",3305000000001,xxxxxxxx\n") + ",3305000000002,xxxxxxxx\n";
  }
  const Reading reading = read_text(text);
  CHECK_FALSE(reading.report.refusal);
  CHECK(reading.rows.size() >= 500);
}
