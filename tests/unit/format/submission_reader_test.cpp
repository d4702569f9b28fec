#include "format/submission_reader.hpp"

#include "base/limits.hpp"
#include "support/temp_dir.hpp"

#include "unit/format/reading.hpp"
#include <catch2/catch.hpp>
#include <sys/resource.h>

using namespace devicebatch;
using namespace devicebatch::format;
using support::make_device;

namespace {

constexpr std::size_t kLongBytes = 300'000'000;
const std::string kPkidHeader = "Windows Product ID,Owner\n";

}  // namespace

TEST_CASE("the collector's own file is read: UTF-16LE, mark, CRLF") {
  const Reading reading = read_text(support::autopilot_file(1, 500));
  CHECK(reading.report.encoding == "utf-16le");
  CHECK(reading.report.dialect == "csv family A");
  CHECK(reading.report.rows == 500);
  CHECK(reading.report.lines == 501);
  CHECK_FALSE(reading.report.refusal);
  REQUIRE(reading.rows.size() == 500);
  for (std::uint64_t at = 0; at < 500; ++at) {
    const ReadRow& row = reading.rows[at];
    CHECK(row.line == at + 2);
    CHECK(row.serial == make_device(at + 1).spec.serial);
    CHECK(row.pkid == make_device(at + 1).spec.pkid);
    CHECK(row.hash_bytes == support::make_hash_bytes(make_device(at + 1).spec).size());
    CHECK(row.codes.empty());
  }
}

TEST_CASE("a Partner Center file is read: tuples, quoted commas, a group tag") {
  record::CheckOptions options;
  options.batch_id = "Line, one";
  const Reading reading = read_text(support::partner_file(1, 40, "line, one"), {}, options);
  CHECK(reading.report.encoding == "utf-8");
  CHECK(reading.report.dialect == "csv family E");
  REQUIRE(reading.rows.size() == 40);
  for (std::uint64_t at = 0; at < 40; ++at) {
    const ReadRow& row = reading.rows[at];
    CHECK_FALSE(row.is_rejected);
    CHECK(row.codes.empty());
    CHECK(row.manufacturer == make_device(at + 1).spec.manufacturer);
    CHECK(row.model == make_device(at + 1).spec.model);
    CHECK(row.group_tag == "line, one");
  }
}

TEST_CASE("the bad file gives each row its answer") {
  const support::BadFile file = support::bad_file(100);
  const Reading reading = read_text(file.content);
  CHECK(reading.report.rows == file.rows);
  CHECK(reading.report.blank_lines == file.blank_lines);
  CHECK(reading.report.repeated_headers == file.repeated_headers);
  CHECK(reading.summary() ==
        "2 3!hash.damaged 4!serial.disagrees_with_hash 6!secret.product_key 7!serial.placeholder 9 "
        "10");
  for (const ReadRow& row : reading.rows) {
    CHECK(row.pkid.find(support::fake_product_key().substr(0, 5)) == std::string::npos);
  }
}

TEST_CASE("a bulk file and a one-row file are read") {
  CHECK(read_text(support::single_file(7)).summary() == "2");
  const support::TempDir folder;
  support::write_bulk_file(folder / "bulk.csv", 10, 600);
  const Reading reading = read_text(support::read_file(folder / "bulk.csv"));
  REQUIRE(reading.rows.size() == 600);
  CHECK(reading.rows.front().serial == "CONTOSO-0000010");
  CHECK(reading.rows.back().serial == "CONTOSO-0000609");
  for (const ReadRow& row : reading.rows) CHECK_FALSE(row.is_rejected);
  CHECK(reading.batches > 1);
}

TEST_CASE("a line of 300 MB costs no memory") {
  class LongLine final : public ByteSource {
   public:
    Result<std::size_t> read(std::span<char> into) override {
      if (at_ < kLongBytes) {
        const std::size_t count = std::min(into.size(), kLongBytes - at_);
        std::fill_n(into.begin(), count, at_ == 0 ? 'x' : '"');
        at_ += count;
        return count;
      }
      return rest_.read(into);
    }

   private:
    std::size_t at_ = 0;
    MemorySource rest_{"\n3305000000001,x\n"};
  };
  class WithHeader final : public ByteSource {
   public:
    Result<std::size_t> read(std::span<char> into) override {
      auto count = header_.read(into);
      return count && *count == 0 ? line_.read(into) : count;
    }

   private:
    MemorySource header_{kPkidHeader};
    LongLine line_;
  };
  const auto peak_kilobytes = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  };
  const long before = peak_kilobytes();
  WithHeader source;
  CHECK(read_from(source).summary() == "2!row.too_long 3");
  CHECK(peak_kilobytes() - before < 32 * 1024);
}

