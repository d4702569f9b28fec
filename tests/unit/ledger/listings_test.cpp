// Pages of records, submissions and chunks.
#include "ledger/operators/operator_store.hpp"

#include "unit/ledger/delivery_desk.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::ledger;

namespace {

// Everything the filter finds, read in pages of this size; each page must be within its bound.
std::vector<std::int64_t> list(Delivery& d, const RecordFilter& filter, std::size_t page = 2) {
  std::vector<std::int64_t> found;
  RecordId after;
  while (true) {
    const auto rows = d.desk.now([&] { return d.operators().records(filter, after, page); });
    CHECK(rows.rows.size() <= page);
    for (const RecordLine& line : rows.rows) found.push_back(line.record.value);
    if (!rows.next) return found;
    REQUIRE(*rows.next > after);
    after = *rows.next;
  }
}

using Ids = std::vector<std::int64_t>;

// Records 1 registered, 2 failed, 3 held, 4 queued again, 5 in a job, 6 waiting, 7 rejected;
// 8 and 9 are those of another destination: 8 cancelled, 9 waiting; 10 is a duplicate of 6.
struct Everything : Delivery {
  Everything() : Delivery(0) {
    file = desk.submission("a.csv", BatchBuilder(desk->key_seed()).devices(1, 6).rejected("BAD-1"),
                           to);
    const ChunkRow chunk = desk.submitted_chunk(4);
    first = chunk.id;
    const auto m = members(first);
    JobEnd end;
    end.outcomes = {outcome(m[0], Verdict::registered),
                    outcome(m[1], Verdict::failed, "device.808")};
    end.held = {{m[2], "device.812", "message", "fix"}};
    end.requeue = {{m[3], at(200)}};
    ok(settle(first, end));
    second = desk.submitted_chunk(1).id;
    other = desk.now([&] {
      return desk->intake().ensure_destination(Uuid(std::array<std::uint8_t, 16>{7}), "B", "main");
    });
    other_file = desk.submission("b.csv", BatchBuilder(desk->key_seed()).devices(21, 2), other);
    ok(change(&OperatorVerbs::cancel, RecordId{8}));
    repetition = desk.submission("c.csv", BatchBuilder(desk->key_seed()).devices(6, 1), to);
  }
  SubmissionId file, other_file, repetition;
  ChunkId first, second;
  DestinationId other;
};

}  // namespace

