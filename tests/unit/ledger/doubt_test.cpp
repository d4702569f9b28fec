// Attempts that failed, chunks whose fate is unknown, and looks at their batch.
#include "unit/ledger/delivery_desk.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::ledger;

TEST_CASE("failures in a row are counted from the first, and a closed door counts nothing") {
  Delivery d;
  const ChunkId chunk = d.sending();
  d.fail_attempt(chunk, FailureKind::no_effect, at(32));
  CHECK(d.desk.chunk(chunk).failures == 1);
  CHECK(d.desk.chunk(chunk).failing_since == at(32));
  ok(d.begin(chunk));
  d.fail_attempt(chunk, FailureKind::no_effect, at(60));
  CHECK(d.desk.chunk(chunk).failures == 2);
  CHECK(d.desk.chunk(chunk).failing_since == at(32));
  ok(d.begin(chunk));
  d.fail_attempt(chunk, FailureKind::turned_away, at(90));
  auto row = d.desk.chunk(chunk);
  CHECK(row.state == ChunkState::planned);
  CHECK(row.attempts == 3);
  CHECK(row.failures == 0);
  CHECK(row.failing_since == UtcTime{});
  CHECK_FALSE(row.had_unknown);
  ok(d.begin(chunk));
  d.fail_attempt(chunk, FailureKind::unknown, at(120));
  row = d.desk.chunk(chunk);
  CHECK(row.failures == 1);
  CHECK(row.failing_since == at(120));
  ok(d.begin(chunk));
  ok(d.desk.in_transaction(
      [&] { return d.verbs().attempt_submitted(chunk, {}, d.desk.uuid(), at(140), at(130)); }));
  row = d.desk.chunk(chunk);
  CHECK(row.failures == 0);
  CHECK(row.failing_since == UtcTime{});
  CHECK(row.had_unknown);
}

TEST_CASE("an unknown fate is remembered with its time, and turning away does not end it") {
  Delivery d;
  const ChunkId chunk = d.sending();
  d.fail_attempt(chunk, FailureKind::unknown, at(32));
  auto row = d.desk.chunk(chunk);
  CHECK(row.state == ChunkState::unconfirmed);
  CHECK(row.had_unknown);
  CHECK(row.unknown_since == at(32));
  CHECK(row.inquiry == Inquiry::resend);
  ok(d.begin(chunk));
  d.fail_attempt(chunk, FailureKind::turned_away, at(60));
  row = d.desk.chunk(chunk);
  CHECK(row.state == ChunkState::unconfirmed);
  CHECK(row.unknown_since == at(32));
}

TEST_CASE("a try of unknown effect inside an attempt leaves doubt, however the attempt ends") {
  Delivery d(2);
  const ChunkId chunk = d.sending(1);
  ExchangeRecord exchange;
  exchange.tries = 3;
  exchange.had_unknown_try = true;
  SECTION("without effect") {
    d.fail_attempt(chunk, {FailureKind::no_effect, Inquiry::resend, at(90)}, at(32), true);
    CHECK(d.desk.chunk(chunk).state == ChunkState::unconfirmed);
    CHECK(d.desk.chunk(chunk).unknown_since == at(32));
  }
  SECTION("turned away") {
    d.fail_attempt(chunk, {FailureKind::turned_away, Inquiry::resend, at(90)}, at(32), true);
    CHECK(d.desk.chunk(chunk).state == ChunkState::unconfirmed);
  }
  SECTION("accepted") {
    ok(d.desk.in_transaction([&] {
      return d.verbs().attempt_submitted(chunk, exchange, d.desk.uuid(), at(60), at(33));
    }));
  }
  SECTION("refused") {
    ok(d.desk.in_transaction([&] {
      return d.verbs().attempt_refused(chunk, exchange, {"a", "b", "c"}, at(33));
    }));
  }
  SECTION("void") {
    ok(d.desk.in_transaction(
        [&] { return d.verbs().attempt_void(chunk, exchange, "why", at(33)); }));
    const auto again = d.plan(1, at(40));
    CHECK(d.past(d.members(chunk)[0], again->id).times_sent_before == 1);
  }
  CHECK(d.desk.chunk(chunk).had_unknown);
  d.desk.check_soundness();
}

TEST_CASE("a chunk that is looked for is never sent again") {
  Delivery d;
  const ChunkId chunk = d.looked_for();
  CHECK(d.desk.chunk(chunk).inquiry == Inquiry::look);
  CHECK(error_of(d.begin(chunk)) == Errc::corrupt);
  CHECK(d.desk.chunk(chunk).state == ChunkState::unconfirmed);
  CHECK(d.desk.chunk(chunk).attempts == 1);
}

