#include "unit/ledger/ledger_desk.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::ledger;
using Catch::Matchers::Contains;

namespace {

BatchBuilder batch(LedgerDesk& desk) {
  return BatchBuilder(desk->key_seed());
}

support::HashSpec recaptured(support::HashSpec spec, std::int64_t later) {
  spec.captured_at += later;
  return spec;
}

ResultRow only_row(LedgerDesk& desk, SubmissionId submission) {
  const auto rows = desk.rows(submission);
  REQUIRE(rows.size() == 1);
  return rows[0];
}

}  // namespace

TEST_CASE("the same record again is a duplicate that names who had it first") {
  LedgerDesk desk;
  desk.submission("first.csv", batch(desk).devices(1, 3));
  const SubmissionId again = desk.claimed("second.csv");
  const auto counts = desk.append(again, batch(desk).devices(2, 3));
  CHECK(counts.duplicate == 2);
  CHECK(counts.pending == 1);
  const auto rows = desk.rows(again);
  CHECK(rows[0].verdict == Verdict::duplicate);
  CHECK(rows[0].code == "duplicate.record");
  CHECK_THAT(rows[0].message, Contains("line 3 of first.csv (2027-01-15T08:00:00.000Z)"));
  CHECK_THAT(rows[0].message, Contains("is pending"));
  CHECK(rows[0].finished_at == at(10));
  CHECK(rows[2].verdict == Verdict::none);
  desk.check_soundness();
}

TEST_CASE("the second row of one device in one batch is a duplicate") {
  LedgerDesk desk;
  const SubmissionId id =
      desk.submission("a.csv", batch(desk).devices(1, 1).devices(1, 1).devices(2, 1));
  const auto rows = desk.rows(id);
  CHECK(rows[0].verdict == Verdict::none);
  CHECK(rows[1].verdict == Verdict::duplicate);
  CHECK_THAT(rows[1].message, Contains("line 2 of this file"));
  CHECK(rows[2].verdict == Verdict::none);
  desk.check_soundness();
}

TEST_CASE("a duplicate keeps its answer over a restart") {
  LedgerDesk desk;
  desk.submission("a.csv", batch(desk).devices(1, 5));
  desk.reopen();
  const SubmissionId again = desk.claimed("b.csv");
  CHECK(desk.append(again, batch(desk).devices(1, 5)).duplicate == 5);
}

TEST_CASE("a record whose device failed or was rejected is new") {
  LedgerDesk desk;
  desk.submission("a.csv", batch(desk).devices(1, 1).rejected("BAD"));
  desk.settle_all(desk.submitted_chunk(), Verdict::failed);
  const SubmissionId again = desk.submission("b.csv", batch(desk).devices(1, 1).tuple("BAD"));
  for (const auto& row : desk.rows(again)) CHECK(row.verdict == Verdict::none);
  desk.check_soundness();
}

TEST_CASE("a registered device answers a newer capture with duplicate") {
  LedgerDesk desk;
  const auto spec = support::make_spec(1);
  desk.submission("a.csv", batch(desk).device(spec));
  SECTION("in flight") {
    desk.submitted_chunk();
  }
  SECTION("registered") {
    desk.settle_all(desk.submitted_chunk());
  }
  const SubmissionId again = desk.submission("b.csv", batch(desk).device(recaptured(spec, 60)));
  CHECK(only_row(desk, again).code == "duplicate.recapture");
  desk.check_soundness();
}

TEST_CASE("a newer capture takes the place of one that waits") {
  LedgerDesk desk;
  const auto spec = support::make_spec(1);
  const SubmissionId first = desk.submission("a.csv", batch(desk).device(spec));
  const SubmissionId again = desk.submission("b.csv", batch(desk).device(recaptured(spec, 60)));
  const auto loser = only_row(desk, first);
  CHECK(loser.verdict == Verdict::superseded);
  CHECK(loser.code == "superseded.recapture");
  CHECK_THAT(loser.message, Contains("line 2 of this file") || Contains("line 2 of b.csv"));
  CHECK(only_row(desk, again).verdict == Verdict::none);
  CHECK(desk.now([&] { return desk->receipts().settled_submissions(9); }) == std::vector{first});
  desk.check_soundness();
  const ChunkRow chunk = desk.submitted_chunk();
  REQUIRE(chunk.devices == 1);
  const auto devices = desk.now([&] { return desk->delivery().devices_of(chunk.id); });
  CHECK(devices[0].hash == support::make_hash_bytes(recaptured(spec, 60)));
  desk.check_soundness();
}

