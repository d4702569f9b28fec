// A file of an earlier schema, with rows in it, becomes one of the present schema.
#include "ledger/sqlite/schema_v1.hpp"
#include "ledger/sqlite/schema_v2.hpp"

#include "unit/ledger/delivery_desk.hpp"
#include "unit/ledger/killed_child.hpp"
#include <catch2/catch.hpp>
#include <sqlite3.h>

using namespace devicebatch;
using namespace devicebatch::ledger;

namespace {

// Written by the first schema's program: the devices and keys come from a ledger of today, the rows
// of the tables that changed are put in by hand.
constexpr const char* kRows = R"sql(
PRAGMA application_id = 1148600948;
PRAGMA user_version = 1;
INSERT INTO destination(id, customer, batch, batch_folded, account, presence, throttled_until)
  VALUES(1, x'00000000000000000000000000000001', 'Batch A', 'batch a', 'main', 2, 1800000500000),
        (2, x'00000000000000000000000000000002', 'Batch B', 'batch b', 'main', 0, 1800000100000),
        (3, x'00000000000000000000000000000003', 'Batch C', 'batch c', 'second', 0, 0);
INSERT INTO submission(id, state, destination, last_line, records, first_record, last_record,
    open, unplanned, plan_from, verdict6, seen, accepted, uuid, bytes, source, name, claim_name)
  VALUES(1, 3, 1, 9, 8, 1, 8, 6, 1, 8, 2, 1800000000000, 1800000020000,
    x'00000000000000000000000000000011', 100, 'line-1', 'a.csv', 'x__a.csv');
INSERT INTO record(id, submission, line, verdict, chunk, finished, captured, hash_form, serial,
    pkid, manufacturer, model) VALUES
  (1, 1, 2, 6, 1, 1800000050000, 0, 0, 'CONTOSO-1', '', 'Contoso', 'Book'),
  (2, 1, 3, 6, 1, 1800000050000, 0, 0, 'CONTOSO-2', '', 'Contoso', 'Book'),
  (3, 1, 4, 0, 1, 0, 0, 0, 'CONTOSO-3', '', 'Contoso', 'Book'),
  (4, 1, 5, 0, 2, 0, 0, 0, 'CONTOSO-4', '', 'Contoso', 'Book'),
  (5, 1, 6, 0, 3, 0, 0, 0, 'CONTOSO-5', '', 'Contoso', 'Book'),
  (6, 1, 7, 0, 4, 0, 0, 0, 'CONTOSO-6', '', 'Contoso', 'Book'),
  (7, 1, 8, 0, 5, 0, 0, 0, 'CONTOSO-7', '', 'Contoso', 'Book'),
  (8, 1, 9, 0, NULL, 0, 0, 0, 'CONTOSO-8', '', 'Contoso', 'Book');
INSERT INTO outcome VALUES(1, 'device.808', 'in words', 'fix');
INSERT INTO chunk(id, destination, kind, state, devices, attempts, planned, may_have_reached,
    request_id, tracking_id) VALUES
  (1, 1, 1, 4, 3, 1, 1800000030000, 1, x'01', NULL),
  (2, 1, 1, 2, 1, 1, 1800000030000, 1, x'02', NULL),
  (3, 1, 1, 2, 1, 1, 1800000030000, 1, x'03', x'00000000000000000000000000000013'),
  (4, 1, 1, 3, 1, 2, 1800000030000, 1, x'04', x'00000000000000000000000000000014'),
  (5, 1, 1, 0, 1, 1, 1800000030000, 0, x'05', NULL);
INSERT INTO chunk_members VALUES
  (1, x'010000000000000002000000000000000300000000000000'), (2, x'0400000000000000'),
  (3, x'0500000000000000'), (4, x'0600000000000000'), (5, x'0700000000000000');
INSERT INTO attempt(chunk, n, started, ended, outcome) VALUES
  (1, 1, 1800000031000, 1800000032000, 'submitted'),
  (1, 0, 1800000050000, 1800000050000, 'settled'),
  (2, 1, 1800000031000, 1800000033000, 'unconfirmed'),
  (3, 1, 1800000031000, 1800000032000, 'submitted'), (3, 0, 1800000045000, 1800000045000, 'lost'),
  (4, 1, 1800000031000, 1800000032000, 'unconfirmed'),
  (4, 2, 1800000034000, 1800000035000, 'submitted'),
  (5, 1, 1800000031000, 1800000032000, 'failed');
INSERT INTO carried VALUES(3, 1);
INSERT INTO requeue VALUES(3, 1, 1800000200000);
INSERT INTO tally VALUES(0, 8), (10, 6), (16, 2), (33, 1), (50, 1), (52, 2), (53, 1), (54, 1);
INSERT INTO meta(name, value) VALUES('key_seed', 4711);
)sql";

