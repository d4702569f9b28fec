#include "base/hex.hpp"

#include "unit/ledger/ledger_desk.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::ledger;

TEST_CASE("a destination is found again whatever the case of its batch") {
  LedgerDesk desk;
  const DestinationId first = desk.destination();
  const auto row = desk.now([&] { return desk->delivery().destination(first); });
  CHECK(row.batch == "Batch A");
  CHECK(row.account == "main");
  CHECK(row.presence == BatchPresence::unknown);
  const auto again =
      desk.now([&] { return desk->intake().ensure_destination(row.customer, "BATCH a", "other"); });
  CHECK(again == first);
  CHECK(desk.now([&] { return desk->delivery().destination(first); }).account == "other");
  const auto other =
      desk.now([&] { return desk->intake().ensure_destination(desk.uuid(), "Batch A", "main"); });
  CHECK(other != first);
}

TEST_CASE("a submission goes from seen to finished") {
  LedgerDesk desk;
  const SubmissionId id = desk.claimed("a.csv");
  CHECK(desk.summary(id).state == SubmissionState::claimed);
  const auto counts =
      desk.append(id, BatchBuilder(desk->key_seed()).devices(1, 3).rejected("BAD-1"));
  CHECK(counts.pending == 3);
  CHECK(counts.rejected == 1);
  CHECK(desk.summary(id).state == SubmissionState::ingesting);
  desk.complete(id, "content");

  const auto pending = desk.summary(id);
  CHECK(pending.state == SubmissionState::pending);
  CHECK(pending.records == 4);
  CHECK(pending.verdicts == VerdictCounts{3, 0, 0, 0, 0, 1, 0, 0});
  CHECK(pending.sha256 == to_hex(sha256("content")));
  CHECK(pending.accepted_at == at(20));
  CHECK(desk.now([&] { return desk->receipts().settled_submissions(10); }).empty());

  desk.settle_all(desk.submitted_chunk());
  CHECK(desk.now([&] { return desk->receipts().settled_submissions(10); }) == std::vector{id});
  ok(desk.in_transaction([&] { return desk->receipts().finish(id, "done/a.csv", at(60)); }));
  const auto finished = desk.summary(id);
  CHECK(finished.state == SubmissionState::finished);
  CHECK(finished.verdicts == VerdictCounts{0, 3, 0, 0, 0, 1, 0, 0});
  CHECK(finished.archived_as == "done/a.csv");
  CHECK(finished.finished_at == at(60));
  desk.check_soundness();
}

TEST_CASE("rows of a submission before pending are invisible to delivery") {
  LedgerDesk desk;
  const SubmissionId id = desk.claimed("a.csv");
  desk.append(id, BatchBuilder(desk->key_seed()).devices(1, 3));
  const DestinationId to = desk.destination();
  CHECK(desk.now([&] { return desk->delivery().waiting(to, 10, at(1)); }).records == 0);
  CHECK_FALSE(desk.now(
      [&] { return desk->delivery().plan_chunk(to, ChunkKind::append, {}, desk.uuid(), at(1)); }));
  desk.complete(id);
  CHECK(desk.now([&] { return desk->delivery().waiting(to, 10, at(1)); }).records == 3);
}

TEST_CASE("unfinished intake is what a start has to pick up") {
  LedgerDesk desk;
  const SubmissionId half = desk.claimed("half.csv");
  desk.append(half, BatchBuilder(desk->key_seed()).devices(1, 3));
  desk.submission("whole.csv", BatchBuilder(desk->key_seed()).devices(10, 1));
  const SubmissionId fresh = desk.claimed("fresh.csv");
  desk.reopen();
  const auto found = desk.now([&] { return desk->intake().unfinished_intake(); });
  REQUIRE(found.size() == 2);
  CHECK(found[0].id == half);
  CHECK(found[0].state == SubmissionState::ingesting);
  CHECK(found[0].last_line == 4);
  CHECK(found[0].name == "half.csv");
  CHECK(found[1].id == fresh);
  CHECK(found[1].last_line == 0);
}

