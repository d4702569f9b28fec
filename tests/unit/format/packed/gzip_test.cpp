#include "base/limits.hpp"
#include "format/packed/gzip_sink.hpp"
#include "format/packed/gzip_source.hpp"

#include "unit/format/packed_text.hpp"
#include "unit/format/reading.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::format;

namespace {

// Gigabytes of one byte, packed, without having them in memory.
std::string packed_run(char byte, std::size_t size) {
  std::string bytes;
  const ByteSink sink = [&](std::string_view piece) -> Result<void> {
    bytes += piece;
    return {};
  };
  GzipSink gzip(sink);
  const std::string piece(1 << 20, byte);
  for (std::size_t at = 0; at < size; at += piece.size()) REQUIRE(gzip.write(piece));
  REQUIRE(gzip.finish());
  return bytes;
}

const std::string kPkids = "PKID,Owner\n3305000000001,x\n3305000000002,x\n";

}  // namespace

TEST_CASE("a gzip file is read like what is in it, in pieces of any size") {
  const std::string text = support::autopilot_file(1, 40);
  const Reading plain = read_text(text);
  const std::string file = packed(text);
  CHECK(file.size() < text.size());
  const Reading whole = read_text(file);
  CHECK(whole.rows == plain.rows);
  CHECK(whole.report.lines == plain.report.lines);
  CHECK(whole.report.dialect == "csv family A, gzip");
  CHECK(whole.report.encoding == "utf-16le");
  for (const std::size_t step : {1U, 7U, 4096U}) {
    SlowSource source(file, step);
    CHECK(read_from(source).rows == plain.rows);
  }
}

TEST_CASE("several members in a row are one file, padding behind them is none") {
  const std::string two = packed(kPkids) + packed("3305000000003,x\n");
  CHECK(read_text(two).summary() == "2 3 4");
  CHECK(read_text(two + repeated('\0', 700)).summary() == "2 3 4");
  CHECK(read_text(packed("") + packed(kPkids)).summary() == "2 3");
}

TEST_CASE("a gzip file that is damaged or cut off is refused as a whole") {
  const std::string file = packed(support::partner_file(1, 50, "x"));
  for (const std::size_t size : {2U, 9U, 100U}) {
    CHECK(read_text(std::string_view(file).substr(0, size)).refusal() == "file.gzip_damaged");
  }
  CHECK(read_text(std::string_view(file).substr(0, file.size() - 1)).refusal() ==
        "file.gzip_damaged");
  std::string changed = file;
  changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 0x10);
  CHECK(read_text(changed).refusal() == "file.gzip_damaged");
  std::string checksum = file;
  checksum[checksum.size() - 6] = static_cast<char>(checksum[checksum.size() - 6] ^ 1);
  CHECK(read_text(checksum).refusal() == "file.gzip_damaged");
  const Reading garbage = read_text(file + "x");
  CHECK(garbage.refusal() == "file.gzip_damaged");
  CHECK(garbage.report.refusal->reason.find("behind its end") != std::string::npos);
}

TEST_CASE("an empty gzip file is an empty file") {
  CHECK(read_text(packed("")).refusal() == "file.empty");
}

TEST_CASE("I1h `.gz` bombs: the ratio stops them early") {
  const std::string bomb = packed_run('x', std::size_t{256} << 20);
  CHECK(bomb.size() < 400'000);
  const Reading reading = read_text(bomb);
  CHECK(reading.refusal() == "file.inflates_too_much");
  CHECK(reading.report.refusal->reason.find("200 times") != std::string::npos);
}

TEST_CASE("I1h `.gz` bombs: the size is capped, and so are the rows") {
  ReadOptions options;
  options.most_inflated_bytes = 10'000;
  CHECK(read_text(packed(support::autopilot_file(1, 2)), options).refusal() ==
        "file.inflates_too_much");
  CHECK(read_text(packed(kPkids), options).summary() == "2 3");
  options = {};
  options.most_inflated_rows = 2;
  CHECK(read_text(packed(kPkids), options).summary() == "2 3");
  options.most_inflated_rows = 1;
  const Reading many = read_text(packed(kPkids), options);
  CHECK(many.refusal() == "file.too_many_rows");
  CHECK(many.rows.empty());
}

TEST_CASE("I1h `.gz`/`.zip` bombs (nested): refused with a way out") {
  const Reading nested = read_text(packed(packed(kPkids)));
  CHECK(nested.refusal() == "file.nested_gzip");
  CHECK(nested.report.refusal->fix == "Pack the device list once only.");
  CHECK(read_text(packed("PK\x03\x04 and so on")).refusal() == "file.nested_gzip");
}

TEST_CASE("other archives and workbooks are recognised and refused with a fix") {
  using std::string_literals::operator""s;
  const std::tuple<const char*, std::string, const char*> cases[] = {
      {"zip", "PK\x03\x04\x14\0\0\0\x08\0DeviceHash_PC.csv"s, "file.packed"},
      {"empty zip", "PK\x05\x06\0\0"s, "file.packed"},
      {"zst", "\x28\xB5\x2F\xFD\x04"s, "file.packed"},
      {"xz",
       "\xFD"
       "7zXZ\0\0"s,
       "file.packed"},
      {"bzip2", "BZh91AY&SY"s, "file.packed"},
      {"7-Zip", "7z\xBC\xAF\x27\x1C\0"s, "file.packed"},
      {"xlsx", "PK\x03\x04\x14\0\x06\0[Content_Types].xml"s, "file.workbook"},
      {"xls", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0"s, "file.workbook"},
      {"ods", "PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.spreadsheet"s, "file.workbook"},
  };
  for (const auto& [name, bytes, code] : cases) {
    INFO(name);
    const Reading reading = read_text(bytes);
    CHECK(reading.refusal() == code);
    CHECK_FALSE(reading.report.refusal->fix.empty());
    CHECK(judge_completeness(bytes, bytes) == Completeness::complete);
  }
}

TEST_CASE("the completeness of a gzip file shows as far as its ends do") {
  const std::string small = packed(support::single_file(3));
  CHECK(judge_completeness(small, small) == Completeness::complete);
  for (const std::size_t size : {2U, 30U, 500U}) {
    const auto part = std::string_view(small).substr(0, size);
    CHECK(judge_completeness(part, part) == Completeness::cut_off);
  }
  const std::string zeros = small + repeated('\0', 4096);
  CHECK(judge_completeness(zeros, zeros) == Completeness::zero_filled);
}

TEST_CASE("errors of the source are handed through a gzip file") {
  class Broken final : public ByteSource {
   public:
    explicit Broken(std::string_view bytes) : memory_(bytes) {}
    Result<std::size_t> read(std::span<char> into) override {
      auto count = memory_.read(into);
      if (count && *count == 0) return fail(Errc::transient, "the disk is gone");
      return count;
    }

   private:
    MemorySource memory_;
  };
  const std::string file = packed(kPkids);
  Broken broken(std::string_view(file).substr(0, file.size() - 4));
  const auto report =
      read_submission(broken, record::RowChecker({}), {}, [](auto) -> Result<void> { return {}; });
  REQUIRE_FALSE(report);
  CHECK(report.error().code() == Errc::transient);
}