void run_sql(const std::string& path, const char* sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &db) == SQLITE_OK);
  char* error = nullptr;
  const int result = sqlite3_exec(db, sql, nullptr, nullptr, &error);
  INFO((error == nullptr ? "" : error));
  CHECK(result == SQLITE_OK);
  sqlite3_free(error);
  REQUIRE(sqlite3_close(db) == SQLITE_OK);
}

// The desk's own ledger makes way for one of the first schema.
void become_old(LedgerDesk& desk) {
  static const std::string old_file = [] {
    support::TempDir folder;
    const std::string path = folder / "old.db";
    const std::string sql =
        std::string("PRAGMA page_size = 32768; BEGIN;") + kSchemaV1 + kRows + "COMMIT;";
    run_sql(path, sql.c_str());
    return support::read_file(path);
  }();
  replace_ledger(desk, old_file);
}

// A file of the second schema: that of the first, brought up to date, and a row with a conflict.
constexpr const char* kConflict = R"sql(
PRAGMA user_version = 2;
INSERT INTO record(id, submission, line, verdict, first_record, finished, captured, hash_form,
    serial, pkid, manufacturer, model)
  VALUES(9, 1, 10, 7, 8, 1800000015000, 0, 0, 'CONTOSO-9', '3305000000001', 'Contoso', 'Book');
INSERT INTO finding VALUES
  (288, 1, 0, 'conflict.pkid_reused', 'This product key id is known.', 'Ask.');
UPDATE submission SET last_line = 10, records = 9, last_record = 9, verdict7 = 1;
UPDATE tally SET n = 9 WHERE id = 0;
INSERT INTO tally VALUES(17, 1);
)sql";

void become_second(LedgerDesk& desk) {
  static const std::string old_file = [] {
    support::TempDir folder;
    const std::string path = folder / "old.db";
    const std::string sql = std::string("PRAGMA page_size = 32768; BEGIN;") + kSchemaV1 + kRows +
                            kSchemaV2 + kConflict + "COMMIT;";
    run_sql(path, sql.c_str());
    return support::read_file(path);
  }();
  replace_ledger(desk, old_file);
}

// The devices were put in without their keys, which verify() misses; all the rest must be right.
void check_rest_is_sound(LedgerDesk& desk) {
  for (const std::string& line : desk.now([&] { return desk->reports().verify(); }).lines) {
    if (!line.starts_with("identity keys")) CHECK_THAT(line, !Catch::Contains("FAILED"));
  }
}

}  // namespace

