#include "record/hardware_hash.hpp"

#include "unit/ledger/delivery_desk.hpp"
#include <catch2/catch.hpp>

#include <algorithm>

using namespace devicebatch;
using namespace devicebatch::ledger;

TEST_CASE("a destination remembers presence, pauses and learned sizes") {
  Delivery d;
  ok(d.desk.in_transaction([&]() -> Result<void> {
    ok(d.verbs().record_presence(d.to, BatchPresence::present, "BATCH A"));
    ok(d.verbs().pause(d.to, "http.403", "no permission", at(5)));
    return d.verbs().learn_size(d.to, 250, 0);
  }));
  d.desk.reopen();
  auto row = d.desk.now([&] { return d.verbs().destination(d.to); });
  CHECK(row.presence == BatchPresence::present);
  CHECK(row.spelling == "BATCH A");
  CHECK(row.paused_code == "http.403");
  CHECK(row.paused_reason == "no permission");
  CHECK(row.paused_at == at(5));
  CHECK(row.learned_devices == 250);
  CHECK(row.learned_bytes == 0);
  ok(d.desk.in_transaction([&] { return d.verbs().resume(d.to); }));
  CHECK(d.desk.now([&] { return d.verbs().destinations(); }).at(0).paused_code.empty());
  CHECK(d.desk.refusal([&] { return d.verbs().resume(DestinationId{99}); }) == Errc::not_found);
  CHECK(d.desk.refusal([&] { return d.verbs().destination(DestinationId{99}); }) ==
        Errc::not_found);
}

TEST_CASE("chunks are cut by number, in the order the records came") {
  Delivery d(5);
  d.desk.submission("b.csv", BatchBuilder(d.desk->key_seed()).devices(11, 2));
  CHECK(d.waiting() == 7);
  const auto first = d.plan(4);
  REQUIRE(first);
  CHECK(first->devices == 4);
  CHECK(first->state == ChunkState::planned);
  CHECK_FALSE(first->body_sha256);
  CHECK(d.waiting() == 3);
  const auto second = d.plan(4);
  REQUIRE(second);
  CHECK(second->devices == 3);
  CHECK_FALSE(d.plan(4));
  auto all = d.members(first->id);
  const auto rest = d.members(second->id);
  all.insert(all.end(), rest.begin(), rest.end());
  REQUIRE(all.size() == 7);
  CHECK(std::is_sorted(all.begin(), all.end()));
  d.desk.check_soundness();
}

TEST_CASE("chunks are cut by bytes, and one device always fits") {
  Delivery d(3);
  ChunkLimits limits;
  limits.body_bytes = 9'000;
  CHECK(d.plan_within(limits)->devices == 2);
  limits.body_bytes = 10;
  CHECK(d.plan_within(limits)->devices == 1);
  CHECK_FALSE(d.plan_within(limits));
}

TEST_CASE("planning passes rows of other submissions and rows with a verdict") {
  LedgerDesk desk;
  const SubmissionId one = desk.claimed("a.csv");
  const SubmissionId two = desk.claimed("b.csv");
  desk.append(one, BatchBuilder(desk->key_seed()).devices(1, 2).rejected("BAD"));
  desk.append(two, BatchBuilder(desk->key_seed()).devices(11, 2));
  desk.append(one, BatchBuilder(desk->key_seed(), 5).devices(3, 2));
  desk.complete(one);
  const ChunkRow chunk = desk.submitted_chunk();
  CHECK(chunk.devices == 4);
  desk.complete(two);
  CHECK(desk.submitted_chunk().devices == 2);
  desk.check_soundness();
}

TEST_CASE("the devices of a chunk can be rebuilt from the ledger at any time") {
  Delivery d(1);
  d.desk.submission("t.csv", BatchBuilder(d.desk->key_seed()).tuple("TUPLE-1"));
  const auto chunk = d.plan();
  d.desk.reopen();
  const auto devices = d.desk.now([&] { return d.verbs().devices_of(chunk->id); });
  REQUIRE(devices.size() == 2);
  const auto spec = support::make_spec(1);
  CHECK(devices[0].serial == spec.serial);
  CHECK(devices[0].manufacturer == spec.manufacturer);
  CHECK(devices[0].model == spec.model);
  CHECK(devices[0].hash_form == record::HashForm::canonical);
  CHECK(record::wire_text(devices[0].hash) == support::make_hash_text(spec));
  CHECK(devices[1].serial == "TUPLE-1");
  CHECK(devices[1].hash_form == record::HashForm::none);
  CHECK(devices[1].hash.empty());
}

