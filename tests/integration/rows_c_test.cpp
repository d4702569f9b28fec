// Row C1 of the fault matrix: the ledger is from the future, since the wall clock went back.
#include "integration/query_ledger.hpp"
#include "integration/rows.hpp"

namespace devicebatch::integration {
namespace {

// As if the wall clock had gone back by a day while nothing ran.
void move_ledger_into_future(const Site& site) {
  for (const char* change : {"UPDATE chunk SET not_before = not_before + 86400000",
                             "UPDATE account SET throttled_until = throttled_until + 86400000"
                             " WHERE throttled_until > 0"}) {
    change_ledger(site.dir() / "ledger.db", change);
  }
}

}  // namespace

TEST_CASE("C1: an upload that would wait until tomorrow goes out now", "[rows_c]") {
  const char* fault = GENERATE(R"("fault":503,"retry_after":2)", R"("fault":429,"retry_after":2)");
  INFO(fault);
  Site site;
  create_batch(site);
  site.sandbox().set_rules(always("POST", "/devices", fault));
  site.drop("a.csv", rows_of(11, 2));
  REQUIRE(eventually([&] { return site.sandbox().fired() > 0; }));
  REQUIRE(site.stop() == 0);
  move_ledger_into_future(site);
  site.sandbox().set_rules("[]");
  site.start();
  site.wait_finished(2);
  CHECK(site.verdicts() == Verdicts{{"registered", 4}});
  site.check_promises(4);
}

TEST_CASE("C1: a job that would be looked at tomorrow is looked at now", "[rows_c]") {
  Site site;
  create_batch(site);
  site.sandbox().set_rules(rule_for("POST", "/devices", R"("fault":"job_slow","ms":2000)"));
  site.drop("a.csv", rows_of(11, 2));
  REQUIRE(
      eventually([&] { return site.status().at("chunks").at("submitted").to_number<int>() == 1; }));
  REQUIRE(site.stop() == 0);
  move_ledger_into_future(site);
  site.start();
  site.wait_finished(2);
  CHECK(site.verdicts() == Verdicts{{"registered", 4}});
  site.check_promises(4);
}

}  // namespace devicebatch::integration
