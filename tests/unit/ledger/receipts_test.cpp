#include "unit/ledger/ledger_desk.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::ledger;

namespace {

std::vector<std::uint64_t> lines_of(const std::vector<ResultRow>& rows) {
  std::vector<std::uint64_t> lines;
  for (const auto& row : rows) lines.push_back(row.line);
  return lines;
}

std::vector<std::uint64_t> paged_lines(LedgerDesk& desk, SubmissionId id, std::size_t page) {
  std::vector<std::uint64_t> lines;
  while (true) {
    const std::uint64_t after = lines.empty() ? 0 : lines.back();
    const auto rows = desk.now([&] { return desk->receipts().results(id, after, page); });
    if (rows.empty()) return lines;
    for (const std::uint64_t line : lines_of(rows)) lines.push_back(line);
  }
}

}  // namespace

TEST_CASE("results come in pages, whatever lies between the rows") {
  LedgerDesk desk;
  const SubmissionId one = desk.claimed("a.csv");
  const SubmissionId two = desk.claimed("b.csv");
  std::vector<std::uint64_t> expected;
  for (std::uint64_t round = 0; round < 6; ++round) {
    const std::uint64_t line = 2 + round * 10;
    desk.append(one, BatchBuilder(desk->key_seed(), line).devices(100 + round * 2, 2));
    desk.append(two, BatchBuilder(desk->key_seed(), line).devices(200 + round * 3, 3));
    expected.push_back(line);
    expected.push_back(line + 1);
  }
  for (const std::size_t page : {1, 2, 3, 5, 11, 12, 100}) {
    INFO("page of " << page);
    CHECK(paged_lines(desk, one, page) == expected);
  }
  CHECK(desk.now([&] { return desk->receipts().results(one, 999, 5); }).empty());
}

TEST_CASE("rows of one line are not torn apart by a page") {
  LedgerDesk desk;
  const SubmissionId id = desk.claimed("a.csv");
  BatchBuilder batch(desk->key_seed());
  batch.devices(1, 4);
  for (auto& row : batch.batch().rows) row.line = 1;
  desk.append(id, batch);
  CHECK(desk.now([&] { return desk->receipts().results(id, 0, 2); }).size() == 4);
}

TEST_CASE("a result names its warnings, its batch and its field") {
  LedgerDesk desk;
  const SubmissionId id = desk.claimed("a.csv");
  BatchBuilder batch(desk->key_seed());
  batch.devices(1, 1).rejected("BAD-1");
  auto& rows = batch.batch().rows;
  rows[0].finding_offset = static_cast<std::uint32_t>(batch.batch().findings.size());
  rows[0].finding_count = 1;
  batch.batch().findings.emplace_back(record::Severity::warning, record::Field::group_tag,
                                      "group_tag.other", "Another group tag.", "Mend it.");
  desk.append(id, batch);
  const auto results = desk.rows(id);
  CHECK(results[0].warnings == std::vector<std::string>{"group_tag.other: Another group tag."});
  CHECK(results[0].code.empty());
  CHECK(results[0].batch == "Batch A");
  CHECK(results[1].field == "hash");
  CHECK_FALSE(results[1].message.empty());
  CHECK_FALSE(results[1].fix.empty());
  const auto to = desk.destination();
  ok(desk.in_transaction(
      [&] { return desk->delivery().record_presence(to, BatchPresence::present, "BATCH a"); }));
  CHECK(desk.rows(id)[0].batch == "BATCH a");
}

TEST_CASE("the acknowledgement shows the first rows that did not get through") {
  LedgerDesk desk;
  const SubmissionId id = desk.submission(
      "a.csv",
      BatchBuilder(desk->key_seed()).devices(1, 2).rejected("A").rejected("B").rejected("C"));
  const auto refused = desk.now([&] { return desk->receipts().refused_rows(id, 2); });
  CHECK(lines_of(refused) == std::vector<std::uint64_t>{4, 5});
  CHECK(refused[0].verdict == Verdict::rejected);
  const SubmissionId good = desk.submission("b.csv", BatchBuilder(desk->key_seed()).devices(11, 2));
  CHECK(desk.now([&] { return desk->receipts().refused_rows(good, 5); }).empty());
}

TEST_CASE("a submission is found by its id") {
  LedgerDesk desk;
  const SubmissionId id = desk.submission("a.csv", BatchBuilder(desk->key_seed()).devices(1, 1));
  const Uuid uuid = desk.summary(id).uuid;
  const auto found = desk.now([&] { return desk->receipts().find_submission(uuid); });
  REQUIRE(found);
  CHECK(found->id == id);
  const Uuid other = desk.uuid();
  CHECK_FALSE(desk.now([&] { return desk->receipts().find_submission(other); }));
  CHECK(desk.refusal([&] { return desk->receipts().results(SubmissionId{99}, 0, 1); }) ==
        Errc::not_found);
}
