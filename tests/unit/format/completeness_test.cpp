#include "format/submission_reader.hpp"
#include "support/device_files.hpp"

#include "unit/format/reading.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::format;

namespace {

Completeness judge(std::string_view file) {
  const std::string_view head = file.substr(0, 8 * 1024);
  const std::size_t tail = std::min<std::size_t>(file.size(), 16 * 1024);
  return judge_completeness(head, file.substr(file.size() - tail));
}

std::string utf8_file(std::uint64_t rows) {
  std::string text = "Device Serial Number,Windows Product ID,Hardware Hash\r\n";
  for (std::uint64_t at = 1; at <= rows; ++at) {
    const auto device = support::make_device(at);
    text += device.spec.serial + ",," + device.hash + "\r\n";
  }
  return text;
}

}  // namespace

TEST_CASE("a file that ends in a line break is complete, in every encoding") {
  const std::string text = utf8_file(20);
  CHECK(judge(text) == Completeness::complete);
  CHECK(judge("\xEF\xBB\xBF" + text) == Completeness::complete);
  CHECK(judge("\xFF\xFE" + support::utf16le(text)) == Completeness::complete);
  CHECK(judge("\xFE\xFF" + support::utf16be(text)) == Completeness::complete);
  CHECK(judge(text.substr(0, text.size() - 1)) == Completeness::complete);
}

TEST_CASE("a last row without a line break is complete when its hash verifies") {
  for (const std::uint64_t rows : {1U, 20U}) {
    std::string text = utf8_file(rows);
    text.resize(text.size() - 2);
    CHECK(judge(text) == Completeness::complete);
    CHECK(judge("\xFF\xFE" + support::utf16le(text)) == Completeness::complete);
    CHECK(judge("\xFE\xFF" + support::utf16be(text)) == Completeness::complete);
  }
}

TEST_CASE("a row that stops in the middle is cut off") {
  const std::string one = utf8_file(1);
  const std::string text = utf8_file(20);
  for (const std::size_t cut : {3000U, 3900U, 4002U, 4005U, 4015U}) {
    INFO(cut);
    CHECK(judge(text.substr(0, text.size() - cut)) == Completeness::cut_off);
    CHECK(judge("\xFF\xFE" + support::utf16le(text.substr(0, text.size() - cut))) ==
          Completeness::cut_off);
  }
  CHECK(judge("") == Completeness::cut_off);
  CHECK(judge("Device Serial Number,Windows Pro") == Completeness::cut_off);
  CHECK(judge("Device Serial Number,Windows Product ID,Hardware Hash") == Completeness::cut_off);
  CHECK(judge("\xEF\xBB\xBF") == Completeness::cut_off);
  CHECK(judge("<Key>") == Completeness::cut_off);
  const std::string wide = "\xFF\xFE" + support::utf16le(text);
  CHECK(judge(wide.substr(0, wide.size() - 1)) == Completeness::cut_off);
}

TEST_CASE("every cut through the last row is seen, in the padding of its hash too") {
  const std::string text = utf8_file(2);
  for (std::size_t size = text.size() - 4020; size < text.size(); ++size) {
    if (judge(text.substr(0, size)) == Completeness::cut_off) continue;
    const bool is_at_row_end = text[size - 1] == '\n' || text[size - 1] == '\r';
    const bool has_whole_hash = size >= text.size() - 2;  // only the line break is missing
    if (!is_at_row_end && !has_whole_hash) FAIL("cut at " << size);
  }
}

TEST_CASE("rows without a hash must have all their fields") {
  const std::string header = "Serial,Manufacturer,Model,Hardware Hash,PKID\n";
  CHECK(judge(header + "S-1,Contoso,Book,,3305000000001") == Completeness::complete);
  CHECK(judge(header + "S-1,Contoso,Book,") == Completeness::cut_off);
  CHECK(judge(header + "S-1,Contoso,\"Bo") == Completeness::cut_off);
  // The hash may be what is missing.
  CHECK(judge(header + "S-1,Contoso,Book,,") == Completeness::cut_off);
  CHECK(judge("\n\n" + header + "S-1,Contoso,Book,,3") == Completeness::complete);
}

TEST_CASE("zeros at the end that no text has are told apart") {
  const std::string text = utf8_file(3);
  const std::string wide = "\xFF\xFE" + support::utf16le(text);
  CHECK(judge(text + repeated('\0', 1)) == Completeness::zero_filled);
  CHECK(judge(text + repeated('\0', 50'000)) == Completeness::zero_filled);
  CHECK(judge(repeated('\0', 4096)) == Completeness::zero_filled);
  CHECK(judge(wide + repeated('\0', 2)) == Completeness::zero_filled);
  CHECK(judge(wide.substr(0, 9000) + repeated('\0', 4096)) == Completeness::zero_filled);
  CHECK(judge("\xFE\xFF" + support::utf16be(text) + repeated('\0', 6)) ==
        Completeness::zero_filled);
}

TEST_CASE("7.2 a last row validates in every dialect of CSV") {
  const auto device = support::make_device(4);
  const std::string row = device.spec.serial + ",," + device.hash;
  const std::string names = "Device Serial Number,Windows Product ID,Hardware Hash,";
  const auto cut = [](const std::string& text) { return text.substr(0, text.size() - 20); };
  std::string semicolons = device.spec.serial + ";;" + device.hash;
  const std::pair<const char*, std::string> cases[] = {
      {"separators", "Serial;PKID;Hash\n" + semicolons},
      {"sep=", "sep=;\nSerial;PKID;Hash\n" + semicolons},
      {"a report", "Title\n" + names + row + "\n" + names + row},
      {"no header, one row", row},
      {"no header, a mark", "\xEF\xBB\xBF" + row},
      {"no header, two rows", row + "\n" + row},
  };
  for (const auto& [name, text] : cases) {
    INFO(name);
    CHECK(judge(text) == Completeness::complete);
    CHECK(judge(cut(text)) == Completeness::cut_off);
    CHECK(judge(text + repeated('\0', 100)) == Completeness::zero_filled);
  }
}

TEST_CASE("7.2 without a header the columns that are set tell where a row ends") {
  ReadOptions options;
  options.columns = {Column::manufacturer, Column::model, Column::serial};
  const auto judged = [&](std::string_view text) {
    return judge_completeness(text, text, options);
  };
  CHECK(judged("Contoso,Book,S-1\nContoso,Book,S-2") == Completeness::complete);
  CHECK(judged("Contoso,Book,S-1\nContoso,Book") == Completeness::cut_off);
  CHECK(judged("Contoso|Book|S-1\nContoso|Book|S-2") == Completeness::cut_off);
  options.separator = '|';
  CHECK(judged("Contoso|Book|S-1\nContoso|Book|S-2") == Completeness::complete);
}
