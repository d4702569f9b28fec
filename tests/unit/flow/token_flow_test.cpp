#include "flow/token_flow.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::flow;
using namespace std::chrono_literals;

namespace {

const MonoTime kStart{};
using Need = TokenFlow::Need;

// No jitter: every delay at its longest renewal, every wait at its shortest.
class Zero final : public Random {
 public:
  std::uint64_t next() override { return 0; }
};
Zero zero;

TokenFlow a_flow() {
  return TokenFlow(5min, 1s, 15min);
}

}  // namespace

TEST_CASE("one caller fetches, the others join") {
  TokenFlow flow = a_flow();
  CHECK(flow.need(kStart) == Need::fetch);
  CHECK(flow.need(kStart) == Need::join);
  flow.fetched(1h, kStart, zero);
  CHECK(flow.need(kStart) == Need::use);
}

TEST_CASE("a token is renewed before it ends") {
  TokenFlow flow = a_flow();
  CHECK(flow.need(kStart) == Need::fetch);
  flow.fetched(1h, kStart, zero);
  CHECK(flow.need(kStart + 54min) == Need::use);
  CHECK(flow.need(kStart + 55min) == Need::fetch);
}

TEST_CASE("a short-lived token is used for half its life") {
  TokenFlow flow = a_flow();
  CHECK(flow.need(kStart) == Need::fetch);
  flow.fetched(60s, kStart, zero);
  CHECK(flow.need(kStart + 29s) == Need::use);
  CHECK(flow.need(kStart + 30s) == Need::fetch);
}

TEST_CASE("a token that lives for one second is used for half of it") {
  TokenFlow flow = a_flow();
  CHECK(flow.need(kStart) == Need::fetch);
  flow.fetched(1s, kStart, zero);
  CHECK(flow.need(kStart + 499ms) == Need::use);
  CHECK(flow.need(kStart + 500ms) == Need::fetch);
}

TEST_CASE("a refused token is replaced; a newer one is not affected by an old refusal") {
  TokenFlow flow = a_flow();
  CHECK(flow.need(kStart) == Need::fetch);
  flow.fetched(1h, kStart, zero);
  const auto first = flow.generation();
  flow.refused(first, kStart, zero);
  CHECK(flow.need(kStart) == Need::fetch);
  flow.fetched(1h, kStart, zero);
  flow.refused(first, kStart, zero);
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

TEST_CASE("renewal comes up to a tenth earlier, at random") {
  MonoTime earliest = MonoTime::max();
  MonoTime latest = MonoTime::min();
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SeededRandom random(seed);
    TokenFlow flow = a_flow();
    CHECK(flow.need(kStart) == Need::fetch);
    flow.fetched(65min, kStart, random);
    MonoTime at = kStart;
    while (flow.need(at) == Need::use) at += 1s;
    earliest = std::min(earliest, at);
    latest = std::max(latest, at);
  }
  CHECK(earliest >= kStart + 54min);
  CHECK(earliest < kStart + 55min);
  CHECK(latest > kStart + 59min);
  CHECK(latest <= kStart + 60min + 1s);
}

TEST_CASE("while one caller renews in time, the others go on with the token they have") {
  TokenFlow flow = a_flow();
  CHECK(flow.need(kStart) == Need::fetch);
  flow.fetched(1h, kStart, zero);
  CHECK(flow.need(kStart + 56min) == Need::fetch);
  CHECK(flow.need(kStart + 56min) == Need::use);
  CHECK(flow.need(kStart + 60min) == Need::join);
}

TEST_CASE("a renewal that fails leaves the token good to its end") {
  TokenFlow flow = a_flow();
  CHECK(flow.need(kStart) == Need::fetch);
  flow.fetched(1h, kStart, zero);
  CHECK(flow.need(kStart + 55min) == Need::fetch);
  flow.failed(Error(Errc::unauthorized, "AADSTS7000222"), kStart + 55min, zero);
  CHECK(flow.is_refused());
  CHECK(flow.need(kStart + 56min) == Need::use);
  CHECK(flow.need(kStart + 60min) == Need::wait);
}

TEST_CASE("renewing without need happens once, and not while a failure is waited out") {
  TokenFlow flow = a_flow();
  CHECK(flow.try_renew(kStart));
  CHECK_FALSE(flow.try_renew(kStart));
  CHECK(flow.need(kStart) == Need::join);
  flow.fetched(1h, kStart, zero);
  CHECK(flow.try_renew(kStart + 1min));
  CHECK(flow.need(kStart + 1min) == Need::use);
  flow.failed(Error(Errc::transient, "HTTP 503"), kStart + 1min, zero);
  CHECK_FALSE(flow.try_renew(kStart + 1min));
  CHECK(flow.need(kStart + 1min) == Need::use);
}

TEST_CASE("A1: a service that refuses every token is asked for fewer and fewer") {
  TokenFlow flow = a_flow();
  SeededRandom random(5);
  MonoTime now = kStart;
  int fetches = 0;
  for (int seconds = 0; seconds < 3'600; ++seconds, now += 1s) {
    const Need need = flow.need(now);
    if (need == Need::wait) continue;
    REQUIRE(need == Need::fetch);
    ++fetches;
    flow.fetched(1h, now, random);
    flow.refused(flow.generation(), now, random);
  }
  CHECK(fetches <= 20);
  CHECK_FALSE(flow.is_refused());
  flow.reset();
  CHECK(flow.need(now) == Need::fetch);
}

TEST_CASE("A1: a token that is refused once now and then is replaced at once") {
  TokenFlow flow = a_flow();
  MonoTime now = kStart;
  CHECK(flow.need(now) == Need::fetch);
  for (int day = 0; day < 10; ++day) {
    flow.fetched(1h, now, zero);
    flow.refused(flow.generation(), now + 1s, zero);
    CHECK(flow.need(now + 1s) == Need::fetch);
    flow.fetched(1h, now + 1s, zero);
    now += 24h;
    CHECK(flow.need(now) == Need::fetch);
  }
}