TEST_CASE("a newer capture takes the place of one in the same batch") {
  LedgerDesk desk;
  const auto spec = support::make_spec(1);
  const SubmissionId id =
      desk.submission("a.csv", batch(desk).device(spec).device(recaptured(spec, 60)));
  const auto rows = desk.rows(id);
  CHECK(rows[0].verdict == Verdict::superseded);
  CHECK(rows[1].verdict == Verdict::none);
  CHECK(desk.submitted_chunk().devices == 1);
  desk.check_soundness();
}

TEST_CASE("an older capture than the known one is superseded at once") {
  LedgerDesk desk;
  const auto spec = support::make_spec(1);
  desk.submission("a.csv", batch(desk).device(spec));
  const SubmissionId again = desk.submission("b.csv", batch(desk).device(recaptured(spec, -60)));
  const auto row = only_row(desk, again);
  CHECK(row.verdict == Verdict::superseded);
  CHECK(row.code == "superseded.stale");
  desk.check_soundness();
}

TEST_CASE("a tuple or PKID of a known device is a duplicate") {
  LedgerDesk desk;
  const auto spec = support::make_spec(1);
  desk.submission("a.csv", batch(desk).device(spec));
  BatchBuilder less = batch(desk);
  less.tuple(spec.serial, spec.model);
  const bool same_maker = spec.manufacturer == "Contoso";
  if (!spec.pkid.empty()) less.pkid(spec.pkid);
  const SubmissionId again = desk.submission("b.csv", less);
  const auto rows = desk.rows(again);
  if (same_maker) CHECK(rows[0].code == "duplicate.device");
  if (!spec.pkid.empty()) CHECK(rows[1].code == "duplicate.device");
  desk.check_soundness();
}

TEST_CASE("a hash for a tuple that waits takes its place") {
  LedgerDesk desk;
  auto spec = support::make_spec(1);
  spec.manufacturer = "Contoso";
  const SubmissionId first = desk.submission("a.csv", batch(desk).tuple(spec.serial, spec.model));
  const SubmissionId again = desk.submission("b.csv", batch(desk).device(spec));
  CHECK(only_row(desk, first).verdict == Verdict::superseded);
  CHECK(only_row(desk, again).verdict == Verdict::none);
  desk.check_soundness();
}

TEST_CASE("two stories about one device are held") {
  LedgerDesk desk;
  const auto spec = support::make_spec(1);
  desk.submission("a.csv", batch(desk).device(spec));
  auto other = support::make_spec(2);
  std::string code;
  SECTION("the serial number of another board") {
    other.serial = spec.serial;
    other.manufacturer = spec.manufacturer;
    other.model = spec.model;
    code = "conflict.serial_reused";
  }
  SECTION("the board of another serial number") {
    other.uuid = spec.uuid;
    code = "conflict.board_reused";
  }
  SECTION("the TPM of another serial number") {
    other.tpm_seed = spec.tpm_seed;
    code = "conflict.board_reused";
  }
  SECTION("the PKID of another device") {
    other.pkid = spec.pkid;
    code = "conflict.pkid_reused";
  }
  const SubmissionId again = desk.submission("b.csv", batch(desk).device(other));
  const auto row = only_row(desk, again);
  CHECK(row.verdict == Verdict::conflict);
  CHECK(row.code == code);
  CHECK_FALSE(row.fix.empty());
  CHECK(desk.submitted_chunk().devices == 1);
  const SubmissionId third = desk.submission("c.csv", batch(desk).device(other));
  CHECK(only_row(desk, third).verdict == Verdict::conflict);
  desk.check_soundness();
}

TEST_CASE("the same serial number of another maker is another device") {
  LedgerDesk desk;
  auto other = support::make_spec(2);
  other.serial = support::make_spec(1).serial;
  const SubmissionId id = desk.submission("a.csv", batch(desk).devices(1, 1).device(other));
  for (const auto& row : desk.rows(id)) CHECK(row.verdict == Verdict::none);
}

TEST_CASE("a device that another customer has is held") {
  LedgerDesk desk;
  desk.submission("a.csv", batch(desk).devices(1, 1));
  const Uuid customer = desk.uuid();
  const auto other =
      desk.now([&] { return desk->intake().ensure_destination(customer, "B", "main"); });
  const SubmissionId again = desk.submission("b.csv", batch(desk).devices(1, 1), other);
  const auto row = only_row(desk, again);
  CHECK(row.verdict == Verdict::conflict);
  CHECK(row.code == "conflict.other_customer");
}

