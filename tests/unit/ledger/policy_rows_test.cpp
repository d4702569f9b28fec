// The policy of identities, row by row; each name quotes its row.
#include "unit/ledger/delivery_desk.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::ledger;
using Catch::Matchers::Contains;

namespace {

support::HashSpec device(std::uint64_t number = 1) {
  return support::make_spec(number);
}

support::HashSpec captured(support::HashSpec spec, std::int64_t later) {
  spec.captured_at += later;
  return spec;
}

// A device of Contoso, so that the tuples of BatchBuilder can name it.
support::HashSpec contoso() {
  support::HashSpec spec;
  spec.serial = "CONTOSO-0000077";
  spec.pkid = "3305000000077";
  spec.tpm_seed = 77;
  spec.uuid[15] = 77;
  return spec;
}

struct Site {
  BatchBuilder rows() { return BatchBuilder(desk->key_seed()); }
  ResultRow only_row(SubmissionId submission) {
    const auto all = desk.rows(submission);
    REQUIRE(all.size() == 1);
    return all[0];
  }
  ResultRow drop(const BatchBuilder& batch, DestinationId into = {}) {
    latest = desk.submission("file-" + std::to_string(++files) + ".csv", batch, into);
    return only_row(latest);
  }
  // Everything that waits gets this verdict.
  void settle(Verdict verdict) { desk.settle_all(desk.submitted_chunk(), verdict); }
  bool is_anything_to_send() {
    const DestinationId from = desk.destination();
    return desk.now([&] { return desk->delivery().waiting(from, 10, at(1'000)); }).records != 0;
  }
  std::string story(const std::string& query) {
    std::string text;
    for (const auto& record : desk.now([&] { return desk->reports().explain(query); }).records) {
      for (const auto& event : record.events) text += event.what + "\n";
    }
    return text;
  }
  ~Site() { desk.check_soundness(); }

  LedgerDesk desk;
  SubmissionId latest;
  int files = 0;
};

}  // namespace

TEST_CASE("6.2 same `file_id` seen and finished: re-issue the stored result, upload nothing") {
  Site site;
  LedgerDesk& desk = site.desk;
  const SubmissionId first = desk.submission("a.csv", site.rows().device(device()));
  site.settle(Verdict::registered);
  ok(desk.in_transaction([&] { return desk->receipts().finish(first, "done/a.csv", at(60)); }));
  const DestinationId to = desk.destination();
  const auto known =
      desk.now([&] { return desk->intake().find_finished_file(to, sha256("a.csv")); });
  REQUIRE(known);
  CHECK(known->id == first);
  const SubmissionId again = desk.claimed("b.csv");
  IntakeSummary summary;
  summary.sha256 = sha256("a.csv");
  ok(desk.in_transaction([&] { return desk->intake().repeat_of(again, summary, first, at(70)); }));
  CHECK(site.only_row(again).verdict == Verdict::registered);
  CHECK_FALSE(site.is_anything_to_send());
}

TEST_CASE("6.2 same `rec_id`, earlier outcome success/806: the earlier tracking id") {
  const auto verdict = GENERATE(Verdict::registered, Verdict::already_registered);
  Site site;
  site.drop(site.rows().device(device()));
  const ChunkRow chunk = site.desk.submitted_chunk();
  site.desk.settle_all(chunk, verdict);
  const ResultRow row = site.drop(site.rows().device(device()));
  CHECK(row.verdict == Verdict::duplicate);
  CHECK(row.code == "duplicate.record");
  CHECK(row.tracking_id == chunk.tracking_id.to_string());
  CHECK_FALSE(site.is_anything_to_send());
}

TEST_CASE("6.2 same `rec_id`, earlier outcome in flight: attach to it, do not send twice") {
  Site site;
  site.drop(site.rows().device(device()));
  const ChunkRow chunk = site.desk.submitted_chunk();
  const ResultRow row = site.drop(site.rows().device(device()));
  CHECK(row.verdict == Verdict::duplicate);
  CHECK(row.tracking_id == chunk.tracking_id.to_string());
  CHECK_FALSE(site.is_anything_to_send());
  site.desk.settle_all(chunk);
  CHECK_THAT(site.story("file-2.csv"),
             Contains("the same device is record 1, line 2 of file-1.csv, which is registered"));
}

TEST_CASE("6.2 same `rec_id`, earlier retryable failure: treat as the operator's retry") {
  Site site;
  site.drop(site.rows().device(device()));
  site.settle(Verdict::failed);
  const ResultRow row = site.drop(site.rows().device(device()));
  CHECK(row.verdict == Verdict::none);
  CHECK(site.is_anything_to_send());
  CHECK_THAT(site.story(device().serial),
             Contains("the device of record 1, which had failed, is tried again"));
}

TEST_CASE("6.2 same `rec_id` twice in one file/batch: send once") {
  Site site;
  const SubmissionId id =
      site.desk.submission("a.csv", site.rows().device(device()).device(device()));
  const auto rows = site.desk.rows(id);
  CHECK(rows.at(0).verdict == Verdict::none);
  CHECK(rows.at(1).verdict == Verdict::duplicate);
  CHECK_THAT(rows.at(1).message, Contains("line 2 of this file"));
  CHECK(site.desk.submitted_chunk().devices == 1);
}

TEST_CASE("6.2 re-capture, already registered: record the newer blob, do not upload") {
  Site site;
  site.drop(site.rows().device(device()));
  site.settle(Verdict::registered);
  const ResultRow row = site.drop(site.rows().device(captured(device(), 60)));
  CHECK(row.verdict == Verdict::duplicate);
  CHECK(row.code == "duplicate.recapture");
  CHECK_FALSE(site.is_anything_to_send());
  CHECK_THAT(site.story("file-2.csv"),
             Contains("another capture of the device of record 1 is kept, and not sent"));
  CHECK_THAT(site.story(device().serial), Contains("record 2 is another capture of this device"));
}

TEST_CASE("6.2 re-capture, not yet sent: replace the queued one") {
  Site site;
  const SubmissionId first = site.desk.submission("a.csv", site.rows().device(device()));
  bool is_routed = false;
  SECTION("waiting for the batch of its file") {}
  SECTION("waiting for the batch of its group tag") {
    is_routed = true;
    BatchBuilder routed = site.rows();
    routed.device(captured(device(), 30)).to(site.desk.other_batch(), "B");
    site.drop(routed);
  }
  const SubmissionId queued = is_routed ? site.latest : first;
  const ResultRow row = site.drop(site.rows().device(captured(device(), 60)));
  CHECK(row.verdict == Verdict::none);
  CHECK(site.only_row(queued).verdict == Verdict::superseded);
  CHECK(site.only_row(queued).code == "superseded.recapture");
  site.desk.check_soundness();
  const ChunkRow chunk = site.desk.submitted_chunk();
  const auto devices = site.desk.now([&] { return site.desk->delivery().devices_of(chunk.id); });
  REQUIRE(devices.size() == 1);
  CHECK(devices[0].hash == support::make_hash_bytes(captured(device(), 60)));
  CHECK_THAT(site.story(device().serial), Contains("took its place before it was sent"));
}

TEST_CASE("6.2 a queued one that a person holds is not replaced") {
  Site site;
  const SubmissionId first = site.desk.submission("a.csv", site.rows().device(device()));
  const Actor alice{"alice", "broken screen"};
  ok(site.desk.in_transaction(
      [&] { return site.desk->operators().hold(RecordId{1}, alice, at(30)); }));
  const ResultRow row = site.drop(site.rows().device(captured(device(), 60)));
  CHECK(row.code == "duplicate.recapture");
  CHECK(site.only_row(first).verdict == Verdict::none);
  CHECK_FALSE(site.is_anything_to_send());
}

TEST_CASE("6.2 same, but older capture time: keep the newer, answer `SUPERSEDED`") {
  Site site;
  site.drop(site.rows().device(device()));
  if (GENERATE(false, true)) site.settle(Verdict::registered);
  const ResultRow row = site.drop(site.rows().device(captured(device(), -60)));
  CHECK(row.verdict == Verdict::superseded);
  CHECK(row.code == "superseded.stale");
  CHECK_THAT(site.story(device().serial), Contains("record 2 is an older capture of this device"));
}

TEST_CASE("6.2 same tuple, different UUID and EK: conflict, hold for a person") {
  Site site;
  site.drop(site.rows().device(device()));
  if (GENERATE(false, true)) site.settle(Verdict::registered);
  auto board = device(2);
  board.serial = device().serial;
  board.manufacturer = device().manufacturer;
  board.model = device().model;
  BatchBuilder again = site.rows();
  // The hash has the tuple, even when the row has no columns for it.
  if (GENERATE(false, true)) {
    again.bare(board);
  } else {
    again.device(board);
  }
  const ResultRow row = site.drop(again);
  CHECK(row.verdict == Verdict::conflict);
  CHECK(row.code == "conflict.serial_reused");
  CHECK_THAT(row.message, Contains("It came on line 2 of file-1.csv"));
  CHECK_FALSE(row.fix.empty());
  CHECK_THAT(site.story(device().serial),
             Contains("it contradicts record 1 and is held for a person") &&
                 Contains("record 2 contradicts it and is held for a person"));
}

TEST_CASE("6.2 same EK or UUID, different serial: conflict (VM clone, re-used board)") {
  Site site;
  site.drop(site.rows().device(device()));
  auto clone = device(2);
  SECTION("same EK") {
    clone.tpm_seed = device().tpm_seed;
  }
  SECTION("same UUID") {
    clone.uuid = device().uuid;
  }
  const ResultRow row = site.drop(site.rows().device(clone));
  CHECK(row.verdict == Verdict::conflict);
  CHECK(row.code == "conflict.board_reused");
}

TEST_CASE("6.2 same PKID, different serial/EK: conflict `PKID_REUSED`") {
  Site site;
  site.drop(site.rows().device(device()));
  auto other = device(2);
  other.pkid = device().pkid;
  const ResultRow row = site.drop(site.rows().device(other));
  CHECK(row.verdict == Verdict::conflict);
  CHECK(row.code == "conflict.pkid_reused");
}

TEST_CASE("6.2 same identity, different tenant/customer: conflict across customers, hold") {
  Site site;
  site.drop(site.rows().device(device()));
  if (GENERATE(false, true)) site.settle(Verdict::registered);
  const ResultRow row =
      site.drop(site.rows().device(captured(device(), 60)), site.desk.other_customer());
  CHECK(row.verdict == Verdict::conflict);
  CHECK(row.code == "conflict.other_customer");
}

TEST_CASE(
    "6.2 the policy is scoped by customer: another batch of one customer is no other tenant") {
  Site site;
  site.drop(site.rows().device(device()));
  CHECK(site.drop(site.rows().device(device()), site.desk.other_batch()).code ==
        "duplicate.record");
}

TEST_CASE("6.2 only a tuple or only a PKID while a blob is known for it: send the blob") {
  Site site;
  site.drop(site.rows().device(contoso()));
  site.settle(Verdict::failed);
  site.drop(site.rows().bare(captured(contoso(), 60)));
  site.settle(Verdict::failed);
  ResultRow row;
  SECTION("a tuple") {
    row = site.drop(site.rows().tuple(contoso().serial, contoso().model));
  }
  SECTION("a PKID") {
    row = site.drop(site.rows().pkid(contoso().pkid));
  }
  CHECK(row.verdict == Verdict::none);
  REQUIRE(row.warnings.size() == 1);
  CHECK_THAT(row.warnings[0], Contains("hash.attached") && Contains("line 2 of file-2.csv"));
  site.desk.check_soundness();
  const ChunkRow chunk = site.desk.submitted_chunk();
  const auto devices = site.desk.now([&] { return site.desk->delivery().devices_of(chunk.id); });
  REQUIRE(devices.size() == 1);
  CHECK(devices[0].hash == support::make_hash_bytes(captured(contoso(), 60)));
  CHECK(devices[0].hash_form == record::HashForm::canonical);
  // The device is known by its hash again, over a restart too.
  site.desk.reopen();
  CHECK(site.drop(site.rows().device(captured(contoso(), 90))).code == "duplicate.recapture");
  CHECK_THAT(site.story("file-3.csv"), Contains("goes with the one of record 2"));
}

TEST_CASE("6.2 a blob that came while the tuple was in flight goes with its retry") {
  Site site;
  const SubmissionId first =
      site.desk.submission("a.csv", site.rows().tuple(contoso().serial, contoso().model));
  const ChunkRow chunk = site.desk.submitted_chunk();
  CHECK(site.drop(site.rows().device(contoso())).code == "duplicate.device");
  site.desk.settle_all(chunk, Verdict::failed);
  SECTION("by an operator") {
    const Actor alice{"alice", "812"};
    ok(site.desk.in_transaction(
        [&] { return site.desk->operators().retry(RecordId{1}, at(60), alice, at(60)); }));
    CHECK_THAT(site.only_row(first).warnings.at(0), Contains("hash.attached"));
  }
  SECTION("by the row that comes again") {
    CHECK(site.drop(site.rows().tuple(contoso().serial, contoso().model)).verdict == Verdict::none);
  }
  site.desk.check_soundness();
  site.desk.reopen();
  site.desk.check_soundness();
  const DestinationId from = site.desk.destination();
  const auto again = site.desk.now([&] {
    return site.desk->delivery().plan_chunk(from, ChunkKind::append, ChunkLimits(),
                                            site.desk.uuid(), at(100));
  });
  REQUIRE(again);
  const auto devices = site.desk.now([&] { return site.desk->delivery().devices_of(again->id); });
  CHECK(devices.at(0).hash == support::make_hash_bytes(contoso()));
  CHECK(site.drop(site.rows().device(contoso())).verdict == Verdict::duplicate);
}

TEST_CASE("6.2 only a tuple while a registered blob is known: nothing is sent") {
  Site site;
  site.drop(site.rows().bare(contoso()));
  site.settle(Verdict::registered);
  CHECK(site.drop(site.rows().tuple(contoso().serial, contoso().model)).code == "duplicate.device");
  CHECK_FALSE(site.is_anything_to_send());
}

TEST_CASE("6.2 a blob is not sent beside a model that contradicts it") {
  Site site;
  site.drop(site.rows().device(contoso()));
  site.settle(Verdict::failed);
  BatchBuilder rows = site.rows();
  rows.tuple(contoso().serial, "Contoso Book 15");
  const ResultRow row = site.drop(rows);
  CHECK(row.verdict == Verdict::none);
  CHECK(row.warnings.empty());
}

TEST_CASE("6.2 two blobs that contradict each other upgrade nothing") {
  Site site;
  auto other_board = contoso();
  other_board.tpm_seed = 78;
  other_board.uuid[15] = 78;
  other_board.pkid = "";
  site.drop(site.rows().device(contoso()));
  site.settle(Verdict::failed);
  site.drop(site.rows().device(other_board));
  site.settle(Verdict::failed);
  const ResultRow row = site.drop(site.rows().tuple(contoso().serial, contoso().model));
  CHECK(row.verdict == Verdict::none);
  CHECK(row.warnings.empty());
}

TEST_CASE("6.2 a blob of another customer upgrades nothing") {
  Site site;
  const SubmissionId theirs =
      site.desk.submission("a.csv", site.rows().device(contoso()), site.desk.other_customer());
  site.desk.settle_all(site.desk.submitted_chunk(500, site.desk.other_customer()), Verdict::failed);
  CHECK(site.only_row(theirs).verdict == Verdict::failed);
  const ResultRow row = site.drop(site.rows().tuple(contoso().serial, contoso().model));
  CHECK(row.verdict == Verdict::none);
  CHECK(row.warnings.empty());
}

TEST_CASE("5.3 near-misses are flagged from what verified hashes have taught") {
  Site site;
  auto spec = contoso();
  spec.manufacturer = "CONTOSO";
  site.drop(site.rows().device(spec));
  const auto warnings = [&](const std::string& model) {
    return site.drop(site.rows().tuple("X-" + std::to_string(site.files), model)).warnings;
  };
  auto found = warnings("contoso book 14");
  REQUIRE(found.size() == 2);
  CHECK_THAT(found[0], Contains("manufacturer.known_spelling") &&
                           Contains("The manufacturer Contoso is spelled CONTOSO"));
  CHECK_THAT(found[1], Contains("model.known_spelling") &&
                           Contains("contoso book 14 is spelled Contoso Book 14"));
  CHECK(warnings("Contoso Book 14").size() == 1);
  CHECK(warnings("Contoso Book 15").size() == 1);
  // A second spelling that a hash proves is as good as the first.
  site.drop(site.rows().device(device(4)));
  auto second = contoso();
  second.serial = "CONTOSO-0000078";
  second.pkid = "";
  second.tpm_seed = 78;
  second.uuid[15] = 78;
  site.drop(site.rows().device(second));
  CHECK(warnings("Contoso Book 14").empty());
}

TEST_CASE("a spelling that was rolled back with its job is learned again") {
  Site site;
  BatchBuilder batch = site.rows();
  batch.device(contoso());
  const SubmissionId undone = site.desk.claimed("undone.csv");
  const Result<void> failed = site.desk.in_transaction([&]() -> Result<void> {
    const auto appended = site.desk->intake().append(undone, batch, at(5));
    return appended ? fail(Errc::cancelled, "after the rows") : fail(Error(appended.error()));
  });
  CHECK(error_of(failed) == Errc::cancelled);
  site.drop(batch);
  site.desk.reopen();
  const ResultRow row = site.drop(site.rows().tuple("X-1", "contoso book 14"));
  REQUIRE(row.warnings.size() == 1);
  CHECK_THAT(row.warnings[0], Contains("model.known_spelling"));
}
