#include "record/row_checker.hpp"

#include "base/text.hpp"
#include "record/row_judge.hpp"

namespace devicebatch::record {

RowChecker::RowChecker(CheckOptions options) : options_(std::move(options)) {
  std::map<std::string, DestinationId> folded;
  for (const auto& [tag, destination] : options_.group_tags) {
    folded.emplace(to_lower(tag), destination);
  }
  options_.group_tags = std::move(folded);
}

void RowChecker::check(const RawRow& row, RecordBatch& batch) const {
  RowJudge(options_, row, batch).run();
}

void RowChecker::reject(std::uint64_t line, Finding finding, RecordBatch& batch) const {
  finding.severity = Severity::error;
  BatchRow row;
  row.line = line;
  row.is_rejected = true;
  row.finding_offset = static_cast<std::uint32_t>(batch.findings.size());
  row.finding_count = 1;
  batch.findings.push_back(std::move(finding));
  batch.rows.push_back(row);
}

void RowChecker::reject(const RawRow& row, Finding finding, RecordBatch& batch) const {
  finding.severity = Severity::error;
  RowJudge(options_, row, batch).refuse(std::move(finding));
}

}  // namespace devicebatch::record
