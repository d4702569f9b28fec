#include "unit/ledger/ledger_desk.hpp"
#include <catch2/catch.hpp>
#include <sqlite3.h>

using namespace devicebatch;
using namespace devicebatch::ledger;
using Catch::Matchers::Contains;

namespace {

std::string told(const RecordStory& story) {
  std::string text;
  for (const auto& event : story.events) text += event.what + "\n";
  return text;
}

Story explain(LedgerDesk& desk, const std::string& query) {
  return desk.now([&] { return desk->reports().explain(query); });
}

// Changes the file behind the ledger's back.
void tamper(LedgerDesk& desk, const std::string& sql) {
  desk.close();
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(desk.path().c_str(), &db) == SQLITE_OK);
  CHECK(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  REQUIRE(sqlite3_close(db) == SQLITE_OK);
  desk.open();
}

bool is_sound(LedgerDesk& desk) {
  return desk.now([&] { return desk->reports().verify(); }).is_sound;
}

}  // namespace

TEST_CASE("totals count every record, submission and chunk") {
  LedgerDesk desk;
  desk.submission("a.csv", BatchBuilder(desk->key_seed()).devices(1, 4).rejected("BAD"));
  desk.settle_all(desk.submitted_chunk(2));
  desk.submitted_chunk(1);
  desk.claimed("b.csv");
  const auto totals = desk.now([&] { return desk->reports().totals(); });
  CHECK(totals.records_in == 5);
  CHECK(totals.verdicts == VerdictCounts{2, 2, 0, 0, 0, 1, 0, 0});
  CHECK(totals.submissions == std::array<std::uint64_t, 5>{0, 1, 0, 1, 0});
  CHECK(totals.chunks == std::array<std::uint64_t, 5>{0, 0, 0, 1, 1});
}

