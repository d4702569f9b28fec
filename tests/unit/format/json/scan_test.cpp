#include "format/json/scan.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace devicebatch::format;

namespace {

std::string scanned(std::string_view text, bool is_last = true) {
  const JsonScan scan = scan_json_value(text, is_last);
  switch (scan.end) {
    case JsonEnd::complete:
      return std::string(text.substr(0, scan.length));
    case JsonEnd::need_more:
      return "more";
    case JsonEnd::broken:
      return "broken at " + std::to_string(scan.length);
    case JsonEnd::too_deep:
      return "deep at " + std::to_string(scan.length);
    case JsonEnd::list:
      break;
  }
  return "list";
}

}  // namespace

TEST_CASE("a value ends where its brackets say") {
  CHECK(scanned(R"({"a":[1,{"b":"}"}],"c":null} rest)") == R"({"a":[1,{"b":"}"}],"c":null})");
  CHECK(scanned("[] ]") == "[]");
  CHECK(scanned("{}{}") == "{}");
  CHECK(scanned("17,") == "17");
  CHECK(scanned("true") == "true");
  CHECK(scanned(R"("a\"b\\" x)") == R"("a\"b\\")");
  CHECK(scanned(R"("\\\"")") == R"("\\\"")");
}

TEST_CASE("a value that may go on needs more") {
  CHECK(scanned("17", false) == "more");
  for (const std::string_view text :
       {"{", "[", "{\"", R"({"a")", R"({"a":)", "[1", "[1,", R"("\")", R"({"a":{})", "", " "}) {
    INFO(text);
    CHECK(scanned(text) == "more");
  }
}

TEST_CASE("broken structure is found where it is") {
  CHECK(scanned("{]") == "broken at 1");
  CHECK(scanned("[}") == "broken at 1");
  CHECK(scanned("[1}") == "broken at 2");
  CHECK(scanned("{1:2}") == "broken at 1");
  CHECK(scanned(R"({"a",})") == "broken at 4");
  CHECK(scanned("[1 2]") == "broken at 3");
  CHECK(scanned("[,]") == "broken at 1");
  CHECK(scanned("[1,]") == "broken at 3");
  CHECK(scanned(R"({"a":1,})") == "broken at 7");
  CHECK(scanned("[(1)]") == "broken at 1");
  CHECK(scanned("[\"a\nb\"]") == "broken at 1");
}

TEST_CASE("64 containers in each other are the most") {
  const std::string fine = std::string(64, '[') + std::string(64, ']');
  CHECK(scanned(fine) == fine);
  CHECK(scanned(std::string(65, '[')) == "deep at 64");
}

TEST_CASE("a list of devices is found at the first depth only") {
  const auto list_of = [](std::string_view text) {
    const JsonScan scan = scan_json_object(text, true);
    return scan.end == JsonEnd::list ? std::string(text.substr(0, scan.length)) : "none";
  };
  CHECK(list_of(R"({"a":[1],"DEVICES" : [ {)") == R"({"a":[1],"DEVICES" : [)");
  CHECK(list_of(R"({"value":[)") == R"({"value":[)");
  CHECK(list_of(R"({"a":{"devices":[]}})") == "none");
  CHECK(list_of(R"({"devices":{}})") == "none");
  CHECK(list_of(R"({"others":[]})") == "none");
}

TEST_CASE("the rest of an object is taken up to its own bracket") {
  const std::string_view text = R"( ,"a":{"b":[]}} more)";
  const JsonScan scan = scan_json_rest(text, true);
  CHECK(scan.end == JsonEnd::complete);
  CHECK(text.substr(0, scan.length) == R"( ,"a":{"b":[]}})");
  CHECK(scan_json_rest("]", true).end == JsonEnd::broken);
}