TEST_CASE("every encoding and line break gives the same rows") {
  const std::string text =
      "Device Serial Number,Windows Product ID,Hardware Hash\n"
      "," +
      make_device(1).spec.pkid + ",\n" + make_device(2).spec.serial + ",," + make_device(2).hash +
      "\n";
  const auto with_breaks = [&](std::string_view breaks) {
    std::string result;
    for (const char c : text) c == '\n' ? result.append(breaks) : result.append(1, c);
    return result;
  };
  const std::pair<const char*, std::string> cases[] = {
      {"utf-8", text},
      {"utf-8-bom", "\xEF\xBB\xBF" + text},
      {"utf-16le", "\xFF\xFE" + support::utf16le(text)},
      {"utf-16be", "\xFE\xFF" + support::utf16be(text)},
      {"utf-8", with_breaks("\r\n")},
      {"utf-8", with_breaks("\r")},
      {"utf-16le", "\xFF\xFE" + support::utf16le(with_breaks("\r\n"))},
      {"utf-16be", "\xFE\xFF" + support::utf16be(with_breaks("\r"))},
      {"utf-8", text.substr(0, text.size() - 1)},
  };
  for (const auto& [encoding, bytes] : cases) {
    INFO(encoding << ' ' << bytes.size());
    const Reading reading = read_text(bytes);
    CHECK(reading.report.encoding == encoding);
    CHECK(reading.summary() == "2 3");
    CHECK(reading.report.lines == 3);
    CHECK(reading.rows[1].serial == "CONTOSO-0000002");
  }
}

TEST_CASE("UTF-16 without a mark is read with a warning, UTF-32 is refused") {
  const std::string text = kPkidHeader + "3305000000001,\n";
  const Reading guessed = read_text(support::utf16le(text));
  CHECK(guessed.report.encoding == "utf-16le");
  REQUIRE(guessed.report.warnings.size() == 1);
  CHECK(guessed.report.warnings[0].code == "file.no_byte_order_mark");
  CHECK(guessed.summary() == "2");
  CHECK(read_text(std::string("\xFF\xFE\0\0S\0\0\0", 8)).refusal() == "file.encoding");
}

