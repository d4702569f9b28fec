#include "format/json/reader.hpp"
#include "support/device_dialects.hpp"
#include "support/live_memory.hpp"

#include "unit/format/reading.hpp"
#include <catch2/catch.hpp>

#include <cstring>

using namespace devicebatch;
using namespace devicebatch::format;
using support::make_device;

namespace {

constexpr std::size_t kMegabyte = std::size_t{1} << 20;

// `head`, then `body` again and again, then `tail`: a file of any size that nobody has to keep.
class LongFile final : public ByteSource {
 public:
  LongFile(std::string head, std::string body, std::size_t times, std::string tail)
      : parts_{std::move(head), std::move(body), std::move(tail)}, times_(times) {}

  Result<std::size_t> read(std::span<char> into) override {
    peak_ = std::max(peak_, support::live_bytes());
    std::size_t filled = 0;
    while (filled < into.size() && stage_ <= times_ + 1) {
      const std::string& part = parts_[stage_ == 0 ? 0 : stage_ <= times_ ? 1 : 2];
      const std::size_t count = std::min(into.size() - filled, part.size() - at_);
      std::memcpy(into.data() + filled, part.data() + at_, count);
      filled += count;
      at_ += count;
      if (at_ < part.size()) break;
      at_ = 0;
      ++stage_;
    }
    return filled;
  }

  // The most memory that was in use when somebody asked for more of the file.
  std::size_t peak() const { return peak_; }

 private:
  std::string parts_[3];
  std::size_t times_;
  std::size_t stage_ = 0;
  std::size_t at_ = 0;
  std::size_t peak_ = 0;
};

struct Count {
  std::uint64_t rows = 0;
  std::uint64_t rejected = 0;
  FileReport report;
};

// Reads without keeping rows; memory must stay at some windows and batches.
Count count_rows(LongFile& source) {
  const std::size_t before = support::live_bytes();
  Count count;
  auto report = read_submission(source, record::RowChecker({}), {},
                                [&](std::unique_ptr<record::RecordBatch> batch) -> Result<void> {
                                  for (const record::BatchRow& row : batch->rows) {
                                    ++count.rows;
                                    count.rejected += row.is_rejected ? 1 : 0;
                                  }
                                  return {};
                                });
  REQUIRE(report);
  count.report = std::move(*report);
  CHECK(source.peak() < before + 16 * kMegabyte);
  return count;
}

}  // namespace

TEST_CASE("I1h a JSON file of any size is read in bounded memory, on one line too") {
  std::string body;
  for (std::uint64_t number = 1; number <= 50; ++number) {
    body += support::camel_json(make_device(number)) + ",";
  }
  const std::string last = support::camel_json(make_device(51));
  LongFile on_one_line("[", body, 200, last + "]");
  const Count count = count_rows(on_one_line);
  CHECK(count.rows == 50 * 200 + 1);
  CHECK(count.rejected == 0);
  CHECK(count.report.lines == count.rows);
  LongFile cut_off("[", body, 20, last);
  CHECK(count_rows(cut_off).report.refusal->code == "file.json_cut_off");
}

TEST_CASE("where a window ends does not show in the records of JSON") {
  constexpr std::size_t kFirstWindow = 64 * 1024;
  const std::string lines =
      "{\"productKey\":\"3305000000001\"}\n{\"a\":\nno\n  x\n {\"b\":\"\\\"}\"}\n"
      "\xEF\xBB\xBF[{\"productKey\":\"3305000000002\"} , 7,{}]\n"
      "{\"BatchId\":\"x\",\"Devices\" : [ {\"productKey\":17} ] ,\"c\":[1] }\r\n"
      "{\"productKey\":\"33050000";
  const std::string list =
      "{\"n\":{},\"items\":[{\"productKey\":\"3305000000001\"},\n"
      "{\"x\":\"\\\\\"},null, true,\"a\"] , \"y\":\"]}\"}";
  for (const std::string& text : {lines, list}) {
    const Reading expected = read_text(text);
    REQUIRE(expected.rows.size() > 3);
    for (std::size_t cut = 1; cut <= text.size(); ++cut) {
      INFO(cut);
      const Reading moved = read_text(repeated(' ', kFirstWindow - cut) + text);
      CHECK(moved.rows == expected.rows);
      CHECK(moved.report.lines == expected.report.lines);
    }
  }
}

TEST_CASE("I1h 1 GB single line: a text, an object or garbage without end costs one record") {
  const std::string good = support::tuple_json(make_device(1));
  LongFile text("[{\"serialNumber\":\"", repeated('A', kMegabyte), 200, "\"}," + good + "]");
  Count count = count_rows(text);
  CHECK(count.rows == 2);
  CHECK(count.rejected == 1);
  LongFile object(good + "\n{\"a\":1", repeated(' ', kMegabyte) + ",\"b\":[{}]", 200,
                  "}\n" + good + "\n");
  count = count_rows(object);
  CHECK(count.rows == 3);
  CHECK(count.rejected == 1);
  LongFile garbage(good + "\n", repeated('x', kMegabyte), 200, "\n" + good + "\n");
  count = count_rows(garbage);
  CHECK(count.rows == 3);
  CHECK(count.rejected == 1);
  LongFile blanks("[", repeated(' ', kMegabyte), 200, good + "]");
  CHECK(count_rows(blanks).rows == 1);
  LongFile surroundings("{\"a\":\"", repeated('A', kMegabyte), 200, "\",\"Devices\":[]}");
  CHECK(count_rows(surroundings).rejected == 1);
  LongFile behind("{\"Devices\":[" + good + "],\"a\":\"", repeated('A', kMegabyte), 200, "\"}");
  CHECK(count_rows(behind).report.refusal->code == "file.json_broken");
}

TEST_CASE("I1h XML of any size is read in bounded memory") {
  const std::string report = support::report_xml(make_device(1));
  LongFile reports("", report + "\n", 5000, report);
  CHECK(count_rows(reports).rows == 5001);
  LongFile text("<Key><X>", repeated('A', kMegabyte), 200, "</X></Key>");
  CHECK(count_rows(text).rows == 1);
  LongFile hash("<Key><HardwareHash>", repeated('A', kMegabyte), 200, "</HardwareHash></Key>");
  CHECK(count_rows(hash).rejected == 1);
  LongFile tag("<Key a='", repeated('A', kMegabyte), 200, "'/>");
  CHECK(count_rows(tag).report.refusal->code == "file.xml_too_complex");
  LongFile blanks("", repeated(' ', kMegabyte), 20, report);
  CHECK(count_rows(blanks).report.refusal.has_value());
}
