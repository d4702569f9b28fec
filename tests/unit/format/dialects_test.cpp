#include "support/device_dialects.hpp"

#include "unit/format/copied_rejects.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::format;

namespace {

// What every dialect can say of a row: verdict, error, and of an accepted one what is registered.
struct Verdicts {
  std::vector<std::string> rows;

  void take(const record::BatchRow& row, const record::RecordBatch& batch) {
    std::string text;
    for (const record::Finding& finding : batch.findings_of(row)) {
      if (finding.severity == record::Severity::error) text.append(finding.code).append(" ");
    }
    if (!row.is_rejected) {
      text.append(row.serial).append(" ").append(row.pkid).append(" ");
      const auto hash = batch.hash_of(row);
      text.append(hash.begin(), hash.end());
    }
    rows.push_back(text);
  }
};

Verdicts verdicts_of(const support::DialectFile& file, FileReport& report) {
  MemorySource source(file.content);
  ReadOptions options;
  options.extract_key_exports = file.is_export;
  Verdicts verdicts;
  auto read = read_submission(source, record::RowChecker({}), options,
                              [&](std::unique_ptr<record::RecordBatch> batch) -> Result<void> {
                                for (const auto& row : batch->rows) verdicts.take(row, *batch);
                                return {};
                              });
  REQUIRE(read);
  report = std::move(*read);
  return verdicts;
}

Completeness judge(std::string_view file) {
  const std::size_t tail = std::min<std::size_t>(file.size(), 16 * 1024);
  return judge_completeness(file.substr(0, 8 * 1024), file.substr(file.size() - tail));
}

}  // namespace

TEST_CASE("the same devices have the same verdicts, serial numbers and hashes in every dialect") {
  for (const std::uint64_t start : {1U, 1000U, 77'777U}) {
    const auto devices = support::mixed_devices(start, 40);
    const auto files = support::all_dialects(devices);
    FileReport report;
    const Verdicts expected = verdicts_of(files.front(), report);
    REQUIRE(expected.rows.size() == devices.size());
    CHECK(expected.rows[2] == "hash.damaged ");
    CHECK(expected.rows[5] == "serial.placeholder ");
    for (const support::DialectFile& file : files) {
      INFO(file.dialect);
      const Verdicts verdicts = verdicts_of(file, report);
      CHECK_FALSE(report.refusal);
      CHECK(report.rows == devices.size());
      REQUIRE(verdicts.rows.size() == expected.rows.size());
      for (std::size_t at = 0; at < expected.rows.size(); ++at) {
        INFO(at);
        CHECK(verdicts.rows[at] == expected.rows[at]);
      }
      CHECK(judge(file.content) == Completeness::complete);
      CHECK(report.holds_secret == (file.dialect == "key export"));
    }
  }
}

TEST_CASE("rejected rows copied from any dialect have the same verdicts once more") {
  const auto devices = support::mixed_devices(500, 24);
  for (const support::DialectFile& file : support::all_dialects(devices)) {
    INFO(file.dialect);
    ReadOptions options;
    options.extract_key_exports = file.is_export;
    const Reading first = read_text(file.content, options);
    std::string codes;
    for (const ReadRow& row : first.rows) {
      if (row.is_rejected) codes += row.codes + "\n";
    }
    CHECK(rejected_lines(first).size() == 9);
    const Reading again = read_text(own_rejects_of(file.content, options), options);
    std::string codes_again;
    for (const ReadRow& row : again.rows) codes_again += row.codes + "\n";
    CHECK(codes_again == codes);
  }
}
