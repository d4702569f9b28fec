#include "record/finding_codes.hpp"
#include "record/record_batch.hpp"
#include "record/verdict.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace devicebatch;
using namespace devicebatch::record;

TEST_CASE("every code has words and a fix, and none stands twice") {
  std::set<std::string_view> codes;
  for (const CodeRow& row : finding_table()) {
    INFO(row.code);
    CHECK(codes.insert(row.code).second);
    CHECK(row.code.find('.') != std::string_view::npos);
    CHECK(row.code.find_first_not_of("abcdefghijklmnopqrstuvwxyz_.0123456789") ==
          std::string_view::npos);
    CHECK(row.reason.ends_with('.'));
    CHECK(row.fix.ends_with('.'));
    CHECK(&row_of(row.id) == &row);
  }
}

TEST_CASE("values in a reason are made printable and short") {
  const Finding finding = make_finding(Code::pkid_malformed, {std::string(500, 'x')});
  CHECK(finding.reason.size() < 200);
  CHECK(make_finding(Code::pkid_malformed, {"a\x1b[2J"}).reason.find('\x1b') == std::string::npos);
}

TEST_CASE("texts kept by a batch stay where they are while it grows and moves") {
  RecordBatch batch;
  std::vector<std::string_view> kept;
  for (int at = 0; at < 5000; ++at) kept.push_back(batch.keep("text " + std::to_string(at)));
  kept.push_back(batch.keep(std::string(100'000, 'x')));
  const RecordBatch moved = std::move(batch);
  for (int at = 0; at < 5000; ++at) {
    CHECK(kept[static_cast<std::size_t>(at)] == "text " + std::to_string(at));
  }
  CHECK(kept.back().size() == 100'000);
}

TEST_CASE("verdicts have stable words") {
  for (const Verdict verdict : kFinalVerdicts) CHECK(verdict_from(to_string(verdict)) == verdict);
  CHECK(to_string(Verdict::none) == "pending");
  CHECK(to_string(Verdict::already_registered) == "already_registered");
  CHECK(verdict_from("pending") == Verdict::none);
  CHECK_FALSE(verdict_from("Registered"));
  CHECK(is_good(Verdict::superseded));
  CHECK_FALSE(is_good(Verdict::conflict));
  CHECK_FALSE(is_good(Verdict::none));
}
