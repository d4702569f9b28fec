// What an operator changes: every verb, every stage it fits and every stage it does not.
#include "unit/ledger/delivery_desk.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::ledger;
using Catch::Matchers::Contains;

namespace {

using Verb = Result<void> (OperatorVerbs::*)(RecordId, const Actor&, UtcTime);

std::vector<AuditEntry> audit_log(Delivery& d) {
  return d.desk.now([&] { return d.operators().audit_log(0, 100); });
}

// The change must be refused with these words and leave no trace.
void check_refusal(Delivery& d, const Result<void>& result, const std::string& words) {
  REQUIRE_FALSE(result);
  CHECK(result.error().code() == Errc::rejected);
  CHECK_THAT(result.error().message(), Contains(words));
  CHECK(audit_log(d).empty());
  d.desk.check_soundness();
}

RecordId first_record(Delivery& d) {
  const auto page = d.desk.now([&] { return d.operators().records({}, RecordId{}, 1); });
  return page.rows.at(0).record;
}

// A chunk whose only record failed, and the receipt of its file written.
RecordId failed_and_finished(Delivery& d) {
  const ChunkRow chunk = d.desk.submitted_chunk();
  const RecordId record = d.members(chunk.id)[0];
  JobEnd end;
  end.outcomes = {outcome(record, Verdict::failed, "device.808")};
  ok(d.settle(chunk.id, end));
  ok(d.desk.in_transaction(
      [&] { return d.desk->receipts().finish(d.submission, "done-with-issues/a.csv", at(60)); }));
  return record;
}

}  // namespace

TEST_CASE("a failed record is tried again and its file is open again") {
  Delivery d(1);
  const RecordId record = failed_and_finished(d);
  ok(d.retry(record, at(150)));
  const RecordLine line = d.line(record);
  CHECK(line.verdict == Verdict::none);
  CHECK(line.stage == RecordStage::waiting);
  CHECK(line.not_before == at(150));
  CHECK(line.finished_at == UtcTime{});
  CHECK(line.code.empty());
  auto summary = d.desk.summary(d.submission);
  CHECK(summary.state == SubmissionState::pending);
  CHECK(summary.finished_at == UtcTime{});
  CHECK(summary.archived_as == "done-with-issues/a.csv");
  CHECK(summary.verdicts == VerdictCounts{1, 0, 0, 0, 0, 0, 0, 0});
  CHECK(d.desk.now([&] { return d.desk->receipts().settled_submissions(5); }).empty());
  d.desk.check_soundness();

  CHECK_FALSE(d.plan(500, at(149)));
  const auto again = d.plan(500, at(150));
  CHECK(d.members(again->id) == std::vector{record});
  CHECK(d.past(record, again->id).times_sent_before == 1);
  // What went before no longer makes it old: a person has it tried anew.
  CHECK(d.past(record, again->id).first_sent_at == UtcTime{});
  ok(d.begin(again->id));
  ok(d.desk.in_transaction(
      [&] { return d.verbs().attempt_submitted(again->id, {}, d.desk.uuid(), at(190), at(180)); }));
  CHECK(d.past(record, again->id).first_sent_at == at(180));
  ok(d.settle(again->id, {outcome(record, Verdict::registered)}, {}));
  CHECK(d.desk.now([&] { return d.desk->receipts().settled_submissions(5); }) ==
        std::vector{d.submission});
  ok(d.desk.in_transaction(
      [&] { return d.desk->receipts().finish(d.submission, "done/a.csv", at(260)); }));
  summary = d.desk.summary(d.submission);
  CHECK(summary.verdicts == VerdictCounts{0, 1, 0, 0, 0, 0, 0, 0});
  CHECK(d.desk.rows(d.submission).at(0).code.empty());
  d.desk.check_soundness();
}

TEST_CASE("a record that failed in an unconfirmed chunk can be tried again beside it") {
  Delivery d(2);
  const ChunkId chunk = d.looked_for();
  const auto members = d.members(chunk);
  JobEnd end;
  end.outcomes = {outcome(members[0], Verdict::failed, "device.808")};
  end.unanswered = {members[1]};
  end.next_look = at(300);
  ok(d.settle(chunk, end));
  ok(d.retry(members[0]));
  CHECK(d.open_members(chunk) == std::vector{members[1]});
  d.desk.check_soundness();
  end.outcomes = {outcome(members[1], Verdict::registered)};
  end.unanswered = {};
  ok(d.settle(chunk, end));
  CHECK(d.members(d.plan(500, at(150))->id) == std::vector{members[0]});
  d.desk.check_soundness();
}