TEST_CASE("a planned chunk does not learn to be looked for") {
  Delivery d;
  const ChunkId chunk = d.sending();
  d.fail_attempt(chunk, {FailureKind::no_effect, Inquiry::look, at(90)}, at(32));
  CHECK(d.desk.chunk(chunk).state == ChunkState::planned);
  CHECK(d.desk.chunk(chunk).inquiry == Inquiry::resend);
  ok(d.begin(chunk));
}

TEST_CASE("a lost job is looked for") {
  Delivery d;
  const ChunkRow chunk = d.desk.submitted_chunk();
  ok(d.desk.in_transaction([&] { return d.verbs().job_lost(chunk.id, {}, at(99), at(60)); }));
  const auto row = d.desk.chunk(chunk.id);
  CHECK(row.inquiry == Inquiry::look);
  CHECK(row.unknown_since == at(60));
  CHECK(row.not_before == at(99));
  CHECK(row.tracking_id == chunk.tracking_id);
  d.desk.check_soundness();
}

TEST_CASE("a chunk that was being sent when the process ended has an unknown fate") {
  Delivery d;
  const ChunkId chunk = d.sending();
  d.desk.reopen();
  CHECK(d.desk.now([&] { return d.verbs().recover_sending(at(60)); }) == 1);
  CHECK(d.desk.chunk(chunk).had_unknown);
  CHECK(d.desk.chunk(chunk).unknown_since == at(60));
}

TEST_CASE("a look that does not find every device settles what it found and looks again") {
  Delivery d(4);
  const ChunkId chunk = d.looked_for();
  const auto members = d.members(chunk);
  CHECK(d.open_members(chunk) == members);
  JobEnd end;
  end.outcomes = {outcome(members[0], Verdict::registered)};
  end.outcomes[0].device_id = "6E5C6A0E-8D1B-4F4C-9F5E-000000000001";
  end.unanswered = {members[1], members[2], members[3]};
  end.next_look = at(300);
  ok(d.settle(chunk, end));
  auto row = d.desk.chunk(chunk);
  CHECK(row.state == ChunkState::unconfirmed);
  CHECK(row.inquiry == Inquiry::look);
  CHECK(row.looks == 1);
  CHECK(row.polls == 0);
  CHECK(row.not_before == at(300));
  CHECK(row.unknown_since == at(32));
  CHECK(d.line(members[0]).device_id == "6e5c6a0e-8d1b-4f4c-9f5e-000000000001");
  CHECK(d.open_members(chunk) == std::vector{members[1], members[2], members[3]});
  d.desk.check_soundness();

  CHECK(error_of(d.settle(chunk, end)) == Errc::corrupt);
  end.outcomes = {outcome(members[1], Verdict::registered)};
  end.requeue = {{members[2], at(200)}};
  end.unanswered = {members[3]};
  ok(d.settle(chunk, end));
  CHECK(d.open_members(chunk) == std::vector{members[3]});
  d.desk.check_soundness();
  const auto next = d.plan(500, at(210));
  CHECK(d.members(next->id) == std::vector{members[2]});
  CHECK(d.open_members(chunk) == std::vector{members[3]});
  d.desk.check_soundness();

  end = {};
  end.outcomes = {outcome(members[3], Verdict::failed, "device.808")};
  ok(d.settle(chunk, end, at(400)));
  row = d.desk.chunk(chunk);
  CHECK(row.state == ChunkState::settled);
  CHECK(row.looks == 3);
  CHECK(d.open_members(chunk).empty());
  d.desk.check_soundness();
}

TEST_CASE("a job that forgets devices leaves its chunk to be looked for") {
  Delivery d(2);
  const ChunkRow chunk = d.desk.submitted_chunk();
  const auto members = d.members(chunk.id);
  JobEnd end;
  end.outcomes = {outcome(members[0], Verdict::registered)};
  end.unanswered = {members[1]};
  end.next_look = at(70);
  ok(d.settle(chunk.id, end));
  const auto row = d.desk.chunk(chunk.id);
  CHECK(row.state == ChunkState::unconfirmed);
  CHECK(row.inquiry == Inquiry::look);
  CHECK(row.looks == 0);
  CHECK(row.polls == 1);
  CHECK(row.unknown_since == at(50));
  CHECK(d.desk.now([&] { return d.verbs().open_jobs(); }) == 0);
  CHECK_FALSE(d.desk.now([&] { return d.verbs().next_poll_at(); }));
  CHECK(d.past(members[1], chunk.id).times_sent_before == 0);
  d.desk.check_soundness();
}

TEST_CASE("a chunk can be settled while it is being sent") {
  Delivery d(1);
  const ChunkId chunk = d.sending();
  JobEnd end;
  end.outcomes = {outcome(d.members(chunk)[0], Verdict::registered)};
  ok(d.settle(chunk, end));
  CHECK(d.desk.chunk(chunk).state == ChunkState::settled);
  CHECK(d.desk.now([&] { return d.verbs().recover_sending(at(60)); }) == 0);
  d.desk.check_soundness();
}

