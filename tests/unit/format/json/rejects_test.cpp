#include "format/json/rejects.hpp"

#include "unit/format/copied_rejects.hpp"
#include "unit/format/json/documents.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::format;

namespace {

const std::string kBad = R"({ "serialNumber" : 17, "x":"\u00e9" })";

}  // namespace

TEST_CASE("rejected records of a list come back as a list, byte for byte") {
  CHECK(own_rejects_of("[" + tuple_device(1) + "," + kBad + ",\n" + tuple_device(2) + ",\n 5]") ==
        "[\n" + kBad + ",\n5\n]\n");
}

TEST_CASE("rejected records keep what stands in front of their list") {
  CHECK(own_rejects_of(R"({"BatchId": "line-1", "Devices" : [)" + kBad + "," + tuple_device(1) +
                       R"(],"Attributes":{}})") == R"({"BatchId": "line-1", "Devices" : [)"
                                                   "\n" +
                                                       kBad + "\n]}\n");
}

TEST_CASE("rejected lines come back as lines") {
  CHECK(own_rejects_of(tuple_device(1) + "\n" + kBad + "\n{\"a\":\n" + tuple_device(2) +
                       "\n{\"b\"") == kBad + "\n{\"a\":\n{\"b\"\n");
}

TEST_CASE("a file without rejected records has no rejects") {
  CHECK(own_rejects_of("[" + tuple_device(1) + "]").empty());
  CHECK(own_rejects_of(tuple_device(1) + "\n" + tuple_device(2) + "\n").empty());
}

TEST_CASE("product keys in rejected records become asterisks") {
  const std::string key(support::fake_product_key());
  CHECK(own_rejects_of("[{\"serialNumber\":\"A\",\"productKey\":\"" + key + "\"}]") ==
        "[\n{\"serialNumber\":\"A\",\"productKey\":\"" + repeated('*', key.size()) + "\"}\n]\n");
}

TEST_CASE("a record that hides a product key in escaped letters does not come back") {
  const std::string key(support::fake_product_key());
  std::string escaped = key;
  escaped.replace(5, 1, "\\u002d");
  const std::string hiding = "{\"serialNumber\":\"A\",\"x\":{\"note\":\"" + escaped + "\"}}";
  REQUIRE(read_text("[" + hiding + "]").summary() == "1!secret.product_key");
  CHECK(own_rejects_of("[" + hiding + "," + kBad + "]") == "[\n" + kBad + "\n]\n");
  CHECK(own_rejects_of(hiding + "\n").empty());
  const std::string both = "{\"serialNumber\":\"" + key + "\",\"x\":\"" + escaped + "\"}";
  CHECK(own_rejects_of("[" + both + "]").empty());
}

TEST_CASE("rejects read again give the same verdicts") {
  const std::string text = "[" + tuple_device(1) + "," + kBad + ",3,{\"productKey\":\"17\"}]";
  const std::string copy = own_rejects_of(text);
  CHECK(own_rejects_of(copy) == copy);
  CHECK(read_text(copy).rows.size() == 3);
}
