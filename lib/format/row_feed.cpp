#include "format/row_feed.hpp"

#include "base/limits.hpp"
#include "record/product_key.hpp"

#include <algorithm>
#include <utility>

namespace devicebatch::format {
namespace {

// Full rows are about 260 a window. Rows of a PKID alone would be 75,000: a batch of them would be
// large and late.
constexpr std::size_t kRowsPerBatch = 4096;
constexpr std::size_t kFindingsPerBatch = 4096;
constexpr std::size_t kTextPerBatch = limits::kWindowBytes;

bool is_secret(const record::Finding& finding) {
  return finding.code == record::row_of(record::Code::secret_product_key).code;
}

}  // namespace

RowFeed::RowFeed(const record::RowChecker& checker, const BatchSink& sink, FileReport& report)
    : checker_(checker),
      sink_(sink),
      report_(report),
      batch_(std::make_unique<record::RecordBatch>()) {}

void RowFeed::check(const record::RawRow& row) {
  checker_.check(row, *batch_);
  note_secret();
}

void RowFeed::reject(const record::RawRow& row, record::Finding finding) {
  checker_.reject(row, std::move(finding), *batch_);
  note_secret();
}

void RowFeed::note_secret() {
  const record::BatchRow& judged = batch_->rows.back();
  if (!judged.is_rejected) return;
  const auto findings = batch_->findings_of(judged);
  report_.holds_secret |= std::any_of(findings.begin(), findings.end(), is_secret);
}

void RowFeed::reject(std::uint64_t line, record::Finding finding, std::string_view text) {
  look_for_secret(text);
  checker_.reject(line, std::move(finding), *batch_);
}

void RowFeed::remark(record::Finding finding) {
  batch_->findings.push_back(std::move(finding));
  ++batch_->rows.back().finding_count;
}

void RowFeed::look_for_secret(std::string_view text) {
  if (!report_.holds_secret) report_.holds_secret = record::contains_product_key(text);
}

Result<void> RowFeed::passed(std::size_t bytes) {
  text_in_batch_ += bytes;
  if (batch_->rows.size() < kRowsPerBatch && batch_->findings.size() < kFindingsPerBatch &&
      text_in_batch_ < kTextPerBatch) {
    return {};
  }
  return flush();
}

Result<void> RowFeed::flush() {
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