TEST_CASE("a chunk is sent, accepted, polled and settled") {
  Delivery d(2);
  const auto chunk = d.plan();
  ok(d.begin(chunk->id));
  CHECK(d.desk.chunk(chunk->id).state == ChunkState::sending);
  CHECK(d.desk.chunk(chunk->id).attempts == 1);
  const Uuid tracking = d.desk.uuid();
  ok(d.desk.in_transaction(
      [&] { return d.verbs().attempt_submitted(chunk->id, {}, tracking, at(40), at(33)); }));
  auto row = d.desk.chunk(chunk->id);
  CHECK(row.state == ChunkState::submitted);
  CHECK(row.tracking_id == tracking);
  CHECK(row.submitted_at == at(33));
  CHECK(row.request_id == chunk->request_id);
  CHECK(d.desk.now([&] { return d.verbs().jobs_due(at(39), 5); }).empty());
  CHECK(d.desk.now([&] { return d.verbs().jobs_due(at(40), 5); }).size() == 1);
  CHECK(d.desk.now([&] { return d.verbs().next_poll_at(); }) == at(40));
  ok(d.desk.in_transaction([&] {
    return d.verbs().record_poll(chunk->id, {}, {"queued", at(80), true}, at(40));
  }));
  row = d.desk.chunk(chunk->id);
  CHECK(row.polls == 1);
  CHECK(row.is_stalled);
  CHECK(row.not_before == at(80));

  const auto members = d.members(chunk->id);
  ok(d.settle(chunk->id,
              {outcome(members[0], Verdict::registered),
               outcome(members[1], Verdict::failed, "device.808")},
              {}));
  CHECK(d.desk.chunk(chunk->id).state == ChunkState::settled);
  CHECK_FALSE(d.desk.now([&] { return d.verbs().next_poll_at(); }));
  const auto rows = d.desk.rows(d.submission);
  CHECK(rows[0].verdict == Verdict::registered);
  CHECK(rows[0].code.empty());
  CHECK(rows[0].tracking_id == tracking.to_string());
  CHECK(rows[0].attempts == 1);
  CHECK(rows[0].finished_at == at(50));
  CHECK(rows[1].verdict == Verdict::failed);
  CHECK(rows[1].code == "device.808");
  CHECK(rows[1].message == "in words");
  d.desk.check_soundness();
}

TEST_CASE("a request id belongs to one body for ever") {
  Delivery d;
  const auto chunk = d.plan();
  ok(d.begin(chunk->id, "body"));
  d.fail_attempt(chunk->id, FailureKind::unknown);
  CHECK(error_of(d.begin(chunk->id, "another body")) == Errc::corrupt);
  CHECK(d.desk.chunk(chunk->id).attempts == 1);
  ok(d.begin(chunk->id, "body"));
  CHECK(d.desk.chunk(chunk->id).attempts == 2);
}

TEST_CASE("a POST whose fate is unknown stays unconfirmed whatever the next one brings") {
  Delivery d;
  const auto chunk = d.plan();
  ok(d.begin(chunk->id));
  d.fail_attempt(chunk->id, FailureKind::no_effect);
  CHECK(d.desk.chunk(chunk->id).state == ChunkState::planned);
  CHECK(d.desk.chunk(chunk->id).not_before == at(90));
  CHECK(d.desk.chunk(chunk->id).last_error == "no reply");
  ok(d.begin(chunk->id));
  d.fail_attempt(chunk->id, FailureKind::unknown);
  CHECK(d.desk.chunk(chunk->id).state == ChunkState::unconfirmed);
  ok(d.begin(chunk->id));
  d.fail_attempt(chunk->id, FailureKind::no_effect);
  CHECK(d.desk.chunk(chunk->id).state == ChunkState::unconfirmed);
  const auto unsent = d.desk.now([&] { return d.verbs().unsent_chunks(d.to); });
  REQUIRE(unsent.size() == 1);
  CHECK(unsent[0].attempts == 3);
}