TEST_CASE("the size of the pieces a source gives does not matter") {
  std::string text = support::partner_file(1, 60, "a\"b,\nc");
  for (const std::string& bytes : {text, "\xFF\xFE" + support::utf16le(text)}) {
    const Reading whole = read_text(bytes);
    for (const std::size_t step : {1U, 2U, 3U, 4093U, 70'001U}) {
      INFO(step);
      SlowSource source(bytes, step);
      const Reading pieces = read_from(source);
      CHECK(pieces.rows == whole.rows);
      CHECK(pieces.report.lines == whole.report.lines);
    }
  }
}

TEST_CASE("rows across the edges of windows are whole") {
  const std::uint64_t rows = 900;
  for (const std::size_t shift : {0U, 1U, 2U, 1000U, 2500U}) {
    std::string text = "Device Serial Number,Windows Product ID,Hardware Hash\r\n";
    text += repeated(' ', shift) + "\r\n";
    for (std::uint64_t at = 1; at <= rows; ++at) {
      text += make_device(at % 7).spec.serial + ",," + make_device(at % 7).hash + "\r\n";
    }
    const Reading reading = read_text(text);
    REQUIRE(reading.rows.size() == rows);
    for (std::uint64_t at = 0; at < rows; ++at) {
      CHECK(reading.rows[at].line == at + 3);
      CHECK_FALSE(reading.rows[at].is_rejected);
    }
    CHECK(reading.largest_batch < 300);
  }
}

TEST_CASE("line numbers are physical, also behind quoted line breaks") {
  const std::string text =
      "Serial,Manufacturer,Model,Note\n"                   // 1
      "S-1,Contoso,Book,\"a\nb\r\nc\rd\"\n"                // 2 to 5
      "\n"                                                 // 6
      "S-2,Contoso,Book,\"x\"\r"                           // 7
      "S-3,Contoso,Book,\"two \"\"quoted\"\" words\"\r\n"  // 8
      "S-4,Contoso,Book";                                  // 9
  const Reading reading = read_text(text);
  CHECK(reading.summary() == "2 7 8 9");
  CHECK(reading.report.lines == 9);
  CHECK(reading.report.blank_lines == 1);
}

TEST_CASE("blank lines, bare commas, repeated headers and marks in the middle are stepped over") {
  const std::string header = "Device Serial Number,Windows Product ID,Hardware Hash\n";
  const std::string text =
      header + ",3305000000001,\n" + "\n" + "   \n" + ",,,,,,\n" + "\"\",\"\"\n" + "\xEF\xBB\xBF" +
      header + "\xEF\xBB\xBF,3305000000002,\n" +
      "\"Device serial number\",WINDOWS PRODUCT ID, hardware  hash\n" + ",3305000000003,\n";
  const Reading reading = read_text(text);
  CHECK(reading.summary() == "2 8 10");
  CHECK(reading.report.blank_lines == 4);
  CHECK(reading.report.repeated_headers == 2);
  CHECK(reading.report.rows == 3);
}

TEST_CASE("a header of other columns in the middle counts from there on") {
  const std::string text =
      "Device Serial Number,Windows Product ID,Hardware Hash\n"
      ",3305000000001,\n"
      "Manufacturer,Model,Serial Number,Hardware Hash\n"
      "Contoso,Book,S-1,\n";
  const Reading reading = read_text(text);
  CHECK(reading.summary() == "2 4");
  CHECK(reading.rows[1].serial == "S-1");
  CHECK(reading.rows[1].model == "Book");
}

TEST_CASE("a file that is none is refused with a reason") {
  const std::pair<std::string, const char*> cases[] = {
      {"", "file.empty"},
      {"\xEF\xBB\xBF", "file.empty"},
      {"\r\n\r\n  \n,,,\n", "file.empty"},
      {"Device Serial Number,Windows Product ID,Hardware Hash\r\n", "file.no_rows"},
      {"Device Serial Number,Windows Product ID,Hardware Hash\n,,\n\n", "file.no_rows"},
      {"Device Serial Number,Owner\nS-1,x\n", "file.no_header"},
      {"S-1,,T0EAH\n", "file.no_header"},
      {"Device Serial Number;Windows Product ID;Hardware Hash\n", "file.no_rows"},
      {"Serial,PKID,Serial Number\n", "file.duplicate_column"},
      {repeated(',', 300) + "PKID\n", "file.header_too_long"},
      {repeated('x', 200'000), "file.header_too_long"},
      {"PKID\xFF\n1\n", "file.encoding"},
      {repeated('\0', 5000), "file.encoding"},
      {repeated('\0', 500'000), "file.encoding"},
      {"key " + std::string(support::fake_product_key()) + "\n", "secret.product_key"},
  };
  for (const auto& [text, code] : cases) {
    INFO(code << ' ' << text.substr(0, 60));
    const Reading reading = read_text(text);
    CHECK(reading.refusal() == code);
    CHECK(reading.rows.empty());
  }
}

TEST_CASE("a refusal names the line, what was found and what is wanted") {
  const auto missing = *read_text("\nDevice Serial Number, Owner\n").report.refusal;
  CHECK(missing.reason ==
        "Line 2 names no column that identifies a device. Found: Device Serial Number, Owner.");
  CHECK(missing.fix.find("Hardware Hash") != std::string_view::npos);
  CHECK(missing.field == record::Field::file);
  CHECK(read_text("Serial,PKID,S/N\n").report.refusal->reason ==
        "Line 1: the columns Serial and S/N mean the same field.");
}

TEST_CASE("fields too few are empty, fields too many must be empty") {
  const std::string header = "Manufacturer,Model,Serial Number,Hardware Hash,Owner\n";
  const Reading reading = read_text(header +
                                    "Contoso,Book,S-1\n"
                                    "Contoso,Book,S-2,,,,, ,\n"
                                    "Contoso,Book,S-3,,me,x\n"
                                    "Contoso\n");
  CHECK(reading.summary() == "2 3 4!row.too_many_fields 5!row.not_identifying");
}

TEST_CASE("what is damaged is one row, not the file") {
  const std::string good = "3305000000001,x\n";
  using std::string_literals::operator""s;
  const std::pair<std::string, const char*> cases[] = {
      {"3305000000001,\0\n"s, "row.nul_bytes"},
      {"3305000000001,\xC3\x28\n", "row.bad_encoding"},
      {"3305000000001,\xED\xA0\x80\n", "row.bad_encoding"},
      {"3305000000001,\xC0\xAF\n", "row.bad_encoding"},
      {repeated('x', limits::kFieldBytes + 1) + "\n", "row.field_too_long"},
      {repeated('x', limits::kRowBytes + 1) + "\n", "row.too_long"},
      {repeated('x', 3'000'000) + "\n", "row.too_long"},
      {repeated('\0', 3'000'000) + "\n", "row.nul_bytes"},
      {"1" + repeated(',', 300) + "1\n", "row.too_many_columns"},
      {"\"never closed\n", "row.unclosed_quote"},
  };
  for (const auto& [bad, code] : cases) {
    INFO(code << ' ' << bad.size());
    const Reading reading = read_text(kPkidHeader + good + bad + good + good);
    CHECK(reading.summary() == "2 3!" + std::string(code) + " 4 5");
    CHECK(reading.report.lines == 5);
  }
}

TEST_CASE("the line break of an endless line is one, wherever the windows meet") {
  const std::size_t edge = 64 * 1024 + limits::kWindowBytes - kPkidHeader.size();
  for (const std::size_t length : {edge - 2, edge - 1, edge, edge + 1}) {
    for (const std::string line_break : {"\r\n", "\r", "\n"}) {
      const Reading reading = read_text(kPkidHeader + repeated('x', length) + line_break +
                                        "3305000000001,x" + line_break);
      CHECK(reading.summary() == "2!row.too_long 3");
      CHECK(reading.report.lines == 3);
      CHECK(reading.report.blank_lines == 0);
    }
  }
}

TEST_CASE("a quote that is never closed costs its line only, in large files too") {
  std::string text = kPkidHeader + "3305000000001,\"open\n";
  for (int at = 0; at < 20'000; ++at) text += "3305000000002,x\n";
  const Reading reading = read_text(text);
  REQUIRE(reading.rows.size() == 20'001);
  CHECK(reading.rows[0].codes == "row.unclosed_quote");
  CHECK_FALSE(reading.rows[1].is_rejected);
  CHECK(reading.rows.back().line == 20'002);
}

TEST_CASE("faults of UTF-16 reject their row") {
  using std::string_literals::operator""s;
  const std::string mark = "\xFF\xFE";
  const std::string header = support::utf16le(kPkidHeader);
  const std::string good = support::utf16le("3305000000001,x\n");
  const std::string lone =
      support::utf16le("3305000000001,") + "\x3D\xD8"s + support::utf16le("\n");
  CHECK(read_text(mark + header + lone + good).summary() == "2!row.bad_encoding 3");
  const std::string pair =
      support::utf16le("3305000000001,") + "\x3D\xD8\x00\xDE"s + support::utf16le("\n");
  CHECK(read_text(mark + header + pair + good).summary() == "2 3");
  CHECK(read_text(mark + header + good + "3").summary() == "2 3!row.bad_encoding");
  CHECK(read_text(mark + header + good + repeated('\0', 64)).summary() == "2 3!row.nul_bytes");
}

TEST_CASE("batches of tiny rows are bounded, and so are batches of faults") {
  std::string text = kPkidHeader;
  for (int at = 0; at < 30'000; ++at) text += "3305000000002,x\n";
  const Reading reading = read_text(text);
  CHECK(reading.rows.size() == 30'000);
  CHECK(reading.largest_batch == 4096);
  text = kPkidHeader;
  for (int at = 0; at < 30'000; ++at) text += "x\n";
  CHECK(read_text(text).largest_batch <= 4096);
}

TEST_CASE("rows that are stored already are counted, not handed on") {
  ReadOptions options;
  options.resume_after_line = 4;
  const std::string file = support::bad_file(1).content;
  const Reading reading = read_text(file, options);
  CHECK(reading.report.rows == 7);
  CHECK(reading.rows.front().line == 6);
  CHECK(reading.rows.size() == 4);
  options.resume_after_line = 1000;
  CHECK(read_text(file, options).rows.empty());
  CHECK_FALSE(read_text(file, options).report.refusal);
}

TEST_CASE("errors of source and sink are handed through") {
  class Broken final : public ByteSource {
   public:
    explicit Broken(std::string_view bytes) : memory_(bytes) {}
    Result<std::size_t> read(std::span<char> into) override {
      auto count = memory_.read(into.first(std::min<std::size_t>(into.size(), 50'000)));
      if (count && *count == 0) return fail(Errc::transient, "the disk is gone");
      return count;
    }

   private:
    MemorySource memory_;
  };
  const std::string file = support::autopilot_file(1, 300);
  const BatchSink accept = [](std::unique_ptr<record::RecordBatch>) -> Result<void> { return {}; };
  Broken broken(file);
  const auto gone = read_submission(broken, record::RowChecker({}), {}, accept);
  REQUIRE_FALSE(gone);
  CHECK(gone.error().code() == Errc::transient);
  MemorySource source(file);
  const auto full = read_submission(source, record::RowChecker({}), {},
                                    [](std::unique_ptr<record::RecordBatch>) -> Result<void> {
                                      return fail(Errc::full, "full");
                                    });
  REQUIRE_FALSE(full);
  CHECK(full.error().code() == Errc::full);
}
