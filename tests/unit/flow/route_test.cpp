#include "flow/route.hpp"

#include <catch2/catch.hpp>

#include <vector>

using devicebatch::flow::choose_destination;
using devicebatch::flow::follows_pattern;
using devicebatch::flow::RouteRules;

namespace {

const std::vector<std::string> kOthers{"line", "line-2", "eu.north"};

std::string chosen(std::string_view pattern, std::string_view name, std::string_view asked = "") {
  const auto destination = choose_destination({"line-1", kOthers, pattern}, name, asked);
  return destination ? std::string(*destination) : std::string(destination.error().code);
}

}  // namespace

TEST_CASE("without a choice a file goes to the destination of its source") {
  CHECK(chosen("", "line-2_x.csv") == "line-1");
}

TEST_CASE("a name that follows the template chooses the destination") {
  CHECK(chosen("{destination}_*.csv", "line-2_0001.csv") == "line-2");
  CHECK(chosen("{destination}_*.csv", "LINE-1_0001.CSV") == "line-1");
  CHECK(chosen("*@{destination}.json", "unit 7@eu.north.json") == "eu.north");
}

TEST_CASE("of two destinations that fit the longer one is meant") {
  CHECK(chosen("{destination}*", "line-2.csv") == "line-2");
  CHECK(chosen("{destination}*", "line.csv") == "line");
}

TEST_CASE("a name that does not follow the template is refused, never guessed") {
  CHECK(chosen("{destination}_*.csv", "0001.csv") == "file.no_destination");
  CHECK(chosen("{destination}_*.csv", "line-3_0001.csv") == "file.no_destination");
}

TEST_CASE("what a manifest or message asks for outranks the name") {
  CHECK(chosen("{destination}_*.csv", "line-2_1.csv", "eu.north") == "eu.north");
  CHECK(chosen("", "x", "Line-1") == "line-1");
  CHECK(chosen("", "x", "line-9") == "file.other_destination");
}

TEST_CASE("the refusal says where the source may send") {
  const auto refused = choose_destination({"a", kOthers, ""}, "x", "b");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().reason ==
        "The destination b is none that this source may send to; those are: a, line, line-2, "
        "eu.north.");
}

TEST_CASE("a pattern fits as a whole") {
  CHECK(follows_pattern("a*b*c", "aXbYbZc"));
  CHECK(follows_pattern("*", ""));
  CHECK(follows_pattern("a?c", "abc"));
  CHECK_FALSE(follows_pattern("a?c", "ac"));
  CHECK_FALSE(follows_pattern("a*b", "abc"));
  CHECK_FALSE(follows_pattern("", "a"));
}
