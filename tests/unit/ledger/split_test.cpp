#include "unit/ledger/delivery_desk.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::ledger;
using Catch::Matchers::Contains;

namespace {

ExchangeRecord refusal() {
  ExchangeRecord exchange;
  exchange.http_status = 400;
  exchange.error = "HTTP 400: one of these is wrong";
  return exchange;
}

}  // namespace

TEST_CASE("a refused chunk is cut in two, in the order of its members") {
  Delivery d(5);
  const ChunkId parent = d.sending();
  const auto members = d.members(parent);
  ok(d.split(parent, 2, refusal()));
  CHECK(d.desk.chunk(parent).state == ChunkState::settled);
  CHECK(d.desk.chunk(parent).last_error == refusal().error);
  CHECK(d.open_members(parent).empty());
  const auto halves = d.desk.now([&] { return d.verbs().unsent_chunks(d.to); });
  REQUIRE(halves.size() == 2);
  CHECK(d.members(halves[0].id) == std::vector(members.begin(), members.begin() + 2));
  CHECK(d.members(halves[1].id) == std::vector(members.begin() + 2, members.end()));
  for (const ChunkRow& half : halves) {
    CHECK(half.state == ChunkState::planned);
    CHECK(half.kind == ChunkKind::append);
    CHECK(half.split_from == parent);
    CHECK(half.not_before == at(40));
    CHECK(half.attempts == 0);
    CHECK_FALSE(half.body_sha256);
    CHECK(half.request_id != d.desk.chunk(parent).request_id);
  }
  CHECK(halves[0].request_id != halves[1].request_id);
  CHECK(d.waiting(at(1'000)) == 0);
  d.desk.check_soundness();
}

TEST_CASE("bisecting leaves the bad device alone with the words of the service") {
  Delivery d(4);
  const ChunkId parent = d.sending();
  const auto members = d.members(parent);
  ok(d.split(parent, 2, refusal()));
  const ChunkId half = d.desk.now([&] { return d.verbs().unsent_chunks(d.to); }).at(0).id;
  ok(d.begin(half, "half"));
  ok(d.split(half, 1, refusal()));
  const auto rest = d.desk.now([&] { return d.verbs().unsent_chunks(d.to); });
  REQUIRE(rest.size() == 3);
  const ChunkId alone = rest[1].id;
  REQUIRE(d.members(alone) == std::vector{members[0]});
  ok(d.begin(alone, "one"));
  ok(d.desk.in_transaction([&] {
    return d.verbs().attempt_refused(alone, refusal(), {"http.400", "It is wrong.", "Fix."},
                                     at(60));
  }));
  CHECK(d.line(members[0]).verdict == Verdict::failed);
  CHECK(d.line(members[1]).stage == RecordStage::planned);
  CHECK(d.past(members[0], alone).times_sent_before == 0);
  d.desk.check_soundness();
  const std::string serial = d.line(members[0]).serial;
  const auto story = d.desk.now([&] { return d.desk->reports().explain(serial); });
  std::string told;
  for (const auto& event : story.records.at(0).events) told += event.what + "\n";
  CHECK_THAT(told, Contains("chunk 1: attempt 1 split, HTTP 400"));
  CHECK_THAT(told, Contains("one of these is wrong"));
  CHECK_THAT(told, Contains("chunk 2 with 2 devices"));
  CHECK_THAT(told, Contains("cut from chunk 1"));
  CHECK_THAT(told, Contains("cut from chunk 2"));
}

TEST_CASE("a create is cut into creates") {
  Delivery d(2);
  const Uuid request = d.desk.uuid();
  const auto chunk = d.desk.now(
      [&] { return d.verbs().plan_chunk(d.to, ChunkKind::create, {}, request, at(30)); });
  ok(d.begin(chunk->id));
  ok(d.split(chunk->id, 1));
  for (const auto& half : d.desk.now([&] { return d.verbs().unsent_chunks(d.to); })) {
    CHECK(half.kind == ChunkKind::create);
  }
}

TEST_CASE("a chunk that may have had an effect is never cut") {
  Delivery d(2);
  const ChunkId chunk = d.sending();
  SECTION("by an earlier attempt") {
    d.fail_attempt(chunk, FailureKind::unknown);
    ok(d.begin(chunk));
    CHECK(error_of(d.split(chunk, 1)) == Errc::corrupt);
  }
  SECTION("by an earlier try of this attempt") {
    ExchangeRecord exchange;
    exchange.had_unknown_try = true;
    CHECK(error_of(d.split(chunk, 1, exchange)) == Errc::corrupt);
    CHECK_FALSE(d.desk.chunk(chunk).had_unknown);
  }
  CHECK(d.desk.chunk(chunk).state == ChunkState::sending);
  CHECK(d.desk.now([&] { return d.verbs().unsent_chunks(d.to); }).size() == 1);
  d.desk.check_soundness();
}

TEST_CASE("a cut leaves something on both sides, of a chunk that was just sent") {
  Delivery d(2);
  const auto planned = d.plan();
  CHECK(error_of(d.split(planned->id, 1)) == Errc::corrupt);
  ok(d.begin(planned->id));
  CHECK(error_of(d.split(planned->id, 0)) == Errc::corrupt);
  CHECK(error_of(d.split(planned->id, 2)) == Errc::corrupt);
  CHECK(error_of(d.split(planned->id, 9)) == Errc::corrupt);
  ok(d.split(planned->id, 1));
  d.desk.check_soundness();
}
