// The arguments of the verbs that change something.
#include "daemon/operator/change_words.hpp"

#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

namespace devicebatch::daemon {

using std::chrono::milliseconds;

TEST_CASE("a target is a record, or a chunk that says so") {
  CHECK(parse_target("17")->id == 17);
  CHECK(parse_target("17")->kind == Target::Kind::record);
  CHECK(parse_target("record:17")->id == 17);
  CHECK(parse_target("chunk:3")->kind == Target::Kind::chunk);
  CHECK(parse_target("9223372036854775807"));
  for (const char* wrong : {"", "0", "-1", "+1", "1.5", " 1", "1 ", "record:", "record: 1", "chunk",
                            "job:1", "9223372036854775808", "0x10", "record:chunk:1"}) {
    INFO(wrong);
    const auto refused = parse_target(wrong);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Errc::rejected);
  }
}

TEST_CASE("conditions are keys and values, each key once") {
  const auto where = parse_where({"code=device.*", "serial=A=B"});
  REQUIRE(where);
  CHECK(boost::json::serialize(*where) == R"({"code":"device.*","serial":"A=B"})");
  CHECK(parse_where({})->empty());
  CHECK_FALSE(parse_where({"code"}));
  CHECK_FALSE(parse_where({"code="}));
  CHECK_FALSE(parse_where({"=x"}));
  const auto twice = parse_where({"code=a", "code=b"});
  REQUIRE_FALSE(twice);
  CHECK(twice.error().message() == "code is there twice; all conditions must hold");
}

TEST_CASE("a rate is the time between two") {
  CHECK(*parse_rate("") == milliseconds(0));
  CHECK(*parse_rate("60/min") == milliseconds(1000));
  CHECK(*parse_rate("5/s") == milliseconds(200));
  CHECK(*parse_rate("1000/h") == milliseconds(3600));
  CHECK(*parse_rate("1000/s") == milliseconds(1));
  for (const char* wrong : {"60", "60/", "/min", "0/min", "-5/s", "60/day", "1001/s", "6 0/min"}) {
    INFO(wrong);
    CHECK_FALSE(parse_rate(wrong));
  }
}

}  // namespace devicebatch::daemon
