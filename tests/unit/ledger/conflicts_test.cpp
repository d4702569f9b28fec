// Conflicts: listed, shown and settled by a person.
#include "unit/ledger/delivery_desk.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::ledger;
using Catch::Matchers::Contains;

namespace {

support::HashSpec known() {
  return support::make_spec(1);
}

// The serial number, manufacturer and model of the known one on another mainboard.
support::HashSpec other_board() {
  auto spec = support::make_spec(2);
  spec.serial = known().serial;
  spec.manufacturer = known().manufacturer;
  spec.model = known().model;
  return spec;
}

// Record 1 is registered, record 2 contradicts it, and the receipts of both files are written.
struct Case {
  Case() {
    first = desk.submission("a.csv", rows().device(known()));
    desk.settle_all(desk.submitted_chunk());
    finish(first, at(60));
    second = desk.submission("b.csv", rows().device(other_board()));
    finish(second, at(61));
  }
  ~Case() { desk.check_soundness(); }

  BatchBuilder rows() { return BatchBuilder(desk->key_seed()); }
  void finish(SubmissionId submission, UtcTime when) {
    ok(desk.in_transaction(
        [&] { return desk->receipts().finish(submission, "done/x.csv", when); }));
  }
  Result<void> resolve(RecordId record, Resolution how, const std::string& why = "asked the line") {
    const Actor alice{"alice (1000)", why};
    return desk.in_transaction(
        [&] { return desk->operators().resolve(record, how, alice, at(100)); });
  }
  void check_refusal(const Result<void>& refused, const std::string& words) {
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Errc::rejected);
    CHECK_THAT(refused.error().message(), Contains(words));
  }
  ConflictCase show(RecordId record) {
    return desk.now([&] { return desk->operators().conflict(record); });
  }
  std::vector<RecordLine> list() {
    RecordFilter filter;
    filter.verdict = Verdict::conflict;
    return desk.now([&] { return desk->operators().records(filter, {}, 10); }).rows;
  }
  ResultRow row(SubmissionId submission, std::size_t at = 0) {
    return desk.rows(submission).at(at);
  }
  ChunkRow planned(DestinationId from) {
    const auto chunk = desk.now([&] {
      return desk->delivery().plan_chunk(from, ChunkKind::append, ChunkLimits(), desk.uuid(),
                                         at(110));
    });
    REQUIRE(chunk);
    return *chunk;
  }
  std::vector<SubmissionId> to_be_written() {
    return desk.now([&] { return desk->receipts().settled_submissions(10); });
  }
  std::string story(const std::string& query) {
    std::string text;
    for (const auto& record : desk.now([&] { return desk->reports().explain(query); }).records) {
      for (const auto& event : record.events) text += event.what + "\n";
    }
    return text;
  }
  std::string drop(const support::HashSpec& spec, DestinationId into = {}) {
    const std::string name = "again-" + std::to_string(++drops) + ".csv";
    const ResultRow answer = row(desk.submission(name, rows().device(spec), into));
    return answer.code.empty() ? std::string(to_string(answer.verdict)) : answer.code;
  }

  LedgerDesk desk;
  SubmissionId first, second;
  int drops = 0;
  const RecordId held{2};
};

}  // namespace

TEST_CASE("conflicts are listed without a look at all records") {
  Case c;
  const auto lines = c.list();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].record == c.held);
  CHECK(lines[0].first_record == RecordId{1});
  CHECK(lines[0].code == "conflict.serial_reused");
  CHECK_THAT(lines[0].message, Contains("line 2 of a.csv"));
}

TEST_CASE("a conflict is shown with what agrees and what differs") {
  Case c;
  const ConflictCase shown = c.show(c.held);
  CHECK(shown.record.record == c.held);
  REQUIRE(shown.others.size() == 1);
  const ConflictParty& other = shown.others[0];
  CHECK(other.record.record == RecordId{1});
  CHECK(other.code == "conflict.serial_reused");
  const auto names = [](const std::vector<FactPair>& facts) {
    std::string text;
    for (const FactPair& fact : facts) text += fact.name + " ";
    return text;
  };
  CHECK(names(other.agrees) == "customer serial manufacturer model ");
  CHECK(names(other.differs) == "pkid uuid tpm hash captured ");
  for (const FactPair& fact : other.differs) CHECK(fact.here != fact.there);
  // The digest of the TPM's key is an identifier of the device: only its head is shown.
  CHECK(other.differs[2].here.size() == 16);
}

