// Rows that go to another batch than their file.
#include "unit/ledger/delivery_desk.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::ledger;
using Catch::Matchers::Contains;

namespace {

// A file of three: the second row has a group tag that leads it elsewhere.
struct Site {
  Site() : other(desk.other_batch()) {
    rows.devices(1, 1).devices(2, 1).to(other, "Berlin").devices(3, 1).to(desk.destination(), "A");
  }
  ~Site() { desk.check_soundness(); }
  std::size_t waiting(DestinationId at_destination) {
    return desk.now([&] { return desk->delivery().waiting(at_destination, 10, at(1'000)); })
        .records;
  }
  std::vector<RecordId> planned(DestinationId from, UtcTime when = at(30)) {
    const auto chunk = desk.now([&] {
      return desk->delivery().plan_chunk(from, ChunkKind::append, ChunkLimits(), desk.uuid(), when);
    });
    std::vector<RecordId> ids;
    if (!chunk) return ids;
    for (const auto& device : desk.now([&] { return desk->delivery().devices_of(chunk->id); })) {
      ids.push_back(device.record);
    }
    return ids;
  }
  RecordLine line(RecordId record) {
    return desk.now([&] { return desk->operators().record(record); });
  }

  LedgerDesk desk;
  DestinationId other;
  BatchBuilder rows{desk->key_seed()};
};

}  // namespace

TEST_CASE("a row with a tag waits for its own batch, once its file is complete") {
  Site site;
  LedgerDesk& desk = site.desk;
  const SubmissionId id = desk.claimed("a.csv");
  CHECK(desk.append(id, site.rows).pending == 3);
  CHECK(site.waiting(site.other) == 0);
  CHECK(site.waiting(desk.destination()) == 0);
  CHECK(site.line(RecordId{2}).stage == RecordStage::arriving);
  desk.check_soundness();
  desk.reopen();
  desk.complete(id);
  CHECK(site.waiting(site.other) == 1);
  CHECK(site.waiting(desk.destination()) == 2);
  CHECK(site.line(RecordId{2}).stage == RecordStage::waiting);
  desk.check_soundness();
  CHECK(site.planned(site.other) == std::vector{RecordId{2}});
  CHECK(site.planned(desk.destination()) == std::vector{RecordId{1}, RecordId{3}});
  CHECK(site.waiting(site.other) == 0);
}

TEST_CASE("result rows, listings and the story tell the batch of a routed row") {
  Site site;
  LedgerDesk& desk = site.desk;
  const SubmissionId id = desk.submission("a.csv", site.rows);
  desk.settle_all(desk.submitted_chunk(500, site.other));
  desk.settle_all(desk.submitted_chunk(), Verdict::failed);
  const auto rows = desk.rows(id);
  CHECK(rows.at(0).batch == "Batch A");
  CHECK(rows.at(1).batch == "Batch B");
  CHECK(rows.at(2).batch == "Batch A");
  CHECK(desk.summary(id).verdicts == VerdictCounts{0, 1, 0, 0, 0, 0, 2, 0});
  CHECK(site.line(RecordId{2}).destination == site.other);
  CHECK(site.line(RecordId{1}).destination == desk.destination());
  const auto registered =
      desk.now([&] { return desk->operators().registered(site.other, {}, 10); });
  REQUIRE(registered.rows.size() == 1);
  CHECK(registered.rows[0].record == RecordId{2});
  RecordFilter filter;
  filter.destination = site.other;
  CHECK(desk.now([&] { return desk->operators().records(filter, {}, 10); }).rows.size() == 1);
  const auto story =
      desk.now([&] { return desk->reports().explain(support::make_spec(2).serial); });
  std::string text;
  for (const auto& event : story.records.at(0).events) text += event.what + "\n";
  CHECK_THAT(text, Contains("its group tag Berlin leads it into batch Batch B"));
}

TEST_CASE("a routed row that fails, is tried again, held and released stays with its batch") {
  Site site;
  LedgerDesk& desk = site.desk;
  desk.submission("a.csv", site.rows);
  const Actor alice{"alice", "to see"};
  const RecordId routed{2};
  auto& verbs = desk->operators();
  ok(desk.in_transaction([&] { return verbs.hold(routed, alice, at(40)); }));
  CHECK(site.waiting(site.other) == 0);
  desk.check_soundness();
  ok(desk.in_transaction([&] { return verbs.release(routed, alice, at(41)); }));
  CHECK(site.waiting(site.other) == 1);
  ok(desk.in_transaction([&] { return verbs.cancel(routed, alice, at(42)); }));
  CHECK(site.waiting(site.other) == 0);
  desk.check_soundness();
  ok(desk.in_transaction([&] { return verbs.retry(routed, at(43), alice, at(43)); }));
  desk.check_soundness();
  CHECK(site.planned(site.other, at(50)) == std::vector{routed});
}

TEST_CASE("of a refused file no routed row is delivered, but one that others rest on") {
  Site site;
  LedgerDesk& desk = site.desk;
  const SubmissionId id = desk.claimed("a.csv");
  site.rows.devices(4, 1).to(site.other, "Berlin");
  desk.append(id, site.rows);
  desk.submission("b.csv", BatchBuilder(desk->key_seed()).devices(4, 1));
  const record::Finding why(record::Severity::error, record::Field::file, "file.changed",
                            "It grew.", "Drop it again.");
  ok(desk.in_transaction([&] { return desk->intake().refuse(id, IntakeSummary(), why, at(20)); }));
  CHECK(desk.summary(id).verdicts == VerdictCounts{1, 0, 0, 0, 0, 3, 0, 0});
  CHECK(site.waiting(desk.destination()) == 0);
  CHECK(site.planned(site.other) == std::vector{RecordId{4}});
}

TEST_CASE("a routed conflict that a person sends goes to its batch") {
  Site site;
  LedgerDesk& desk = site.desk;
  desk.submission("a.csv", BatchBuilder(desk->key_seed()).devices(9, 1));
  auto clone = support::make_spec(10);
  clone.tpm_seed = support::make_spec(9).tpm_seed;
  desk.submission("b.csv", BatchBuilder(desk->key_seed()).device(clone).to(site.other, "Berlin"));
  const RecordId held{2};
  CHECK(site.line(held).verdict == Verdict::conflict);
  CHECK(site.waiting(site.other) == 0);
  const Actor alice{"alice", "both are real"};
  ok(desk.in_transaction(
      [&] { return desk->operators().resolve(held, Resolution::send, alice, at(40)); }));
  CHECK(site.planned(site.other, at(50)) == std::vector{held});
}