TEST_CASE("on start every sending chunk is unconfirmed") {
  Delivery d;
  const auto chunk = d.plan();
  ok(d.begin(chunk->id));
  d.desk.reopen();
  CHECK(d.desk.now([&] { return d.verbs().recover_sending(at(60)); }) == 1);
  CHECK(d.desk.chunk(chunk->id).state == ChunkState::unconfirmed);
  CHECK(d.desk.now([&] { return d.verbs().recover_sending(at(60)); }) == 0);
  d.desk.check_soundness();
}

TEST_CASE("a lost job makes its chunk unconfirmed under the same id") {
  Delivery d;
  const ChunkRow chunk = d.desk.submitted_chunk();
  ok(d.desk.in_transaction([&] { return d.verbs().job_lost(chunk.id, {}, at(99), at(60)); }));
  const auto row = d.desk.chunk(chunk.id);
  CHECK(row.state == ChunkState::unconfirmed);
  CHECK(row.request_id == chunk.request_id);
  CHECK(row.body_sha256 == chunk.body_sha256);
  CHECK(row.not_before == at(99));
}

TEST_CASE("a refused chunk fails every record of it") {
  Delivery d(2);
  const auto chunk = d.plan();
  ok(d.begin(chunk->id));
  ok(d.desk.in_transaction([&] {
    return d.verbs().attempt_refused(chunk->id, {}, {"http.400", "It is wrong.", "Tell us."},
                                     at(40));
  }));
  CHECK(d.desk.chunk(chunk->id).state == ChunkState::settled);
  for (const auto& row : d.desk.rows(d.submission)) {
    CHECK(row.verdict == Verdict::failed);
    CHECK(row.code == "http.400");
    CHECK(row.fix == "Tell us.");
  }
  d.desk.check_soundness();
}

TEST_CASE("the records of a void chunk wait again for a chunk with a new id") {
  Delivery d(2);
  const auto chunk = d.plan();
  CHECK(d.waiting() == 0);
  ok(d.begin(chunk->id));
  ok(d.desk.in_transaction(
      [&] { return d.verbs().attempt_void(chunk->id, {}, "the batch exists", at(40)); }));
  CHECK(d.desk.chunk(chunk->id).state == ChunkState::settled);
  CHECK(d.desk.chunk(chunk->id).last_error == "the batch exists");
  CHECK(d.waiting(at(40)) == 2);
  d.desk.check_soundness();
  const auto again = d.plan(500, at(41));
  REQUIRE(again);
  CHECK(again->request_id != chunk->request_id);
  CHECK(d.members(again->id) == d.members(chunk->id));
  const RecordId record = d.members(again->id)[0];
  CHECK(d.desk.now([&] { return d.verbs().past_of(record, again->id); }).times_sent_before == 0);
  d.desk.check_soundness();
}

TEST_CASE("a void chunk whose earlier attempt may have had an effect counts as sent") {
  Delivery d(1);
  const auto chunk = d.plan();
  ok(d.begin(chunk->id));
  d.fail_attempt(chunk->id, FailureKind::unknown);
  ok(d.begin(chunk->id));
  ok(d.desk.in_transaction([&] { return d.verbs().attempt_void(chunk->id, {}, "why", at(40)); }));
  const auto again = d.plan(500, at(41));
  const RecordId record = d.members(again->id)[0];
  CHECK(d.desk.now([&] { return d.verbs().past_of(record, again->id); }).times_sent_before == 1);
  CHECK(d.desk.now([&] { return d.verbs().past_of(record, chunk->id); }).times_sent_before == 0);
}

