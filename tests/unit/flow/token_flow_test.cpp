#include "flow/token_flow.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::flow;
using namespace std::chrono_literals;

namespace {

const MonoTime kStart{};
using Need = TokenFlow::Need;

TokenFlow a_flow() {
  return TokenFlow(5min, 1s, 15min);
}

}  // namespace

TEST_CASE("one caller fetches, the others join") {
  TokenFlow flow = a_flow();
  CHECK(flow.need(kStart) == Need::fetch);
  CHECK(flow.need(kStart) == Need::join);
  flow.fetched(1h, kStart);
  CHECK(flow.need(kStart) == Need::use);
}

TEST_CASE("a token is renewed before it ends") {
  TokenFlow flow = a_flow();
  CHECK(flow.need(kStart) == Need::fetch);
  flow.fetched(1h, kStart);
  CHECK(flow.need(kStart + 54min) == Need::use);
  CHECK(flow.need(kStart + 55min) == Need::fetch);
}

TEST_CASE("a short-lived token is used for half its life") {
  TokenFlow flow = a_flow();
  CHECK(flow.need(kStart) == Need::fetch);
  flow.fetched(60s, kStart);
  CHECK(flow.need(kStart + 29s) == Need::use);
  CHECK(flow.need(kStart + 30s) == Need::fetch);
}

TEST_CASE("a token that lives for one second is used for half of it") {
  TokenFlow flow = a_flow();
  CHECK(flow.need(kStart) == Need::fetch);
  flow.fetched(1s, kStart);
  CHECK(flow.need(kStart + 499ms) == Need::use);
  CHECK(flow.need(kStart + 500ms) == Need::fetch);
}

TEST_CASE("a refused token is replaced; a newer one is not affected by an old refusal") {
  TokenFlow flow = a_flow();
  CHECK(flow.need(kStart) == Need::fetch);
  flow.fetched(1h, kStart);
  const auto first = flow.generation();
  flow.refused(first);
  CHECK(flow.need(kStart) == Need::fetch);
  flow.fetched(1h, kStart);
  flow.refused(first);
  CHECK(flow.need(kStart) == Need::use);
}

TEST_CASE("after a failure everybody waits, then one tries again") {
  TokenFlow flow = a_flow();
  SeededRandom random(1);
  CHECK(flow.need(kStart) == Need::fetch);
  flow.failed(Error(Errc::transient, "HTTP 503"), kStart, random);
  CHECK(flow.need(kStart) == Need::wait);
  CHECK_FALSE(flow.is_refused());
  CHECK(flow.need(kStart + 1s) == Need::fetch);
}

TEST_CASE("the token service's own wish is obeyed") {
  TokenFlow flow = a_flow();
  SeededRandom random(1);
  CHECK(flow.need(kStart) == Need::fetch);
  Error throttled(Errc::throttled, "HTTP 429");
  throttled.retry_after = 90s;
  flow.failed(throttled, kStart, random);
  CHECK(flow.need(kStart + 89s) == Need::wait);
  CHECK(flow.need(kStart + 90s) == Need::fetch);
}

TEST_CASE("wrong credentials are not hammered, and a person can say try again") {
  TokenFlow flow = a_flow();
  SeededRandom random(1);
  CHECK(flow.need(kStart) == Need::fetch);
  flow.failed(Error(Errc::unauthorized, "AADSTS7000215"), kStart, random);
  CHECK(flow.is_refused());
  CHECK(flow.need(kStart + 7min) == Need::wait);
  flow.reset();
  CHECK(flow.need(kStart + 7min) == Need::fetch);
}
