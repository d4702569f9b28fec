#include "format/record_feed.hpp"

#include "base/limits.hpp"

#include <algorithm>

namespace devicebatch::format {
namespace {

using record::Code;

// As in csv_reader.cpp: a window of full records are about 240; records of a PKID alone would be
// very many.
constexpr std::size_t kRowsPerBatch = 4096;
constexpr std::size_t kFindingsPerBatch = 4096;
constexpr std::size_t kTextPerBatch = limits::kWindowBytes;

}  // namespace

RecordFeed::RecordFeed(const record::RowChecker& checker, const ReadOptions& options,
                       const BatchSink& sink, FileReport& report)
    : checker_(checker),
      resume_after_(options.resume_after_line),
      sink_(sink),
      report_(report),
      batch_(std::make_unique<record::RecordBatch>()) {}

bool RecordFeed::begin(const RecordNumbers& numbers) {
  number_ = numbers.last();
  ++report_.rows;
  if (numbers.is_shared() && !has_warned_of_sharing_) {
    has_warned_of_sharing_ = true;
    report_.warnings.push_back(
        record::make_finding(Code::file_records_share_lines, {std::to_string(number_)}));
  }
  return number_ > resume_after_;
}

void RecordFeed::check(record::RawRow row) {
  row.line = number_;
  checker_.check(row, *batch_);
  note_secret();
}

void RecordFeed::reject(record::RawRow row, record::Finding finding) {
  row.line = number_;
  checker_.reject(row, std::move(finding), *batch_);
  note_secret();
}

void RecordFeed::note_secret() {
  const record::BatchRow& row = batch_->rows.back();
  if (!row.is_rejected || report_.holds_secret) return;
  const std::string_view secret = record::row_of(Code::secret_product_key).code;
  const auto findings = batch_->findings_of(row);
  report_.holds_secret =
      std::any_of(findings.begin(), findings.end(),
                  [&](const record::Finding& finding) { return finding.code == secret; });
}

void RecordFeed::warn(record::Finding finding) {
  batch_->findings.push_back(std::move(finding));
  ++batch_->rows.back().finding_count;
}

Result<void> RecordFeed::pass_on(std::size_t text_bytes) {
  text_in_batch_ += text_bytes;
  if (batch_->rows.size() < kRowsPerBatch && batch_->findings.size() < kFindingsPerBatch &&
      text_in_batch_ < kTextPerBatch) {
    return {};
  }
  return flush();
}

Result<void> RecordFeed::finish() {
  if (report_.refusal) return {};
  return flush();
}

Result<void> RecordFeed::flush() {
  text_in_batch_ = 0;
  if (batch_->rows.empty()) return {};
  const std::size_t rows = batch_->rows.size();
  const std::size_t pack = batch_->pack.size();
  auto done = sink_(std::exchange(batch_, std::make_unique<record::RecordBatch>()));
  // The next batch is likely to be as large as this one.
  batch_->rows.reserve(rows);
  batch_->pack.reserve(pack);
  return done;
}

}  // namespace devicebatch::format