TEST_CASE("a POST that was answered for some of its devices may have had an effect on all") {
  Delivery d(2);
  const ChunkId chunk = d.sending();
  const auto members = d.members(chunk);
  JobEnd end;
  end.requeue = {{members[0], at(60)}};
  end.unanswered = {members[1]};
  end.next_look = at(70);
  ok(d.settle(chunk, end));
  CHECK(d.desk.chunk(chunk).state == ChunkState::unconfirmed);
  CHECK(d.past(members[0], d.plan(500, at(60))->id).times_sent_before == 1);
  d.desk.check_soundness();
}

TEST_CASE("a record that needs a person is held away from every chunk") {
  Delivery d(2);
  const ChunkRow chunk = d.desk.submitted_chunk();
  const auto members = d.members(chunk.id);
  JobEnd end;
  end.outcomes = {outcome(members[0], Verdict::registered)};
  end.held = {{members[1], "device.812", "It is unknown to its maker.", "Send the hash."}};
  ok(d.settle(chunk.id, end));
  CHECK(d.desk.chunk(chunk.id).state == ChunkState::settled);
  CHECK(d.waiting(at(1'000'000)) == 0);
  CHECK_FALSE(d.plan(500, at(1'000'000)));
  const RecordLine line = d.line(members[1]);
  CHECK(line.stage == RecordStage::held);
  CHECK(line.code == "device.812");
  CHECK(line.message == "It is unknown to its maker.");
  CHECK(line.fix == "Send the hash.");
  CHECK(d.desk.summary(d.submission).verdicts[0] == 1);
  d.desk.check_soundness();
  ok(d.change(&OperatorVerbs::release, members[1]));
  const auto again = d.plan(500, at(101));
  CHECK(d.members(again->id) == std::vector{members[1]});
  CHECK(d.past(members[1], again->id).times_sent_before == 1);
  CHECK(d.past(members[1], again->id).first_sent_at == at(32));
  d.desk.check_soundness();
}

TEST_CASE("the end of a job names every open member exactly once, in whichever list") {
  Delivery d(3);
  const ChunkRow chunk = d.desk.submitted_chunk();
  const auto m = d.members(chunk.id);
  JobEnd end;
  end.outcomes = {outcome(m[0], Verdict::registered)};
  end.held = {{m[1], "a", "b", "c"}};
  CHECK(error_of(d.settle(chunk.id, end)) == Errc::corrupt);
  end.unanswered = {m[1], m[2]};
  CHECK(error_of(d.settle(chunk.id, end)) == Errc::corrupt);
  end.held = {};
  end.requeue = {{m[2], at(60)}};
  CHECK(error_of(d.settle(chunk.id, end)) == Errc::corrupt);
  end.unanswered = {m[1]};
  ok(d.settle(chunk.id, end));
  d.desk.check_soundness();
}

TEST_CASE("what went before counts the chunks that may have carried a record, from the first") {
  Delivery d(1);
  const ChunkId first = d.sending();
  const RecordId record = d.members(first)[0];
  CHECK(d.past(record, first).first_sent_at == UtcTime{});
  d.fail_attempt(first, FailureKind::unknown, at(32));
  CHECK(d.past(record, first).first_sent_at == at(31));
  CHECK(d.past(record, first).times_sent_before == 0);
  ok(d.begin(first));
  ok(d.desk.in_transaction(
      [&] { return d.verbs().attempt_submitted(first, {}, d.desk.uuid(), at(60), at(45)); }));
  CHECK(d.past(record, first).first_sent_at == at(45));
  ok(d.settle(first, {}, {record}));
  const auto second = d.plan(500, at(210));
  CHECK(d.past(record, second->id).times_sent_before == 1);
  CHECK(d.past(record, second->id).first_sent_at == at(45));
}

TEST_CASE("jobs are counted and put off together") {
  Delivery d(3);
  const ChunkRow one = d.desk.submitted_chunk(1);
  d.desk.submitted_chunk(1);
  CHECK(d.desk.now([&] { return d.verbs().open_jobs(); }) == 2);
  ok(d.desk.in_transaction([&] { return d.verbs().postpone_jobs(d.to, at(500)); }));
  CHECK(d.desk.now([&] { return d.verbs().next_poll_at(); }) == at(500));
  ok(d.desk.in_transaction([&] { return d.verbs().postpone_jobs(d.to, at(400)); }));
  CHECK(d.desk.chunk(one.id).not_before == at(500));
  ok(d.desk.in_transaction([&] { return d.verbs().postpone_jobs(DestinationId{9}, at(900)); }));
  CHECK(d.desk.chunk(one.id).not_before == at(500));
}
