#include "unit/ledger/delivery_desk.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::ledger;

TEST_CASE("an account nobody wrote about has nothing in it") {
  Delivery d;
  const auto account = d.desk.now([&] { return d.verbs().account("main"); });
  CHECK(account.name == "main");
  CHECK(account.paused_code.empty());
  CHECK(account.throttled_until == UtcTime{});
  CHECK(account.honours == Honours::unknown);
  CHECK(account.concurrency == 0);
  CHECK(d.desk.now([&] { return d.desk->reports().status(at(50)); }).accounts.empty());
}

TEST_CASE("an account remembers its pause, its throttling and what it learned") {
  Delivery d;
  const auto account = [&] { return d.desk.now([&] { return d.verbs().account("main"); }); };
  ok(d.desk.in_transaction([&]() -> Result<void> {
    ok(d.verbs().pause_account("main", "token.7000222", "The secret has expired.", at(5)));
    ok(d.verbs().throttle_account("main", at(500)));
    ok(d.verbs().learn_honours("main", Honours::no));
    ok(d.verbs().record_concurrency("main", 6));
    return d.verbs().learn_honours("second", Honours::yes);
  }));
  d.desk.reopen();
  CHECK(account().paused_code == "token.7000222");
  CHECK(account().paused_reason == "The secret has expired.");
  CHECK(account().paused_at == at(5));
  CHECK(account().throttled_until == at(500));
  CHECK(account().honours == Honours::no);
  CHECK(account().concurrency == 6);
  const auto status = d.desk.now([&] { return d.desk->reports().status(at(50)); });
  REQUIRE(status.accounts.size() == 2);
  CHECK(status.accounts[0].name == "main");
  CHECK(status.accounts[1].honours == Honours::yes);

  ok(d.desk.in_transaction([&] { return d.verbs().resume_account("main"); }));
  CHECK(account().paused_code.empty());
  CHECK(account().paused_at == UtcTime{});
  CHECK(account().throttled_until == at(500));
  ok(d.desk.in_transaction([&] { return d.verbs().resume_account("nobody"); }));
}

TEST_CASE("throttling only ever gets later") {
  Delivery d;
  for (const auto until : {at(300), at(200), at(400), at(1)}) {
    ok(d.desk.in_transaction([&] { return d.verbs().throttle_account("main", until); }));
  }
  CHECK(d.desk.now([&] { return d.verbs().account("main"); }).throttled_until == at(400));
}

TEST_CASE("learned sizes only get smaller, until the destination is resumed") {
  Delivery d;
  const auto learn = [&](std::size_t devices, std::size_t bytes) {
    ok(d.desk.in_transaction([&] { return d.verbs().learn_size(d.to, devices, bytes); }));
  };
  const auto row = [&] { return d.desk.now([&] { return d.verbs().destination(d.to); }); };
  learn(0, 900'000);
  CHECK(row().learned_devices == 0);
  CHECK(row().learned_bytes == 900'000);
  learn(100, 1'000'000);
  learn(200, 0);
  CHECK(row().learned_devices == 100);
  CHECK(row().learned_bytes == 900'000);
  learn(50, 400'000);
  CHECK(row().learned_devices == 50);
  CHECK(row().learned_bytes == 400'000);
  ok(d.desk.in_transaction([&] { return d.verbs().resume(d.to); }));
  CHECK(row().learned_devices == 0);
  CHECK(row().learned_bytes == 0);
  CHECK(d.desk.refusal([&] { return d.verbs().learn_size(DestinationId{9}, 1, 1); }) ==
        Errc::not_found);
}