TEST_CASE("a ledger of the first schema keeps everything and learns the rest") {
  LedgerDesk desk;
  become_old(desk);
  desk.open();
  CHECK(desk->key_seed() == 4711);
  check_rest_is_sound(desk);
  auto& verbs = desk->delivery();
  const auto totals = desk.now([&] { return desk->reports().totals(); });
  CHECK(totals.records_in == 8);
  CHECK(totals.chunks == std::array<std::uint64_t, 5>{1, 0, 2, 1, 1});

  // The throttling of destinations became that of their account, the latest of them.
  CHECK(desk.now([&] { return verbs.account("main"); }).throttled_until == at(500));
  const auto status = desk.now([&] { return desk->reports().status(at(600)); });
  CHECK(status.accounts.size() == 1);
  CHECK(desk.now([&] { return verbs.destination(DestinationId{1}); }).presence ==
        BatchPresence::present);

  // Failed records are dead letters, with and without words of the service.
  RecordFilter dead;
  dead.is_dead_letter = true;
  const auto letters = desk.now([&] { return desk->operators().records(dead, {}, 10); });
  REQUIRE(letters.rows.size() == 2);
  CHECK(letters.rows[0].code == "device.808");
  CHECK(letters.rows[1].code.empty());
  CHECK(status.dead_letters == 2);

  // A fate that was unknown is known to be so, and since when.
  CHECK(desk.chunk(ChunkId{2}).had_unknown);
  CHECK(desk.chunk(ChunkId{2}).inquiry == Inquiry::resend);
  CHECK(desk.chunk(ChunkId{2}).unknown_since == at(33));
  CHECK(desk.chunk(ChunkId{3}).inquiry == Inquiry::look);
  CHECK(desk.chunk(ChunkId{3}).unknown_since == at(45));
  CHECK(desk.chunk(ChunkId{4}).had_unknown);
  CHECK(desk.chunk(ChunkId{4}).unknown_since == UtcTime{});
  CHECK_FALSE(desk.chunk(ChunkId{5}).had_unknown);
  CHECK(status.oldest_unconfirmed == at(33));
}

TEST_CASE("a migrated ledger goes on where it was") {
  LedgerDesk desk;
  become_old(desk);
  desk.open();
  auto& verbs = desk->delivery();
  const auto next = desk.now([&] {
    return verbs.plan_chunk(DestinationId{1}, ChunkKind::append, {}, desk.uuid(), at(300));
  });
  REQUIRE(next);
  CHECK(next->devices == 2);
  ok(desk.in_transaction(
      [&] { return desk->operators().retry(RecordId{1}, at(300), Delivery::alice(), at(300)); }));
  JobEnd end;
  end.outcomes.push_back(outcome(RecordId{5}, Verdict::registered));
  ok(desk.in_transaction([&] { return verbs.settle(ChunkId{3}, {}, end, at(310)); }));
  check_rest_is_sound(desk);
}

TEST_CASE("a ledger of the second schema lists its conflicts, which a person can settle") {
  LedgerDesk desk;
  become_second(desk);
  desk.open();
  check_rest_is_sound(desk);
  RecordFilter filter;
  filter.verdict = Verdict::conflict;
  const auto found = desk.now([&] { return desk->operators().records(filter, {}, 10); });
  REQUIRE(found.rows.size() == 1);
  CHECK(found.rows[0].record == RecordId{9});
  CHECK(found.rows[0].code == "conflict.pkid_reused");
  ok(desk.in_transaction([&] {
    return desk->operators().resolve(RecordId{9}, Resolution::drop, Delivery::alice(), at(300));
  }));
  check_rest_is_sound(desk);
  // What its program did not know is empty.
  CHECK(desk.now([&] { return desk->receipts().unsent_replies(10); }).empty());
  CHECK(desk.now([&] { return desk->operators().record(RecordId{9}); }).destination ==
        DestinationId{1});
}

TEST_CASE("a kill at any write of a migration leaves the old ledger or the new one") {
  int writes = 0;
  LedgerDesk desk;
  for (int kill_at = 0; kill_at == 0 || kill_at <= writes; ++kill_at) {
    INFO("killed at write " << kill_at << " of " << writes);
    become_old(desk);
    const int count = run_in_child(desk, kill_at, [] { return true; });
    if (kill_at == 0) writes = count;
    REQUIRE(writes > 5);
    REQUIRE((kill_at == 0 || count == kill_at));
    check_rest_is_sound(desk);
    CHECK(desk.now([&] { return desk->reports().totals(); }).records_in == 8);
    CHECK(desk.now([&] { return desk->reports().status(at(600)); }).dead_letters == 2);
  }
}
