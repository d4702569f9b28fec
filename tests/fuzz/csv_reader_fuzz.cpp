// Any bytes as a file: they are read to the end, counted right, and give the same rows in pieces of
// any size.
//
// The first byte chooses the size of the pieces and the validation mode, the rest is the file.
#include "base/check.hpp"
#include "format/submission_reader.hpp"
#include "record/product_key.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace {

using namespace devicebatch;

class PieceSource final : public format::ByteSource {
 public:
  PieceSource(std::string_view bytes, std::size_t step) : memory_(bytes), step_(step) {}
  Result<std::size_t> read(std::span<char> into) override {
    return memory_.read(into.first(std::min(into.size(), step_)));
  }

 private:
  format::MemorySource memory_;
  std::size_t step_;
};

void check_row(const record::BatchRow& row, const record::RecordBatch& batch) {
  bool has_error = false;
  for (const record::Finding& finding : batch.findings_of(row)) {
    has_error = has_error || finding.severity == record::Severity::error;
    DEVICEBATCH_CHECK(!record::contains_product_key(finding.reason));
  }
  DEVICEBATCH_CHECK(has_error == row.is_rejected);
  DEVICEBATCH_CHECK(row.hash_offset + std::size_t{row.hash_length} <= batch.pack.size());
  for (std::string_view text : {row.serial, row.pkid, row.manufacturer, row.model, row.group_tag}) {
    DEVICEBATCH_CHECK(!record::contains_product_key(text));
  }
}

struct Summary {
  std::string rows;
  format::FileReport report;
};

Summary read(format::ByteSource& source, record::ValidationMode mode) {
  record::CheckOptions options;
  options.mode = mode;
  Summary summary;
  std::uint64_t last_line = 0;
  std::uint64_t count = 0;
  auto report = format::read_submission(
      source, record::RowChecker(options), {},
      [&](std::unique_ptr<record::RecordBatch> batch) -> Result<void> {
        DEVICEBATCH_CHECK(!batch->rows.empty());
        for (const record::BatchRow& row : batch->rows) {
          check_row(row, *batch);
          DEVICEBATCH_CHECK(row.line > last_line);
          last_line = row.line;
          ++count;
          summary.rows += std::to_string(row.line) + (row.is_rejected ? "!" : "=");
          summary.rows += row.serial;
        }
        return {};
      });
  DEVICEBATCH_CHECK(report.has_value());
  summary.report = std::move(*report);
  DEVICEBATCH_CHECK(summary.report.rows == count);
  DEVICEBATCH_CHECK(last_line <= summary.report.lines);
  DEVICEBATCH_CHECK(count == 0 || !summary.report.refusal);
  return summary;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view file(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto mode =
      (data[0] & 1) != 0 ? record::ValidationMode::strict : record::ValidationMode::documented;
  format::MemorySource whole(file);
  const Summary expected = read(whole, mode);
  PieceSource pieces(file, std::size_t{1} + data[0] * std::size_t{37});
  const Summary in_pieces = read(pieces, mode);
  DEVICEBATCH_CHECK(in_pieces.rows == expected.rows);
  DEVICEBATCH_CHECK(in_pieces.report.lines == expected.report.lines);
  const std::size_t tail = std::min<std::size_t>(file.size(), 16 * 1024);
  (void)format::judge_completeness(file.substr(0, 8 * 1024), file.substr(file.size() - tail));
  return 0;
}