TEST_CASE("trying a queued record again makes it due at once") {
  Delivery d(2);
  const ChunkRow chunk = d.desk.submitted_chunk(1);
  const RecordId record = d.members(chunk.id)[0];
  ok(d.settle(chunk.id, {}, {record}));
  CHECK(d.line(record).not_before == at(200));
  ok(d.retry(record, at(999)));
  CHECK(d.line(record).not_before == at(100));
  ok(d.retry(record, at(999), at(180)));
  CHECK(d.line(record).not_before == at(100));
  // One that was never planned is due anyway.
  ok(d.retry(RecordId{record.value + 1}));
  CHECK(audit_log(d).size() == 3);
  d.desk.check_soundness();
}

TEST_CASE("what was not refused by the service is not tried again, and says why") {
  Delivery d(1);
  d.desk.submission("b.csv", BatchBuilder(d.desk->key_seed()).devices(1, 1).rejected("BAD"));
  const RecordId record = first_record(d);
  const RecordId duplicate{record.value + 1};
  const RecordId rejected{record.value + 2};
  check_refusal(d, d.retry(duplicate), "was answered by record " + std::to_string(record.value));
  check_refusal(d, d.retry(rejected), "correct the file");
  d.desk.settle_all(d.desk.submitted_chunk());
  check_refusal(d, d.retry(record), "is registered");
  CHECK(error_of(d.retry(RecordId{99})) == Errc::not_found);
}

TEST_CASE("the rows of a refused file are not tried again") {
  LedgerDesk desk;
  const SubmissionId id = desk.claimed("a.csv");
  desk.append(id, BatchBuilder(desk->key_seed()).devices(1, 1));
  const record::Finding why(record::Severity::error, record::Field::file, "file.encoding", "", "");
  ok(desk.in_transaction([&] { return desk->intake().refuse(id, {}, why, at(9)); }));
  CHECK(desk.refusal([&] {
    return desk->operators().retry(RecordId{1}, at(10), Delivery::alice(), at(10));
  }) == Errc::rejected);
  desk.check_soundness();
}

TEST_CASE("a failed record whose device came again is not tried a second time") {
  Delivery d(1);
  const RecordId failed = failed_and_finished(d);
  const auto newer = [&] {
    auto spec = support::make_spec(1);
    spec.captured_at += 60;
    return spec;
  };
  SECTION("the same record waits") {
    d.desk.submission("b.csv", BatchBuilder(d.desk->key_seed()).devices(1, 1));
    check_refusal(d, d.retry(failed), "came once more as record 2, which is pending");
  }
  SECTION("another capture is registered") {
    d.desk.submission("b.csv", BatchBuilder(d.desk->key_seed()).device(newer()));
    d.desk.settle_all(d.desk.submitted_chunk());
    check_refusal(d, d.retry(failed), "came once more as record 2, which is registered");
  }
  SECTION("another device is no hindrance") {
    d.desk.submission("b.csv", BatchBuilder(d.desk->key_seed()).devices(2, 1));
    ok(d.retry(failed));
  }
  SECTION("a second failure is no hindrance") {
    d.desk.submission("b.csv", BatchBuilder(d.desk->key_seed()).devices(1, 1));
    d.desk.settle_all(d.desk.submitted_chunk(), Verdict::failed);
    ok(d.retry(failed));
  }
}

TEST_CASE("a held record stays away from every chunk until it is released") {
  Delivery d(3);
  const RecordId record = first_record(d);
  ok(d.change(&OperatorVerbs::hold, record));
  RecordLine line = d.line(record);
  CHECK(line.stage == RecordStage::held);
  CHECK(line.code == "operator.held");
  CHECK_THAT(line.message, Contains("alice (1000)"));
  CHECK(d.waiting() == 2);
  d.desk.check_soundness();
  CHECK(d.plan()->devices == 2);
  CHECK_FALSE(d.plan());
  d.desk.check_soundness();
}

