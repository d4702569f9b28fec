// What the service has against what the ledger says.
#include "daemon/operator/batch_comparison.hpp"

#include <catch2/catch.hpp>

namespace devicebatch::daemon {
namespace {

KnownRecord known(std::int64_t record, std::string serial, std::string pkid = {},
                  std::string device_id = {}) {
  KnownRecord entry;
  entry.record = record;
  entry.serial = std::move(serial);
  entry.pkid = std::move(pkid);
  entry.device_id = std::move(device_id);
  return entry;
}

std::vector<std::string> ids_only_on_service(const BatchComparison& comparison) {
  std::vector<std::string> ids;
  for (const ListedDevice& device : comparison.only_on_service()) ids.push_back(device.id);
  return ids;
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("two sides with the same devices do not differ") {
  BatchComparison comparison;
  REQUIRE(comparison.saw({"id-1", "S1", "P1"}));
  REQUIRE(comparison.saw({"id-2", "S2", ""}));
  REQUIRE(comparison.saw({"id-3", "", "P3"}));
  REQUIRE(comparison.knows(known(1, "S1", "P1")));
  REQUIRE(comparison.knows(known(2, "other", "", "ID-2")));
  REQUIRE(comparison.knows(known(3, "", "P3")));
  CHECK(comparison.in_both() == 3);
  CHECK(comparison.only_on_service().empty());
  CHECK(comparison.only_in_ledger().empty());
}

TEST_CASE("what only one side has is left over") {
  BatchComparison comparison;
  REQUIRE(comparison.saw({"id-1", "S1", ""}));
  REQUIRE(comparison.saw({"id-2", "S2", "P"}));
  REQUIRE(comparison.knows(known(1, "S1")));
  REQUIRE(comparison.knows(known(7, "S7", "P")));  // the PKID of another device
  REQUIRE(comparison.knows(known(8, "")));
  CHECK(comparison.in_both() == 1);
  CHECK(ids_only_on_service(comparison) == Strings{"id-2"});
  REQUIRE(comparison.only_in_ledger().size() == 2);
  CHECK(comparison.only_in_ledger()[0].record == 7);
}

TEST_CASE("a device that is registered twice shows, one that is known twice does not") {
  BatchComparison comparison;
  REQUIRE(comparison.saw({"id-1", "S1", ""}));
  REQUIRE(comparison.saw({"id-2", "S1", ""}));
  REQUIRE(comparison.saw({"id-3", "S3", ""}));
  REQUIRE(comparison.knows(known(1, "S1")));
  REQUIRE(comparison.knows(known(3, "S3")));
  REQUIRE(comparison.knows(known(4, "S3")));
  CHECK(comparison.in_both() == 2);
  CHECK(ids_only_on_service(comparison) == Strings{"id-2"});
  CHECK(comparison.only_in_ledger().empty());
}

TEST_CASE("nothing in the ledger leaves all that the service has") {
  BatchComparison comparison;
  REQUIRE(comparison.saw({"id-1", "S1", ""}));
  CHECK(ids_only_on_service(comparison) == Strings{"id-1"});
}

TEST_CASE("a comparison has an end, whatever the service lists") {
  BatchComparison comparison(2);
  CHECK(comparison.saw({"id-1", "S1", ""}));
  CHECK(comparison.saw({"id-2", "S2", ""}));
  CHECK(comparison.saw({"id-3", "S3", ""}).error().code() == Errc::rejected);
  CHECK(comparison.knows(known(8, "S8")));
  CHECK(comparison.knows(known(9, "S9")));
  CHECK(comparison.knows(known(10, "S10")).error().code() == Errc::rejected);
}

}  // namespace devicebatch::daemon