TEST_CASE("keep: the earlier record stands, and the receipt of the later one is written anew") {
  Case c;
  ok(c.resolve(c.held, Resolution::keep));
  const ResultRow row = c.row(c.second);
  CHECK(row.verdict == Verdict::superseded);
  CHECK(row.code == "conflict.kept");
  CHECK(row.message == "alice (1000) decided that the earlier record stands: asked the line");
  CHECK_THAT(row.warnings.at(0), Contains("conflict.serial_reused"));
  CHECK(c.to_be_written() == std::vector{c.second});
  CHECK(c.list().empty());
  const auto summary = c.desk.summary(c.second);
  CHECK(summary.state == SubmissionState::pending);
  CHECK(summary.verdicts == VerdictCounts{0, 0, 0, 0, 1, 0, 0, 0});
  c.finish(c.second, at(200));
  CHECK_THAT(c.story(known().serial),
             Contains("a person decided that record 1 stands: alice (1000): asked the line") &&
                 Contains("a person decided that it stands against record 2"));
  const auto log = c.desk.now([&] { return c.desk->operators().audit_log(0, 10); });
  REQUIRE(log.size() == 1);
  CHECK(log[0].verb == "resolve");
  CHECK(log[0].target == "record:2");
  CHECK(log[0].actor.who == "alice (1000)");
  CHECK(log[0].actor.why == "asked the line");
  CHECK_THAT(log[0].detail, Contains("keep; it was a conflict (conflict.serial_reused)"));
}

TEST_CASE("keep: the same row is not asked about twice, as long as the earlier one stands") {
  Case c;
  ok(c.resolve(c.held, Resolution::keep));
  const SubmissionId again = c.desk.submission("again.csv", c.rows().device(other_board()));
  const ResultRow row = c.row(again);
  CHECK(row.verdict == Verdict::superseded);
  CHECK(row.code == "conflict.kept");
  CHECK_THAT(row.message, Contains("A person decided") && Contains("line 2 of a.csv"));
  auto later = other_board();
  later.captured_at += 60;
  CHECK(c.drop(later) == "conflict.serial_reused");
}

TEST_CASE("drop: the row is wrong, and nothing of its device is sent") {
  Case c;
  ok(c.resolve(c.held, Resolution::drop));
  const ResultRow row = c.row(c.second);
  CHECK(row.verdict == Verdict::rejected);
  CHECK(row.code == "conflict.dropped");
  CHECK_THAT(row.message, Contains("decided that this row is wrong"));
  CHECK(c.to_be_written() == std::vector{c.second});
  CHECK(c.drop(other_board()) == "conflict.serial_reused");
}

TEST_CASE("send: it is delivered, and the earlier record no longer stands for the device") {
  Case c;
  ok(c.resolve(c.held, Resolution::send));
  CHECK(c.row(c.second).verdict == Verdict::none);
  CHECK(c.to_be_written().empty());
  c.desk.check_soundness();
  const ChunkRow chunk = c.planned(c.desk.destination());
  const auto devices = c.desk.now([&] { return c.desk->delivery().devices_of(chunk.id); });
  REQUIRE(devices.size() == 1);
  CHECK(devices[0].record == c.held);
  AttemptStart start;
  start.body_sha256 = sha256("body");
  ok(c.desk.in_transaction(
      [&] { return c.desk->delivery().begin_attempt(chunk.id, start, at(111)); }));
  ok(c.desk.in_transaction([&] {
    return c.desk->delivery().attempt_submitted(chunk.id, {}, c.desk.uuid(), at(120), at(112));
  }));
  c.desk.settle_all(c.desk.chunk(chunk.id));
  const ResultRow row = c.row(c.second);
  CHECK(row.verdict == Verdict::registered);
  CHECK(row.code.empty());
  CHECK_THAT(row.warnings.at(0), Contains("conflict.serial_reused"));
  CHECK_THAT(row.warnings.back(), Contains("conflict.sent: alice (1000) decided"));
  CHECK(c.to_be_written() == std::vector{c.second});
  // The earlier record keeps its verdict and its own repetitions, and contradicts nobody.
  CHECK(c.row(c.first).verdict == Verdict::registered);
  CHECK(c.drop(known()) == "duplicate.record");
  CHECK(c.drop(other_board()) == "duplicate.record");
  auto later = other_board();
  later.captured_at += 60;
  CHECK(c.drop(later) == "duplicate.recapture");
  CHECK_THAT(c.story(known().serial),
             Contains("a person decided that it is sent, too, beside record 1") &&
                 Contains("it has the identity of record 1 from now on") &&
                 Contains("its identity is that of record 2 from now on"));
}