TEST_CASE("records are listed by each condition and by several") {
  Everything d;
  d.desk.check_soundness();
  const auto by = [&](auto set) {
    RecordFilter filter;
    set(filter);
    const Ids found = list(d, filter);
    CHECK(list(d, filter, 1) == found);
    CHECK(list(d, filter, 1'000) == found);
    return found;
  };
  CHECK(by([](auto&) {}) == Ids{1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  CHECK(by([&](auto& f) { f.destination = d.other; }) == Ids{8, 9});
  CHECK(by([&](auto& f) { f.submission = d.file; }) == Ids{1, 2, 3, 4, 5, 6, 7});
  CHECK(by([&](auto& f) { f.submission = SubmissionId{99}; }).empty());
  CHECK(by([&](auto& f) { f.chunk = d.first; }) == Ids{1, 2, 3, 4});
  CHECK(by([&](auto& f) { f.verdict = Verdict::registered; }) == Ids{1});
  CHECK(by([&](auto& f) { f.verdict = Verdict::failed; }) == Ids{2, 8});
  CHECK(by([&](auto& f) { f.verdict = Verdict::none; }) == Ids{3, 4, 5, 6, 9});
  CHECK(by([&](auto& f) { f.stage = RecordStage::held; }) == Ids{3});
  CHECK(by([&](auto& f) { f.stage = RecordStage::waiting; }) == Ids{4, 6, 9});
  CHECK(by([&](auto& f) { f.stage = RecordStage::submitted; }) == Ids{5});
  CHECK(by([&](auto& f) { f.stage = RecordStage::finished; }) == Ids{1, 2, 7, 8, 10});
  CHECK(by([&](auto& f) { f.stage = RecordStage::arriving; }).empty());
  CHECK(by([&](auto& f) { f.is_dead_letter = true; }) == Ids{2});
  CHECK(by([&](auto& f) { f.code = "device.808"; }) == Ids{2});
  CHECK(by([&](auto& f) { f.code = "device.*"; }) == Ids{2, 3});
  CHECK(by([&](auto& f) { f.code = "*"; }).size() == 10);
  CHECK(by([&](auto& f) {
          f.is_dead_letter = true;
          f.destination = d.to;
          f.code = "device.808";
        }) == Ids{2});
  CHECK(by([&](auto& f) {
          f.verdict = Verdict::failed;
          f.destination = d.other;
          f.code = "operator.cancelled";
        }) == Ids{8});
  CHECK(by([&](auto& f) {
          f.is_dead_letter = true;
          f.destination = d.other;
        }).empty());
  CHECK(by([&](auto& f) { f.serial = "BAD-1"; }) == Ids{7});
  CHECK(by([&](auto& f) { f.serial = support::make_spec(6).serial; }) == Ids{6, 10});
  CHECK(by([&](auto& f) { f.serial = "nobody"; }).empty());
}

TEST_CASE("a line has everything an operator sees") {
  Everything d;
  const RecordLine failed = d.line(RecordId{2});
  CHECK(failed.destination == d.to);
  CHECK(failed.file == "a.csv");
  CHECK(failed.submission == d.desk.summary(d.file).uuid);
  CHECK(failed.line == 3);
  CHECK(failed.serial == support::make_spec(2).serial);
  CHECK(failed.verdict == Verdict::failed);
  CHECK(failed.stage == RecordStage::finished);
  CHECK(failed.code == "device.808");
  CHECK(failed.message == "in words");
  CHECK(failed.chunk == d.first);
  CHECK(failed.finished_at == at(50));
  const RecordLine waiting = d.line(RecordId{6});
  CHECK_FALSE(waiting.chunk);
  CHECK(waiting.code.empty());
  CHECK(d.line(RecordId{4}).not_before == at(200));
  CHECK(d.desk.refusal([&] { return d.operators().record(RecordId{99}); }) == Errc::not_found);
}

TEST_CASE("a file that came again is listed with the rows of the first") {
  Everything d;
  const SubmissionId again = d.desk.claimed("a.csv", d.to);
  ok(d.desk.in_transaction([&] { return d.desk->intake().repeat_of(again, {}, d.file, at(60)); }));
  RecordFilter filter;
  filter.submission = again;
  CHECK(list(d, filter) == Ids{1, 2, 3, 4, 5, 6, 7});
}

TEST_CASE("records of one serial number come latest first") {
  Everything d;
  const auto found =
      d.desk.now([&] { return d.operators().records_by_serial(support::make_spec(6).serial); });
  REQUIRE(found.size() == 2);
  CHECK(found[0].record == RecordId{10});
  CHECK(found[0].verdict == Verdict::duplicate);
  CHECK(found[1].record == RecordId{6});
  CHECK(d.desk.now([&] { return d.operators().records_by_serial("nobody"); }).empty());
}

TEST_CASE("a listing looks at a bounded number of rows and says where to go on") {
  Delivery d(0);
  BatchBuilder batch(d.desk->key_seed());
  for (std::size_t number = 0; number < kRowsByCall + 10; ++number) {
    batch.keyed("S-" + std::to_string(number), {});
  }
  d.desk.submission("a.csv", batch, d.to);
  const RecordId last{static_cast<std::int64_t>(kRowsByCall) + 10};
  ok(d.change(&OperatorVerbs::hold, last));
  ok(d.change(&OperatorVerbs::cancel, RecordId{last.value - 1}));
  RecordFilter filter;
  filter.code = "operator.held";
  const auto first = d.desk.now([&] { return d.operators().records(filter, {}, 10); });
  CHECK(first.rows.empty());
  CHECK(first.next == RecordId{static_cast<std::int64_t>(kRowsByCall)});
  CHECK(list(d, filter) == Ids{last.value});
  const auto known = d.desk.now([&] { return d.operators().registered(d.to, {}, 10); });
  CHECK(known.rows.empty());
  CHECK(known.next == RecordId{static_cast<std::int64_t>(kRowsByCall)});
  // Held and failed ones have tables of their own.
  filter = {};
  filter.stage = RecordStage::held;
  CHECK(d.desk.now([&] { return d.operators().records(filter, {}, 10); }).rows.size() == 1);
  filter = {};
  filter.verdict = Verdict::failed;
  CHECK(d.desk.now([&] { return d.operators().records(filter, {}, 10); }).rows.size() == 1);
}

TEST_CASE("submissions are listed by state, destination and source") {
  Everything d;
  d.desk.claimed("d.csv", d.to);
  ok(d.desk.in_transaction(
      [&] { return d.desk->receipts().finish(d.repetition, "done/c.csv", at(60)); }));
  const auto by = [&](auto set) {
    SubmissionFilter filter;
    set(filter);
    std::vector<std::string> names;
    SubmissionId after;
    while (true) {
      const auto page = d.desk.now([&] { return d.operators().submissions(filter, after, 1); });
      CHECK(page.rows.size() <= 1);
      for (const auto& row : page.rows) names.push_back(row.name);
      if (!page.next) return names;
      after = *page.next;
    }
  };
  using Names = std::vector<std::string>;
  // The first came with the desk and has no rows.
  CHECK(by([](auto&) {}) == Names{"a.csv", "a.csv", "b.csv", "c.csv", "d.csv"});
  CHECK(by([](auto& f) { f.state = SubmissionState::finished; }) == Names{"c.csv"});
  CHECK(by([](auto& f) { f.state = SubmissionState::claimed; }) == Names{"d.csv"});
  CHECK(by([](auto& f) { f.is_open = true; }) == Names{"a.csv", "a.csv", "b.csv", "d.csv"});
  CHECK(by([&](auto& f) { f.destination = d.other; }) == Names{"b.csv"});
  CHECK(by([](auto& f) { f.source = "line-1"; }).size() == 5);
  CHECK(by([](auto& f) { f.source = "line-2"; }).empty());
}

TEST_CASE("chunks are listed by state, destination and trouble") {
  Everything d;
  ok(d.desk.in_transaction([&] {
    return d.verbs().record_poll(d.second, {}, {"queued", at(80), true}, at(40));
  }));
  const auto by = [&](auto set) {
    ChunkFilter filter;
    set(filter);
    Ids ids;
    ChunkId after;
    while (true) {
      const auto page = d.desk.now([&] { return d.operators().chunks(filter, after, 1); });
      for (const auto& row : page.rows) ids.push_back(row.id.value);
      if (!page.next) return ids;
      after = *page.next;
    }
  };
  CHECK(by([](auto&) {}) == Ids{1, 2});
  CHECK(by([](auto& f) { f.is_open = true; }) == Ids{2});
  CHECK(by([](auto& f) { f.is_stalled = true; }) == Ids{2});
  CHECK(by([](auto& f) { f.state = ChunkState::settled; }) == Ids{1});
  CHECK(by([](auto& f) { f.state = ChunkState::sending; }).empty());
  CHECK(by([&](auto& f) { f.destination = d.other; }).empty());
}

TEST_CASE("what the service has by our account is listed by destination") {
  Everything d;
  DeviceOutcome known = outcome(RecordId{5}, Verdict::already_registered, "device.806");
  known.device_id = "6e5c6a0e-8d1b-4f4c-9f5e-000000000001";
  ok(d.settle(d.second, {known}, {}));
  const auto page = d.desk.now([&] { return d.operators().registered(d.to, {}, 1); });
  REQUIRE(page.rows.size() == 1);
  CHECK(page.rows[0].record == RecordId{1});
  CHECK(page.next);
  const auto rest = d.desk.now([&] { return d.operators().registered(d.to, *page.next, 10); });
  REQUIRE(rest.rows.size() == 1);
  CHECK(rest.rows[0].record == RecordId{5});
  CHECK(rest.rows[0].serial == support::make_spec(5).serial);
  CHECK(rest.rows[0].device_id == known.device_id);
  CHECK_FALSE(rest.next);
  CHECK(d.desk.now([&] { return d.operators().registered(d.other, {}, 10); }).rows.empty());
}

TEST_CASE("status counts what waits for a person and since when a fate is unknown") {
  Everything d;
  auto status = d.desk.now([&] { return d.desk->reports().status(at(100)); });
  CHECK(status.held == 1);
  CHECK(status.dead_letters == 1);
  CHECK_FALSE(status.oldest_unconfirmed);
  ok(d.desk.in_transaction([&] { return d.verbs().job_lost(d.second, {}, at(99), at(60)); }));
  d.looked_for(1);
  status = d.desk.now([&] { return d.desk->reports().status(at(100)); });
  CHECK(status.oldest_unconfirmed == at(32));
  CHECK(status.unconfirmed_chunks == 2);
}
