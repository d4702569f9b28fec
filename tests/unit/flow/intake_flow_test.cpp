#include "flow/intake_flow.hpp"

#include "record/verdict.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::flow;

namespace {

std::array<std::uint64_t, 8> counts(std::initializer_list<std::pair<Verdict, std::uint64_t>> list) {
  std::array<std::uint64_t, 8> result{};
  for (const auto& [verdict, count] : list) result[static_cast<std::size_t>(verdict)] = count;
  return result;
}

}  // namespace

TEST_CASE("the folder decides whether a claim happened") {
  CHECK(recover_submission(false, true) == Recovery::ingest);
  CHECK(recover_submission(true, true) == Recovery::ingest);
  CHECK(recover_submission(false, false) == Recovery::withdraw);
}

TEST_CASE("a claimed file that is gone is not passed over") {
  CHECK(recover_submission(true, false) == Recovery::lost);
}

TEST_CASE("where a file ends") {
  struct Row {
    const char* name;
    bool is_refused;
    std::array<std::uint64_t, 8> verdicts;
    Ending expected;
  };
  const Row rows[] = {
      {"all registered", false, counts({{Verdict::registered, 3}}), Ending::done},
      {"registered and duplicates", false,
       counts({{Verdict::registered, 1}, {Verdict::duplicate, 2}}), Ending::done},
      {"one rejected", false, counts({{Verdict::registered, 2}, {Verdict::rejected, 1}}),
       Ending::done_with_issues},
      {"one failed", false, counts({{Verdict::failed, 1}}), Ending::done_with_issues},
      {"held for a person", false, counts({{Verdict::conflict, 1}}), Ending::done_with_issues},
      {"all rejected", false, counts({{Verdict::rejected, 4}}), Ending::rejected},
      {"refused as a whole", true, counts({}), Ending::rejected},
      {"a repeat without rows", false, counts({}), Ending::done},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    CHECK(ending_of(row.is_refused, row.verdicts) == row.expected);
  }
}