TEST_CASE("send: a device that went to another customer is nobody's at the first") {
  Case c;
  auto later = known();
  later.captured_at += 60;
  CHECK(c.drop(later, c.desk.other_customer()) == "conflict.other_customer");
  ok(c.resolve(RecordId{3}, Resolution::send));
  CHECK(c.planned(c.desk.other_customer()).devices == 1);
  CHECK(c.drop(known()) == "conflict.other_customer");
}

TEST_CASE("send: never twice for one device") {
  Case c;
  CHECK(c.drop(other_board()) == "conflict.held");
  auto later = other_board();
  later.captured_at += 60;
  const RecordId repeated{4};
  CHECK(c.drop(later) == "conflict.held");
  ok(c.resolve(c.held, Resolution::send));
  c.check_refusal(c.resolve(repeated, Resolution::send), "record 2 takes care of the same device");
  ok(c.resolve(repeated, Resolution::keep));
  CHECK(c.show(RecordId{3}).others.size() >= 1);
}

TEST_CASE("a repetition of a held record is kept as a duplicate") {
  LedgerDesk desk;
  BatchBuilder rows(desk->key_seed());
  auto alone = other_board();
  alone.serial = "CONTOSO-ALONE";
  alone.pkid = known().pkid;
  rows.device(known()).device(alone);
  desk.submission("a.csv", rows);
  auto again = alone;
  again.captured_at += 60;
  again.pkid = "";
  const SubmissionId later = desk.submission("b.csv", BatchBuilder(desk->key_seed()).device(again));
  CHECK(desk.rows(later).at(0).code == "conflict.held");
  const Actor alice{"alice", "one of the two is enough"};
  ok(desk.in_transaction(
      [&] { return desk->operators().resolve(RecordId{3}, Resolution::keep, alice, at(100)); }));
  CHECK(desk.rows(later).at(0).verdict == Verdict::duplicate);
  desk.check_soundness();
}

TEST_CASE("keep: not when nothing is left that stands for the device") {
  LedgerDesk desk;
  desk.submission("a.csv", BatchBuilder(desk->key_seed()).device(known()));
  const SubmissionId later =
      desk.submission("b.csv", BatchBuilder(desk->key_seed()).device(other_board()));
  CHECK(desk.rows(later).at(0).verdict == Verdict::conflict);
  desk.settle_all(desk.submitted_chunk(), Verdict::failed);
  const Actor alice{"alice", "why not"};
  const auto resolve = [&](Resolution how) {
    return desk.in_transaction(
        [&] { return desk->operators().resolve(RecordId{2}, how, alice, at(100)); });
  };
  const auto kept = resolve(Resolution::keep);
  REQUIRE_FALSE(kept);
  CHECK_THAT(kept.error().message(), Contains("nothing left to stand for its device"));
  ok(resolve(Resolution::send));
  desk.check_soundness();
}

TEST_CASE("only a conflict is settled, and only when its file is complete") {
  Case c;
  c.check_refusal(c.resolve(RecordId{1}, Resolution::keep), "is no conflict; it is registered");
  const auto missing = c.resolve(RecordId{99}, Resolution::keep);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code() == Errc::not_found);
  const SubmissionId arriving = c.desk.claimed("c.csv");
  c.desk.append(arriving, c.rows().device(other_board()));
  c.check_refusal(c.resolve(RecordId{3}, Resolution::drop), "still being read in");
  CHECK(c.desk.now([&] { return c.desk->operators().audit_log(0, 10); }).empty());
}

TEST_CASE("a settled conflict is settled over a restart, too") {
  Case c;
  const auto how = GENERATE(Resolution::keep, Resolution::send, Resolution::drop);
  ok(c.resolve(c.held, how));
  c.desk.reopen();
  c.desk.check_soundness();
  CHECK(c.list().empty());
  c.check_refusal(c.resolve(c.held, how), "is no conflict");
  CHECK(parse_resolution(to_string(how)) == how);
  CHECK_FALSE(parse_resolution("burn"));
}