TEST_CASE("holding the last waiting record of a file leaves nothing to plan") {
  Delivery d(1);
  const RecordId record = first_record(d);
  ok(d.change(&OperatorVerbs::hold, record));
  CHECK(d.waiting(at(1'000)) == 0);
  CHECK_FALSE(d.plan());
  d.desk.check_soundness();
  ok(d.change(&OperatorVerbs::release, record, at(120)));
  CHECK(d.line(record).stage == RecordStage::waiting);
  CHECK(d.line(record).not_before == at(120));
  CHECK(d.waiting(at(120)) == 1);
  d.desk.check_soundness();
  CHECK(d.members(d.plan(500, at(120))->id) == std::vector{record});
  d.desk.check_soundness();
}

TEST_CASE("a queued record can be held and goes on from there") {
  Delivery d(1);
  const ChunkRow chunk = d.desk.submitted_chunk();
  const RecordId record = d.members(chunk.id)[0];
  ok(d.settle(chunk.id, {}, {record}));
  ok(d.change(&OperatorVerbs::hold, record));
  CHECK_FALSE(d.plan(500, at(500)));
  d.desk.check_soundness();
  ok(d.change(&OperatorVerbs::release, record));
  CHECK(d.plan(500, at(500)));
  d.desk.check_soundness();
}

TEST_CASE("a cancelled record failed by the will of a person and is no dead letter") {
  Delivery d(3);
  const RecordId record = first_record(d);
  const RecordId held{record.value + 1};
  ok(d.change(&OperatorVerbs::hold, held));
  ok(d.change(&OperatorVerbs::cancel, record));
  ok(d.change(&OperatorVerbs::cancel, held));
  const RecordLine line = d.line(record);
  CHECK(line.verdict == Verdict::failed);
  CHECK(line.code == "operator.cancelled");
  CHECK_THAT(line.message, Contains("alice (1000)") && Contains("repaired"));
  CHECK(line.finished_at == at(100));
  CHECK(d.desk.summary(d.submission).verdicts == VerdictCounts{1, 0, 0, 0, 0, 0, 2, 0});
  const auto status = d.desk.now([&] { return d.desk->reports().status(at(100)); });
  CHECK(status.dead_letters == 0);
  CHECK(status.held == 0);
  RecordFilter dead;
  dead.is_dead_letter = true;
  CHECK(d.desk.now([&] { return d.operators().records(dead, {}, 10); }).rows.empty());
  d.desk.check_soundness();
  CHECK(d.plan()->devices == 1);

  // Tried again, it goes through the queue, because the cursor has passed it.
  ok(d.retry(record));
  ok(d.retry(held));
  d.desk.check_soundness();
  CHECK(d.plan(500, at(150))->devices == 2);
  d.desk.check_soundness();
}

TEST_CASE("a cancelled record that was queued before any other is planned once") {
  Delivery d(2);
  const RecordId record = first_record(d);
  ok(d.change(&OperatorVerbs::cancel, record));
  ok(d.retry(record));
  const auto chunk = d.plan(500, at(150));
  CHECK(chunk->devices == 2);
  CHECK_FALSE(d.plan(500, at(150)));
  d.desk.check_soundness();
}

TEST_CASE("a record on its way is left alone by every verb") {
  const Verb verb = GENERATE(Verb{&OperatorVerbs::hold}, Verb{&OperatorVerbs::cancel});
  Delivery d(1);
  const RecordId record = first_record(d);
  SECTION("planned") {
    d.plan();
  }
  SECTION("sending") {
    d.sending();
  }
  SECTION("unconfirmed") {
    d.looked_for();
  }
  SECTION("submitted") {
    d.desk.submitted_chunk();
  }
  check_refusal(d, d.change(verb, record), "on its way");
  check_refusal(d, d.retry(record), "on its way");
  check_refusal(d, d.change(&OperatorVerbs::release, record), "is not held");
}

TEST_CASE("other stages refuse what does not fit them") {
  Delivery d(1);
  const RecordId record = first_record(d);
  SECTION("waiting") {
    check_refusal(d, d.change(&OperatorVerbs::release, record), "is not held; it is waiting");
  }
  SECTION("arriving") {
    const SubmissionId id = d.desk.claimed("b.csv");
    d.desk.append(id, BatchBuilder(d.desk->key_seed()).devices(11, 1));
    const RecordId arriving{record.value + 1};
    CHECK(d.line(arriving).stage == RecordStage::arriving);
    check_refusal(d, d.change(&OperatorVerbs::hold, arriving), "still being read in");
    check_refusal(d, d.change(&OperatorVerbs::cancel, arriving), "still being read in");
    check_refusal(d, d.retry(arriving), "still being read in");
  }
  SECTION("finished") {
    d.desk.settle_all(d.desk.submitted_chunk());
    check_refusal(d, d.change(&OperatorVerbs::hold, record), "has its verdict already: registered");
    check_refusal(d, d.change(&OperatorVerbs::cancel, record), "has its verdict already");
  }
  SECTION("unknown") {
    for (const Verb verb :
         {&OperatorVerbs::hold, &OperatorVerbs::release, &OperatorVerbs::cancel}) {
      CHECK(error_of(d.change(verb, RecordId{99})) == Errc::not_found);
    }
  }
}

TEST_CASE("a held record is released or cancelled, nothing else") {
  Delivery d(1);
  const RecordId record = first_record(d);
  ok(d.change(&OperatorVerbs::hold, record));
  for (const auto& result : {d.change(&OperatorVerbs::hold, record), d.retry(record)}) {
    CHECK(error_of(result) == Errc::rejected);
    CHECK_THAT(result.error().message(), Contains("release or cancel it"));
  }
  CHECK(audit_log(d).size() == 1);
}

TEST_CASE("a held or queued record is in flight for deduplication") {
  Delivery d(1);
  ok(d.change(&OperatorVerbs::hold, first_record(d)));
  auto spec = support::make_spec(1);
  spec.captured_at += 60;
  const SubmissionId again =
      d.desk.submission("b.csv", BatchBuilder(d.desk->key_seed()).device(spec));
  CHECK(d.desk.rows(again).at(0).verdict == Verdict::duplicate);
  CHECK(d.line(first_record(d)).stage == RecordStage::held);
  d.desk.check_soundness();
}

TEST_CASE("a chunk is hurried in every state that waits for a time") {
  Delivery d(1);
  const auto hurry = [&](ChunkId chunk) {
    return d.desk.in_transaction(
        [&] { return d.operators().hurry(chunk, Delivery::alice(), at(77)); });
  };
  const ChunkId chunk = d.sending();
  CHECK(error_of(hurry(chunk)) == Errc::rejected);
  d.fail_attempt(chunk, FailureKind::no_effect);
  ok(hurry(chunk));
  CHECK(d.desk.chunk(chunk).not_before == at(77));
  ok(d.begin(chunk));
  d.fail_attempt(chunk, FailureKind::unknown);
  ok(hurry(chunk));
  CHECK(d.desk.chunk(chunk).not_before == at(77));
  ok(d.begin(chunk));
  ok(d.desk.in_transaction(
      [&] { return d.verbs().attempt_submitted(chunk, {}, d.desk.uuid(), at(500), at(40)); }));
  ok(hurry(chunk));
  CHECK(d.desk.now([&] { return d.verbs().next_poll_at(); }) == at(77));
  CHECK(audit_log(d).size() == 3);
  CHECK(audit_log(d).at(0).target == "chunk:1");
  CHECK_THAT(audit_log(d).at(0).detail, Contains("submitted"));
  d.desk.settle_all(d.desk.chunk(chunk));
  CHECK(error_of(hurry(chunk)) == Errc::rejected);
  CHECK(error_of(hurry(ChunkId{9})) == Errc::not_found);
}

TEST_CASE("a person turns sending again into looking") {
  Delivery d(1);
  const auto look = [&](ChunkId chunk) {
    return d.desk.in_transaction(
        [&] { return d.operators().look_for(chunk, Delivery::alice(), at(77)); });
  };
  const ChunkId chunk = d.sending();
  CHECK(error_of(look(chunk)) == Errc::rejected);
  d.fail_attempt(chunk, FailureKind::unknown);
  ok(look(chunk));
  CHECK(d.desk.chunk(chunk).inquiry == Inquiry::look);
  CHECK(d.desk.chunk(chunk).not_before == at(77));
  CHECK(error_of(d.begin(chunk)) == Errc::corrupt);
  CHECK(error_of(look(ChunkId{9})) == Errc::not_found);
  CHECK_THAT(audit_log(d).at(0).detail, Contains("unconfirmed, resend"));
}

TEST_CASE("every change is in the log, latest first, by page") {
  Delivery d(3);
  const RecordId record = first_record(d);
  ok(d.change(&OperatorVerbs::hold, record, at(101)));
  ok(d.change(&OperatorVerbs::release, record, at(102)));
  ok(d.desk.in_transaction([&] {
    return d.operators().audit({"bob", ""}, "pause", "destination:contoso", "was open", at(103));
  }));
  d.desk.reopen();
  const auto log = audit_log(d);
  REQUIRE(log.size() == 3);
  CHECK(log[0].verb == "pause");
  CHECK(log[0].actor.who == "bob");
  CHECK(log[0].target == "destination:contoso");
  CHECK(log[0].detail == "was open");
  CHECK(log[1].verb == "release");
  CHECK(log[1].at == at(102));
  CHECK(log[2].verb == "hold");
  CHECK(log[2].actor.why == Delivery::alice().why);
  CHECK(log[2].target == "record:1");
  const auto page = d.desk.now([&] { return d.operators().audit_log(log[0].id, 1); });
  REQUIRE(page.size() == 1);
  CHECK(page[0].id == log[1].id);
}

TEST_CASE("a long reason is cut, and control characters are shown, before it is stored") {
  Delivery d(1);
  const Actor actor{std::string(10'000, 'a'), "two\nlines" + std::string(10'000, 'b')};
  const RecordId record = first_record(d);
  ok(d.desk.in_transaction([&] { return d.operators().hold(record, actor, at(100)); }));
  CHECK(audit_log(d).at(0).actor.who.size() == 203);
  CHECK_THAT(audit_log(d).at(0).actor.why, Catch::StartsWith("two\\x0alines"));
  CHECK(audit_log(d).at(0).actor.why.size() < 520);
  CHECK(d.line(first_record(d)).message.size() < 300);
}

TEST_CASE("a change that fails leaves no entry, an entry that fails no change") {
  Delivery d(1);
  const RecordId record = first_record(d);
  CHECK_FALSE(d.desk.in_transaction([&]() -> Result<void> {
    ok(d.operators().hold(record, Delivery::alice(), at(100)));
    return fail(Errc::cancelled, "something else failed");
  }));
  CHECK(audit_log(d).empty());
  CHECK(d.line(record).stage == RecordStage::waiting);
  d.desk.check_soundness();
}

TEST_CASE("explain tells what people did and what a record waits for") {
  Delivery d(1);
  const RecordId record = first_record(d);
  const std::string serial = d.line(record).serial;
  const auto told = [&] {
    const auto story = d.desk.now([&] { return d.desk->reports().explain(serial); });
    std::string text;
    for (const auto& event : story.records.at(0).events) text += event.what + "\n";
    return text;
  };
  ok(d.change(&OperatorVerbs::hold, record));
  CHECK_THAT(told(), Contains("alice (1000): hold record:1 because the maker has repaired it"));
  CHECK_THAT(told(), Contains("it waits for a person (operator.held)"));
  ok(d.change(&OperatorVerbs::release, record));
  CHECK_THAT(told(), Contains("it waits for another chunk"));
  CHECK_THAT(told(), !Contains("waits for a person"));
  const auto chunk = d.plan(500, at(120));
  ok(d.begin(chunk->id));
  d.fail_attempt(chunk->id, FailureKind::unknown, at(125));
  ok(d.desk.in_transaction(
      [&] { return d.operators().look_for(chunk->id, Delivery::alice(), at(130)); }));
  CHECK_THAT(told(), Contains("its fate is unknown") && Contains("looked for in its batch"));
  CHECK_THAT(told(), Contains("alice (1000): look chunk:1"));
  JobEnd end;
  end.outcomes = {outcome(record, Verdict::registered)};
  end.outcomes[0].device_id = "device-4711";
  ok(d.settle(chunk->id, end, at(140)));
  CHECK_THAT(told(), Contains("looked for in its batch 1 times, the last answer was settled"));
  CHECK_THAT(told(), Contains("the service's device id is device-4711"));
}