TEST_CASE("the status shows ages, waiting records and the next steps") {
  LedgerDesk desk;
  desk.submission("old.csv", BatchBuilder(desk->key_seed()).devices(1, 4));
  desk.claimed("fresh.csv");
  desk.submitted_chunk(1);
  const auto status = desk.now([&] { return desk->reports().status(at(59)); });
  CHECK(status.ages[3][0] == 1);
  CHECK(status.ages[1][0] == 1);
  CHECK(status.oldest_open == at(0));
  REQUIRE(status.destinations.size() == 1);
  CHECK(status.destinations[0].waiting == 3);
  CHECK(status.destinations[0].chunks == std::array<std::uint64_t, 4>{0, 0, 0, 1});
  CHECK(status.destinations[0].next_poll == at(40));
  CHECK_FALSE(status.destinations[0].next_attempt);
  const auto later = desk.now([&] { return desk->reports().status(at(86'400)); });
  CHECK(later.ages[3][5] == 1);
  CHECK(later.ages[3][0] == 0);
}

TEST_CASE("a device is explained by serial, PKID and hash") {
  LedgerDesk desk;
  const auto spec = support::make_spec(7);
  desk.submission("a.csv", BatchBuilder(desk->key_seed()).device(spec));
  desk.submission("b.csv", BatchBuilder(desk->key_seed()).device(spec));
  desk.settle_all(desk.submitted_chunk());
  auto newer = spec;
  newer.captured_at += 5;
  std::vector<std::pair<std::string, std::string>> queries{
      {spec.serial, "serial"},
      {" " + spec.serial + "\n", "serial"},
      {support::make_hash_text(spec), "hash"},
      {support::make_hash_text(newer), "hash"}};
  if (!spec.pkid.empty()) queries.emplace_back(spec.pkid, "PKID");
  for (const auto& [query, found_as] : queries) {
    INFO(query.substr(0, 40));
    const Story story = explain(desk, query);
    CHECK(story.found_as == found_as);
    REQUIRE(story.records.size() == 1);
    const RecordStory& record = story.records[0];
    CHECK(record.serial == spec.serial);
    CHECK(record.verdict == Verdict::registered);
    CHECK(record.submission.name == "a.csv");
    REQUIRE(record.chunk);
    const std::string text = told(record);
    CHECK_THAT(text, Contains("line 2 of a.csv was stored as record 1"));
    CHECK_THAT(text, Contains("it came again on line 2 of b.csv"));
    CHECK_THAT(text, Contains("attempt 1 submitted, HTTP 202"));
    CHECK_THAT(text, Contains(record.chunk->tracking_id.to_string()));
    CHECK_THAT(text, Contains("verdict: registered"));
  }
}

TEST_CASE("a rejected row is explained by its serial") {
  LedgerDesk desk;
  desk.submission("a.csv", BatchBuilder(desk->key_seed()).rejected("BAD-1"));
  const Story story = explain(desk, "BAD-1");
  REQUIRE(story.records.size() == 1);
  CHECK(story.records[0].verdict == Verdict::rejected);
  CHECK(story.records[0].code.starts_with("hash."));
}

TEST_CASE("chunks, requests, jobs, files and submissions are explained") {
  LedgerDesk desk;
  const SubmissionId first =
      desk.submission("a.csv", BatchBuilder(desk->key_seed()).devices(1, 60));
  const SubmissionId second =
      desk.submission("a.csv", BatchBuilder(desk->key_seed()).devices(101, 1));
  const ChunkRow chunk = desk.submitted_chunk(2);
  for (const auto& [query, found_as] : std::vector<std::pair<std::string, std::string>>{
           {"chunk:1", "chunk"},
           {chunk.request_id.to_string(), "request id"},
           {chunk.tracking_id.to_string(), "tracking id"}}) {
    const Story story = explain(desk, query);
    CHECK(story.found_as == found_as);
    REQUIRE(story.chunks.size() == 1);
    CHECK(story.chunks[0].id == chunk.id);
    CHECK(story.records.size() == 2);
  }
  const Story file = explain(desk, "a.csv");
  CHECK(file.found_as == "file");
  REQUIRE(file.submissions.size() == 2);
  CHECK(file.submissions[0].id == second);
  const Story submission = explain(desk, desk.summary(first).uuid.to_string());
  CHECK(submission.found_as == "submission");
  CHECK(submission.records.size() == 50);
  CHECK(submission.is_cut);
  for (const std::string nothing : {"nobody", "chunk:99", "chunk:x", "chunk:"}) {
    CHECK(desk.refusal([&] { return desk->reports().explain(nothing); }) == Errc::not_found);
  }
  CHECK(desk.refusal([&] { return desk->reports().explain("  "); }) == Errc::rejected);
}

TEST_CASE("a failed record must be a dead letter with its code") {
  LedgerDesk desk;
  desk.submission("a.csv", BatchBuilder(desk->key_seed()).devices(1, 2));
  desk.settle_all(desk.submitted_chunk(), Verdict::failed);
  REQUIRE(is_sound(desk));
  SECTION("missing") {
    tamper(desk, "DELETE FROM dead_letter WHERE record = 1");
  }
  SECTION("another code") {
    tamper(desk, "UPDATE dead_letter SET code = 'other' WHERE record = 1");
  }
  SECTION("another destination") {
    tamper(desk, "UPDATE dead_letter SET destination = 2 WHERE record = 1");
  }
  CHECK_FALSE(is_sound(desk));
}

TEST_CASE("verification names what does not add up") {
  LedgerDesk desk;
  desk.submission("a.csv", BatchBuilder(desk->key_seed()).devices(1, 4));
  desk.submitted_chunk(2);
  REQUIRE(is_sound(desk));
  const auto verification = desk.now([&] { return desk->reports().verify(); });
  CHECK(verification.lines ==
        std::vector<std::string>{"integrity_check: ok", "balance: 4 rows = 4 pending",
                                 "submissions: 1 agree with their records",
                                 "chunks: 1 agree with their members",
                                 "places: 4 pending records are in one each",
                                 "dead letters: 0 failed records are theirs",
                                 "routes: 0 records go elsewhere than their file",
                                 "identities: 0 conflicts, 0 changes told",
                                 "identity keys: 4 records are found by theirs"});
  SECTION("a counter") {
    tamper(desk, "UPDATE tally SET n = n + 1 WHERE id = 10");
  }
  SECTION("a submission") {
    tamper(desk, "UPDATE submission SET open = 3");
  }
  SECTION("a lost record") {
    tamper(desk, "DELETE FROM record WHERE id = 4");
  }
  SECTION("a record in no chunk") {
    tamper(desk, "UPDATE record SET chunk = NULL WHERE id = 1");
  }
  SECTION("a chunk that claims too much") {
    tamper(desk, "UPDATE chunk SET devices = 3");
  }
  SECTION("a record in two queues") {
    tamper(desk, "INSERT INTO held VALUES(1, 1, 0, 'a', 'b', 'c', '', '')");
  }
  SECTION("a record behind the cursor that nobody waits for") {
    tamper(desk, "UPDATE submission SET plan_from = 4");
  }
  SECTION("a record in no place") {
    tamper(desk, "UPDATE record SET chunk = 0 WHERE id = 3; UPDATE submission SET unplanned = 1");
  }
  SECTION("a queue with a stranger") {
    tamper(desk, "INSERT INTO requeue VALUES(77, 1, 0)");
  }
  SECTION("a hold of a stranger") {
    tamper(desk, "INSERT INTO held VALUES(77, 1, 0, 'a', 'b', 'c', '', '')");
  }
  SECTION("a record that left its open chunk without going on") {
    tamper(desk, "INSERT INTO carried(record, chunk) VALUES(1, 1)");
  }
  SECTION("a dead letter of a record that did not fail") {
    tamper(desk, "INSERT INTO dead_letter VALUES(1, 1, 'x', 0)");
  }
  SECTION("a device id of nobody") {
    tamper(desk, "INSERT INTO device_id VALUES(77, 'x')");
  }
  SECTION("lost keys") {
    tamper(desk, "DELETE FROM keylog");
  }
  CHECK_FALSE(is_sound(desk));
}

TEST_CASE("verification names routes, conflicts and histories that do not add up") {
  LedgerDesk desk;
  desk.submission("a.csv", BatchBuilder(desk->key_seed()).devices(1, 4));
  desk.submitted_chunk(2);
  REQUIRE(is_sound(desk));
  SECTION("a route of a stranger") {
    tamper(desk, "INSERT INTO route VALUES(77, 1)");
  }
  SECTION("a route that its submission does not count") {
    tamper(desk, "INSERT INTO route VALUES(1, 1)");
  }
  SECTION("a route to another customer") {
    tamper(desk,
           "INSERT INTO destination(id, customer, batch, batch_folded, account)"
           " VALUES(9, x'09', 'b', 'b', 'a');"
           "INSERT INTO route VALUES(1, 9); UPDATE submission SET routed = 1");
  }
  SECTION("a conflict of a record that is none") {
    tamper(desk, "INSERT INTO conflict VALUES(1, 'x')");
  }
  SECTION("a conflict that is not in their list") {
    tamper(desk,
           "UPDATE record SET verdict = 7 WHERE id = 4; UPDATE submission SET open = 3,"
           " unplanned = 1, verdict7 = 1; UPDATE tally SET n = 3 WHERE id = 10;"
           "INSERT INTO tally VALUES(17, 1)");
  }
  SECTION("a record that is retired for one nobody sent") {
    tamper(desk, "INSERT INTO retired VALUES(1, 2)");
  }
  SECTION("a history of nobody") {
    tamper(desk, "INSERT INTO history(at, kind, record, other, detail) VALUES(0, 4, 77, 1, '')");
  }
  CHECK_FALSE(is_sound(desk));
}