TEST_CASE("requeued records wait for their time and go first") {
  Delivery d(3);
  const ChunkRow chunk = d.desk.submitted_chunk(2);
  const auto members = d.members(chunk.id);
  ok(d.settle(chunk.id, {outcome(members[0], Verdict::already_registered, "device.806")},
              {members[1]}));
  d.desk.check_soundness();
  auto waiting = d.desk.now([&] { return d.verbs().waiting(d.to, 10, at(60)); });
  CHECK(waiting.records == 1);
  CHECK(waiting.next_requeued == at(200));
  waiting = d.desk.now([&] { return d.verbs().waiting(d.to, 10, at(200)); });
  CHECK(waiting.records == 2);
  CHECK_FALSE(waiting.next_requeued);
  CHECK(d.desk.summary(d.submission).verdicts == VerdictCounts{2, 0, 1, 0, 0, 0, 0, 0});
  const auto next = d.plan(1, at(200));
  CHECK(d.members(next->id) == std::vector{members[1]});
  CHECK(d.desk.now([&] { return d.verbs().past_of(members[1], next->id); }).times_sent_before == 1);
  d.desk.check_soundness();
}

TEST_CASE("a job settles each of its records exactly once") {
  Delivery d(2);
  const ChunkRow chunk = d.desk.submitted_chunk();
  const auto members = d.members(chunk.id);
  const auto first = outcome(members[0], Verdict::registered);
  const auto second = outcome(members[1], Verdict::registered);
  CHECK(error_of(d.settle(chunk.id, {first}, {})) == Errc::corrupt);
  CHECK(error_of(d.settle(chunk.id, {first, first}, {})) == Errc::corrupt);
  CHECK(error_of(d.settle(chunk.id, {first, second}, {members[1]})) == Errc::corrupt);
  CHECK(error_of(d.settle(chunk.id, {first, outcome(RecordId{77}, Verdict::failed)}, {})) ==
        Errc::corrupt);
  CHECK(error_of(d.settle(chunk.id, {first, outcome(members[1], Verdict::none)}, {})) ==
        Errc::corrupt);
  CHECK(d.desk.chunk(chunk.id).state == ChunkState::submitted);
  ok(d.settle(chunk.id, {first, second}, {}));
  CHECK(error_of(d.settle(chunk.id, {first, second}, {})) == Errc::corrupt);
  d.desk.check_soundness();
}

TEST_CASE("what happens to a chunk must fit its state") {
  Delivery d;
  const auto chunk = d.plan();
  const ChunkId id = chunk->id;
  CHECK(d.desk.refusal([&] { return d.verbs().attempt_failed(id, {}, {}, at(1)); }) ==
        Errc::corrupt);
  CHECK(d.desk.refusal([&] {
    return d.verbs().record_poll(id, {}, {"x", at(1), false}, at(1));
  }) == Errc::corrupt);
  CHECK(d.desk.refusal([&] { return d.verbs().job_lost(id, {}, at(1), at(1)); }) == Errc::corrupt);
  ok(d.begin(id));
  CHECK(error_of(d.begin(id)) == Errc::corrupt);
  CHECK(d.desk.refusal([&] { return d.verbs().chunk(ChunkId{99}); }) == Errc::not_found);
}

TEST_CASE("a submitted create is known until its job has settled") {
  Delivery d;
  const auto has_one = [&] { return d.desk.now([&] { return d.verbs().has_open_create(d.to); }); };
  CHECK_FALSE(has_one());
  const Uuid request = d.desk.uuid();
  const auto chunk = d.desk.now(
      [&] { return d.verbs().plan_chunk(d.to, ChunkKind::create, {}, request, at(30)); });
  CHECK_FALSE(has_one());
  ok(d.begin(chunk->id));
  ok(d.desk.in_transaction(
      [&] { return d.verbs().attempt_submitted(chunk->id, {}, request, at(40), at(33)); }));
  CHECK(has_one());
  d.desk.settle_all(*chunk);
  CHECK_FALSE(has_one());
}

TEST_CASE("a long error is cut before it is stored") {
  Delivery d;
  const auto chunk = d.plan();
  ok(d.begin(chunk->id));
  ExchangeRecord exchange;
  exchange.error = std::string(1'000'000, 'x');
  ok(d.desk.in_transaction(
      [&] { return d.verbs().attempt_failed(chunk->id, exchange, {}, at(32)); }));
  CHECK(d.desk.chunk(chunk->id).last_error.size() == 2'048);
}
