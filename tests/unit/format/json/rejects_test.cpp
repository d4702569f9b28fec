#include "format/json/rejects.hpp"

#include "unit/format/json/documents.hpp"
#include "unit/format/reading.hpp"
#include <catch2/catch.hpp>

#include <set>

using namespace devicebatch;
using namespace devicebatch::format;

namespace {

// What the rows that reading the file rejects look like in a file of their own.
std::string rejects_of(std::string_view text) {
  std::set<std::uint64_t> rejected;
  for (const ReadRow& row : read_text(text).rows) {
    if (row.is_rejected) rejected.insert(row.line);
  }
  MemorySource source(text);
  TextWindow window(source);
  REQUIRE(window.start());
  std::string copy;
  const auto done = copy_json_rejects(
      window, [&](std::uint64_t number) { return rejected.count(number) != 0; },
      [&](std::string_view bytes) -> Result<void> {
        copy += bytes;
        return {};
      });
  REQUIRE(done);
  return copy;
}

const std::string kBad = R"({ "serialNumber" : 17, "x":"\u00e9" })";

}  // namespace

TEST_CASE("rejected records of a list come back as a list, byte for byte") {
  CHECK(rejects_of("[" + tuple_device(1) + "," + kBad + ",\n" + tuple_device(2) + ",\n 5]") ==
        "[\n" + kBad + ",\n5\n]\n");
}

TEST_CASE("rejected records keep what stands in front of their list") {
  CHECK(rejects_of(R"({"BatchId": "line-1", "Devices" : [)" + kBad + "," + tuple_device(1) +
                   R"(],"Attributes":{}})") == R"({"BatchId": "line-1", "Devices" : [)"
                                               "\n" +
                                                   kBad + "\n]}\n");
}

TEST_CASE("rejected lines come back as lines") {
  CHECK(rejects_of(tuple_device(1) + "\n" + kBad + "\n{\"a\":\n" + tuple_device(2) + "\n{\"b\"") ==
        kBad + "\n{\"a\":\n{\"b\"\n");
}

TEST_CASE("a file without rejected records has no rejects") {
  CHECK(rejects_of("[" + tuple_device(1) + "]").empty());
  CHECK(rejects_of(tuple_device(1) + "\n" + tuple_device(2) + "\n").empty());
}

TEST_CASE("product keys in rejected records become asterisks") {
  const std::string key(support::fake_product_key());
  CHECK(rejects_of("[{\"serialNumber\":\"A\",\"productKey\":\"" + key + "\"}]") ==
        "[\n{\"serialNumber\":\"A\",\"productKey\":\"" + repeated('*', key.size()) + "\"}\n]\n");
}

TEST_CASE("rejects read again give the same verdicts") {
  const std::string text = "[" + tuple_device(1) + "," + kBad + ",3,{\"productKey\":\"17\"}]";
  const std::string copy = rejects_of(text);
  CHECK(rejects_of(copy) == copy);
  CHECK(read_text(copy).rows.size() == 3);
}
