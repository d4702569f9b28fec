// One test for each kind of hostile file: a clear verdict, bounded memory.
#include "base/limits.hpp"

#include "unit/format/reading.hpp"
#include <catch2/catch.hpp>
#include <sys/resource.h>

using namespace devicebatch;
using namespace devicebatch::format;

namespace {

const std::string kHeader = "PKID,Owner\n";
const std::string kGood = "3305000000001,x\n";

// A header, then one piece of text over and over, then an end: files of any size without a disk.
class Endless final : public ByteSource {
 public:
  Endless(std::string head, std::string piece, std::uint64_t bytes, std::string end)
      : head_(std::move(head)), piece_(std::move(piece)), left_(bytes), end_(std::move(end)) {
    while (piece_.size() < 64 * 1024) piece_ += piece_;
  }

  Result<std::size_t> read(std::span<char> into) override {
    if (!head_.empty()) return take(head_, into);
    if (left_ == 0) return take(end_, into);
    const std::size_t count =
        std::min({into.size(), piece_.size() - at_, static_cast<std::size_t>(left_)});
    std::copy_n(piece_.begin() + static_cast<std::ptrdiff_t>(at_), count, into.begin());
    at_ = (at_ + count) % piece_.size();
    left_ -= count;
    return count;
  }

 private:
  static std::size_t take(std::string& text, std::span<char> into) {
    const std::size_t count = std::min(into.size(), text.size());
    std::copy_n(text.begin(), count, into.begin());
    text.erase(0, count);
    return count;
  }

  std::string head_;
  std::string piece_;
  std::uint64_t left_;
  std::string end_;
  std::size_t at_ = 0;
};

long peak_kilobytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

struct Counted {
  FileReport report;
  std::uint64_t rows = 0;
  std::uint64_t rejected = 0;
};

// Counts rows without keeping them, and checks that memory does not grow.
Counted count(ByteSource& source) {
  const long before = peak_kilobytes();
  Counted counted;
  auto report = read_submission(source, record::RowChecker({}), {},
                                [&](std::unique_ptr<record::RecordBatch> batch) -> Result<void> {
                                  counted.rows += batch->rows.size();
                                  for (const auto& row : batch->rows) {
                                    counted.rejected += row.is_rejected ? 1 : 0;
                                  }
                                  return {};
                                });
  REQUIRE(report);
  counted.report = std::move(*report);
  CHECK(counted.report.rows == counted.rows);
  CHECK(peak_kilobytes() - before < 48 * 1024);
  return counted;
}

}  // namespace

TEST_CASE("I1h 0 byte") {
  CHECK(read_text("").refusal() == "file.empty");
}

TEST_CASE("I1h 1 byte") {
  using std::string_literals::operator""s;
  CHECK(read_text("x").refusal() == "file.no_header");
  CHECK(read_text("\n").refusal() == "file.empty");
  CHECK(read_text("\0"s).refusal() == "file.encoding");
  CHECK(read_text("\xFF").refusal() == "file.encoding");
  CHECK(read_text("\"").refusal() == "file.header_too_long");
}

TEST_CASE("I1h 10 GB: the size of a file changes nothing, here with 200 MB of rows") {
  Endless source(kHeader, repeated(' ', 4000) + "\n", 200'000'000, kGood);
  const Counted counted = count(source);
  CHECK(counted.rows == 1);
  CHECK(counted.report.blank_lines > 40'000);
}

TEST_CASE("I1h 10 M rows: here 300,000 that are rejected and 300,000 that are not") {
  Endless source(kHeader, "x\n" + kGood, 300'000 * (2 + kGood.size()), "");
  const Counted counted = count(source);
  CHECK(counted.rows == 600'000);
  CHECK(counted.rejected == 300'000);
}

TEST_CASE("I1h 1 GB single line: here 200 MB, as header and as row") {
  Endless row(kHeader, "x ", 200'000'000, "\n" + kGood);
  const Counted counted = count(row);
  CHECK(counted.rows == 2);
  CHECK(counted.rejected == 1);
  Endless header("", "x ", 20'000'000, "\n");
  CHECK(count(header).report.refusal->code == "file.header_too_long");
  Endless quoted(kHeader + "\"", "x\n", 400'000, "");
  CHECK(count(quoted).rows == 200'000);
}

TEST_CASE("I1h NUL bytes") {
  using std::string_literals::operator""s;
  CHECK(read_text(kHeader + "33050000\0,x\n"s + kGood).summary() == "2!row.nul_bytes 3");
  Endless zeros(kHeader + kGood, std::string(1, '\0'), 50'000'000, "");
  CHECK(count(zeros).rejected == 1);
}

TEST_CASE("I1h invalid UTF-8") {
  CHECK(read_text(kHeader + "\xC3\x28,x\n" + kGood).summary() == "2!row.bad_encoding 3");
}

TEST_CASE("I1h UTF-16") {
  CHECK(read_text("\xFE\xFF" + support::utf16be(kHeader + kGood)).summary() == "2");
}

TEST_CASE("I1h BOM") {
  CHECK(read_text("\xEF\xBB\xBF\xEF\xBB\xBF" + kHeader + kGood).summary() == "2");
  CHECK(read_text("\xFF\xFE").refusal() == "file.empty");
}

TEST_CASE("I1h mixed EOL") {
  CHECK(read_text("PKID,Owner\r3305000000001,x\r\n3305000000002,x\n\r3305000000003,x").summary() ==
        "2 3 5");
}

TEST_CASE("I1h CSV with 100 k columns") {
  const std::string commas = repeated(',', 99'999);
  CHECK(read_text("PKID" + commas + "\n1\n").refusal() == "file.header_too_long");
  CHECK(read_text(kHeader + "1" + commas + "1\n" + kGood).summary() == "2!row.too_many_columns 3");
  CHECK(read_text(kHeader + commas + "\n" + kGood).summary() == "3");
  Endless wide(kHeader, "a,", 50'000'000, "\n" + kGood);
  CHECK(count(wide).rows == 2);
}

TEST_CASE("I1h sparse file: a hole is a row that was not written") {
  Endless hole("", std::string(1, '\0'), 50'000'000, "");
  CHECK(count(hole).report.refusal->code == "file.encoding");
}

TEST_CASE("I1h numbers 1e999 are no serial numbers") {
  CHECK(read_text("Serial,Manufacturer,Model\n1E+999,Contoso,Book\n").rows[0].is_rejected);
}