TEST_CASE("a submission can be withdrawn as long as it has no records") {
  LedgerDesk desk;
  const SubmissionId id = desk.claimed("a.csv");
  ok(desk.in_transaction([&] { return desk->intake().withdraw(id); }));
  CHECK(desk.refusal([&] { return desk->receipts().summary(id); }) == Errc::not_found);
  const SubmissionId other = desk.claimed("b.csv");
  desk.append(other, BatchBuilder(desk->key_seed()).devices(1, 1));
  CHECK(desk.refusal([&] { return desk->intake().withdraw(other); }) == Errc::corrupt);
  desk.check_soundness();
}

TEST_CASE("states cannot be skipped or repeated") {
  LedgerDesk desk;
  const SubmissionId id = desk.submission("a.csv", BatchBuilder(desk->key_seed()).devices(1, 1));
  CHECK(desk.refusal([&] {
    return desk->intake().record_claimed({&id, 1}, at(1));
  }) == Errc::not_found);
  CHECK(desk.refusal([&] { return desk->intake().complete(id, {}, at(1)); }) == Errc::corrupt);
  CHECK(desk.refusal([&] {
    return desk->intake().append(id, BatchBuilder(desk->key_seed()).devices(2, 1), at(1));
  }) == Errc::corrupt);
  CHECK(desk.refusal([&] { return desk->receipts().finish(id, "done/a.csv", at(1)); }) ==
        Errc::corrupt);
  const SubmissionId nobody{999};
  CHECK(desk.refusal([&] { return desk->intake().complete(nobody, {}, at(1)); }) ==
        Errc::not_found);
  CHECK(desk.refusal([&] {
    return desk->intake().append(nobody, BatchBuilder(desk->key_seed()).devices(2, 1), at(1));
  }) == Errc::not_found);
  desk.check_soundness();
}

TEST_CASE("a refused file rejects the rows it had with its own finding") {
  LedgerDesk desk;
  const SubmissionId id = desk.claimed("a.csv");
  desk.append(id, BatchBuilder(desk->key_seed()).devices(1, 2).rejected("BAD-1"));
  const record::Finding why(record::Severity::error, record::Field::file, "file.encoding",
                            "It is not text.", "Save it as UTF-8.");
  ok(desk.in_transaction([&] { return desk->intake().refuse(id, {}, why, at(5)); }));
  const auto summary = desk.summary(id);
  CHECK(summary.state == SubmissionState::pending);
  CHECK(summary.refusal_code == "file.encoding");
  CHECK(summary.verdicts == VerdictCounts{0, 0, 0, 0, 0, 3, 0, 0});
  CHECK(desk.now([&] { return desk->receipts().settled_submissions(10); }) == std::vector{id});
  const auto rows = desk.rows(id);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].code == "file.encoding");
  CHECK(rows[0].fix == "Save it as UTF-8.");
  CHECK(rows[2].code.starts_with("hash."));
  desk.check_soundness();
}

TEST_CASE("the rows of a refused file can be handed in again") {
  LedgerDesk desk;
  const SubmissionId id = desk.claimed("a.csv");
  desk.append(id, BatchBuilder(desk->key_seed()).devices(1, 2));
  const record::Finding why(record::Severity::error, record::Field::file, "file.encoding", "", "");
  ok(desk.in_transaction([&] { return desk->intake().refuse(id, {}, why, at(5)); }));
  const SubmissionId again = desk.claimed("b.csv");
  CHECK(desk.append(again, BatchBuilder(desk->key_seed()).devices(1, 2)).pending == 2);
}