TEST_CASE("another batch of the same customer shares the devices") {
  LedgerDesk desk;
  desk.submission("a.csv", batch(desk).devices(1, 1));
  const Uuid customer =
      desk.now([&, to = desk.destination()] { return desk->delivery().destination(to); }).customer;
  const auto other =
      desk.now([&] { return desk->intake().ensure_destination(customer, "B", "main"); });
  CHECK(only_row(desk, desk.submission("b.csv", batch(desk).devices(1, 1), other)).verdict ==
        Verdict::duplicate);
}

TEST_CASE("records that only share a 64-bit key are different devices") {
  LedgerDesk desk;
  const record::IdentityKeys keys{7, 7, 7, 7, 7};
  const SubmissionId id =
      desk.submission("a.csv", batch(desk).keyed("ONE", keys).keyed("TWO", keys));
  for (const auto& row : desk.rows(id)) CHECK(row.verdict == Verdict::none);
  // All of them stay findable: the first as well as the last.
  const SubmissionId again = desk.submission(
      "b.csv", batch(desk).keyed("THREE", keys).keyed("ONE", keys).keyed("TWO", keys));
  const auto rows = desk.rows(again);
  CHECK(rows[0].verdict == Verdict::none);
  CHECK(rows[1].verdict == Verdict::duplicate);
  CHECK(rows[2].verdict == Verdict::duplicate);
}

TEST_CASE("a record key finds its record behind any number of others") {
  LedgerDesk desk;
  const record::IdentityKeys only_whole{7, 0, 0, 0, 0};
  BatchBuilder many = batch(desk);
  for (int row = 0; row < 400; ++row) many.keyed("SERIAL-" + std::to_string(row), only_whole);
  desk.submission("a.csv", many);
  const SubmissionId again = desk.submission("b.csv", batch(desk).keyed("SERIAL-0", only_whole));
  CHECK(only_row(desk, again).verdict == Verdict::duplicate);
}

TEST_CASE("of the records behind one part the newest speak for all") {
  LedgerDesk desk;
  const record::IdentityKeys only_serial{0, 0, 0, 7, 0};
  BatchBuilder many = batch(desk);
  for (int row = 0; row < 400; ++row) many.keyed("SERIAL-" + std::to_string(row), only_serial);
  desk.submission("a.csv", many);
  const SubmissionId again = desk.submission(
      "b.csv", batch(desk).keyed("SERIAL-399", only_serial).keyed("SERIAL-0", only_serial));
  const auto rows = desk.rows(again);
  CHECK(rows[0].verdict == Verdict::duplicate);
  CHECK(rows[1].verdict == Verdict::none);
}

TEST_CASE("dead records do not hide a living one") {
  LedgerDesk desk;
  auto spec = support::make_spec(1);
  spec.manufacturer = "Contoso";
  const SubmissionId first = desk.submission("a.csv", batch(desk).tuple(spec.serial, spec.model));
  BatchBuilder dead = batch(desk);
  for (int row = 0; row < 100; ++row) dead.rejected(spec.serial);
  desk.submission("dead.csv", dead);
  // Only the serial number leads from the one to the other.
  desk.submission("b.csv", batch(desk).device(spec));
  CHECK(only_row(desk, first).verdict == Verdict::superseded);
}

TEST_CASE("an exact duplicate stores no second copy of its hash") {
  LedgerDesk desk;
  const auto size = [&] { return std::filesystem::file_size(desk.path()); };
  desk.submission("a.csv", batch(desk).devices(1, 200));
  const auto before = size();
  const SubmissionId again = desk.submission("b.csv", batch(desk).devices(1, 200));
  CHECK(size() - before < 200 * 900);
  CHECK(desk.summary(again).verdicts[static_cast<std::size_t>(Verdict::duplicate)] == 200);
  desk.check_soundness();
}

TEST_CASE("a job that fails leaves nothing in the index") {
  LedgerDesk desk;
  const SubmissionId id = desk.claimed("a.csv");
  CHECK(desk.refusal([&]() -> Result<void> {
    ok(desk->intake().append(id, batch(desk).devices(1, 5), at(1)));
    return fail(Errc::cancelled, "changed its mind");
  }) == Errc::cancelled);
  CHECK(desk.append(id, batch(desk).devices(1, 5)).pending == 5);
  desk.check_soundness();
}
