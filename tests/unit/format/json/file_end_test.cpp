#include "unit/format/json/documents.hpp"
#include "unit/format/reading.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::format;

namespace {

Completeness judge(std::string_view file) {
  const std::size_t tail = std::min<std::size_t>(file.size(), 16 * 1024);
  return judge_completeness(file.substr(0, 8 * 1024), file.substr(file.size() - tail));
}

std::string batch_of(std::uint64_t devices, std::string_view between) {
  std::string text = R"({"BatchId":"x","Devices":[)";
  for (std::uint64_t number = 1; number <= devices; ++number) {
    if (number > 1) text += ',';
    text.append(between).append(camel_device(number));
  }
  return text + R"(],"Attributes":{"ObjectType":"DeviceBatchCreationRequest"}})";
}

}  // namespace

TEST_CASE("7.2 JSON parses: a whole document is complete, one that stops anywhere is not") {
  for (const std::string_view between : {"", "\n  "}) {
    for (const std::uint64_t devices : {1U, 2U, 12U}) {
      const std::string text = batch_of(devices, between);
      CHECK(judge(text) == Completeness::complete);
      CHECK(judge(text + "\r\n") == Completeness::complete);
      CHECK(judge("\xFF\xFE" + support::utf16le(text)) == Completeness::complete);
      for (std::size_t cut = 1; cut < std::min<std::size_t>(text.size() - 1, 9000); cut += 7) {
        const std::string part = text.substr(0, text.size() - cut);
        INFO(devices << " " << cut);
        CHECK(judge(part) == Completeness::cut_off);
      }
    }
  }
}

TEST_CASE("an array that stops behind one of its records is cut off") {
  const std::string text =
      "[" + camel_device(1) + ",\n" + camel_device(2) + ",\n" + camel_device(3);
  CHECK(judge(text) == Completeness::cut_off);
  CHECK(judge(text + ",\n") == Completeness::cut_off);
  CHECK(judge(text + "]") == Completeness::complete);
  CHECK(judge("[" + tuple_device(1)) == Completeness::cut_off);
  CHECK(judge("[" + tuple_device(1) + "]") == Completeness::complete);
}

TEST_CASE("2 JSON Lines: an incomplete last line means still being written") {
  std::string text;
  for (std::uint64_t number = 1; number <= 9; ++number) text += camel_device(number) + "\n";
  CHECK(judge(text) == Completeness::complete);
  CHECK(judge(text + tuple_device(1)) == Completeness::complete);
  CHECK(judge(text + camel_device(1).substr(0, 500)) == Completeness::cut_off);
  CHECK(judge(text + "{") == Completeness::cut_off);
}

TEST_CASE("brackets and quotes inside texts decide nothing") {
  CHECK(judge(R"([{"a":"]}\"}"},{"b":"\\"}])") == Completeness::complete);
  CHECK(judge(R"([{"a":"]}\"}"},{"b":"\\"})") == Completeness::cut_off);
}