TEST_CASE("a refused file still delivers the rows that other files rely on") {
  LedgerDesk desk;
  const SubmissionId id = desk.claimed("a.csv");
  BatchBuilder batch(desk->key_seed());
  desk.append(id, batch.devices(1, 3).devices(1, 1));
  const SubmissionId other = desk.submission("b.csv", BatchBuilder(desk->key_seed()).devices(2, 1));
  ok(desk.in_transaction([&] { return desk->receipts().finish(other, "done/b.csv", at(4)); }));
  const record::Finding why(record::Severity::error, record::Field::file, "file.encoding", "", "");
  ok(desk.in_transaction([&] { return desk->intake().refuse(id, {}, why, at(5)); }));
  CHECK(desk.summary(id).verdicts == VerdictCounts{1, 0, 0, 1, 0, 2, 0, 0});
  desk.check_soundness();
  desk.settle_all(desk.submitted_chunk());
  const auto rows = desk.rows(id);
  CHECK(rows[0].verdict == Verdict::rejected);
  CHECK(rows[1].verdict == Verdict::registered);
  CHECK(rows[2].verdict == Verdict::rejected);
  CHECK(desk.now([&] { return desk->receipts().settled_submissions(9); }) == std::vector{id});
  desk.check_soundness();
}

TEST_CASE("the same file again has the receipt of the first") {
  LedgerDesk desk;
  const DestinationId to = desk.destination();
  const SubmissionId first = desk.submission("a.csv", BatchBuilder(desk->key_seed()).devices(1, 2));
  const Digest digest = sha256("a.csv");
  CHECK(desk.now([&] { return desk->intake().may_know_file(to, 5); }));
  CHECK_FALSE(desk.now([&] { return desk->intake().may_know_file(to, 6); }));
  CHECK_FALSE(desk.now([&] { return desk->intake().find_finished_file(to, digest); }));
  desk.settle_all(desk.submitted_chunk());
  ok(desk.in_transaction([&] { return desk->receipts().finish(first, "done/a.csv", at(60)); }));
  const auto known = desk.now([&] { return desk->intake().find_finished_file(to, digest); });
  REQUIRE(known);
  CHECK(known->id == first);
  CHECK(known->name == "a.csv");
  CHECK(known->finished_at == at(60));

  const SubmissionId repeat = desk.claimed("copy.csv");
  IntakeSummary summary;
  summary.sha256 = digest;
  ok(desk.in_transaction([&] { return desk->intake().repeat_of(repeat, summary, first, at(70)); }));
  CHECK(desk.now([&] { return desk->receipts().settled_submissions(10); }) == std::vector{repeat});
  const auto told = desk.summary(repeat);
  CHECK(told.repeats == first);
  CHECK(told.repeats_uuid == desk.summary(first).uuid);
  CHECK(told.records == 2);
  CHECK(told.verdicts == VerdictCounts{0, 2, 0, 0, 0, 0, 0, 0});
  REQUIRE(desk.rows(repeat).size() == 2);
  CHECK(desk.rows(repeat)[0].serial == desk.rows(first)[0].serial);
  ok(desk.in_transaction([&] { return desk->receipts().finish(repeat, "done/copy.csv", at(80)); }));
  CHECK(desk.now([&] { return desk->intake().find_finished_file(to, digest); })->id == first);
  desk.check_soundness();
}

TEST_CASE("a finding about the file as a whole is kept with the submission") {
  LedgerDesk desk;
  const SubmissionId id = desk.claimed("a.csv");
  IntakeSummary summary;
  summary.warnings.emplace_back(record::Severity::warning, record::Field::file, "file.odd",
                                "It is odd.", "");
  summary.warnings.emplace_back(record::Severity::warning, record::Field::file, "file.very_odd",
                                "It is very odd.", "");
  ok(desk.in_transaction([&] { return desk->intake().complete(id, summary, at(5)); }));
  CHECK(desk.summary(id).warnings ==
        std::vector<std::string>{"file.odd: It is odd.", "file.very_odd: It is very odd."});
}

TEST_CASE("a file name may hold any bytes") {
  LedgerDesk desk;
  const std::string name = "a\xFF\xFE b'\".csv";
  const SubmissionId id = desk.claimed(name);
  desk.reopen();
  CHECK(desk.summary(id).name == name);
}
