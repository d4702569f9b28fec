#include "daemon/json_text.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

namespace devicebatch::daemon {

TEST_CASE("a member that is absent or of another kind reads as empty") {
  const boost::json::object object =
      boost::json::parse(
          R"({"text":"t","number":3,"minus":-3,"flag":true,"list":[1],"inner":{"a":1}})")
          .as_object();
  CHECK(text_of(object, "text") == "t");
  CHECK(text_of(object, "number").empty());
  CHECK(text_of(object, "absent").empty());
  CHECK(number_of(object, "number") == 3);
  CHECK(number_of(object, "minus") == 0);
  CHECK(number_of(object, "text") == 0);
  CHECK(flag_of(object, "flag"));
  CHECK_FALSE(flag_of(object, "number"));
  CHECK(array_of(object, "list").size() == 1);
  CHECK(array_of(object, "inner").empty());
  CHECK(object_of(object, "inner").size() == 1);
  CHECK(object_of(object, "list").empty());
}

TEST_CASE("a number too large for a signed one is read whole") {
  boost::json::object object;
  object["number"] = std::uint64_t{1} << 63;
  CHECK(number_of(object, "number") == std::uint64_t{1} << 63);
}

}  // namespace devicebatch::daemon
