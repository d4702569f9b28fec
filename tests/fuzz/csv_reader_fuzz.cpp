// Any bytes as a file: they are read to the end, counted right, and give the same rows in pieces of
// any size; what is rejected comes back, and no product key gets out.
//
// The first byte chooses the size of the pieces, the second the options, the rest is the file.
#include "base/check.hpp"
#include "format/redaction.hpp"
#include "format/rejects.hpp"
#include "format/submission_reader.hpp"
#include "record/product_key.hpp"

#include "fuzz/piece_source.hpp"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>

namespace {

using namespace devicebatch;

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
  std::set<std::uint64_t> rejected;
  format::FileReport report;
};

struct Way {
  record::CheckOptions check;
  format::ReadOptions read;
};

Summary read(format::ByteSource& source, const Way& way) {
  Summary summary;
  std::uint64_t last_line = 0;
  std::uint64_t count = 0;
  auto report = format::read_submission(
      source, record::RowChecker(way.check), way.read,
      [&](std::unique_ptr<record::RecordBatch> batch) -> Result<void> {
        DEVICEBATCH_CHECK(!batch->rows.empty());
        for (const record::BatchRow& row : batch->rows) {
          check_row(row, *batch);
          DEVICEBATCH_CHECK(row.line > last_line);
          last_line = row.line;
          ++count;
          if (row.is_rejected) summary.rejected.insert(row.line);
          summary.rows += std::to_string(row.line) + (row.is_rejected ? "!" : "=");
          summary.rows += row.serial;
        }
        return {};
      });
  DEVICEBATCH_CHECK(report.has_value());
  summary.report = std::move(*report);
  if (!summary.report.refusal) {
    DEVICEBATCH_CHECK(summary.report.rows == count);
  }
  DEVICEBATCH_CHECK(!summary.report.refusal ||
                    !record::contains_product_key(summary.report.refusal->reason));
  return summary;
}

// Rejected rows are a file again, of not more rows, and without any key.
void check_rejects(std::string_view file, const Way& way, const Summary& summary) {
  format::MemorySource source(file);
  std::string copy;
  const auto is_rejected = [&](std::uint64_t line) { return summary.rejected.count(line) != 0; };
  const auto done = format::copy_rejects(source, way.read, is_rejected,
                                         [&](std::string_view bytes) -> Result<void> {
                                           copy += bytes;
                                           return {};
                                         });
  DEVICEBATCH_CHECK(done.has_value());
  DEVICEBATCH_CHECK(!record::contains_product_key(copy));
  if (summary.rejected.empty()) DEVICEBATCH_CHECK(copy.empty());
}

void check_redaction(std::string_view file) {
  format::MemorySource source(file);
  std::string copy;
  const auto done = format::redact(source, [&](std::string_view bytes) -> Result<void> {
    copy += bytes;
    return {};
  });
  if (!done) return;  // a damaged gzip file
  DEVICEBATCH_CHECK(!record::contains_product_key(copy));
  if (!file.starts_with("\x1F\x8B")) DEVICEBATCH_CHECK(copy.size() == file.size());
}

Way way_of(std::uint8_t bits) {
  Way way;
  if ((bits & 1) != 0) way.check.mode = record::ValidationMode::documented;
  if ((bits & 2) != 0) way.read.fallback_charset = (bits & 4) != 0 ? "GB18030" : "WINDOWS-1252";
  if ((bits & 8) != 0) way.read.columns = {format::Column::pkid, format::Column::serial};
  if ((bits & 0x30) == 0x30) way.read.separator = ';';
  if ((bits & 0xC0) == 0xC0) way.read.scan_pattern = "^(?P<pkid>[0-9]{13})|(?P<serial>[A-Z]+)";
  return way;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view file(reinterpret_cast<const char*>(data) + 2, size - 2);
  const Way way = way_of(data[1]);
  format::MemorySource whole(file);
  const Summary expected = read(whole, way);
  fuzz::PieceSource pieces(file, std::size_t{1} + data[0] * std::size_t{37});
  const Summary in_pieces = read(pieces, way);
  DEVICEBATCH_CHECK(in_pieces.rows == expected.rows);
  DEVICEBATCH_CHECK(in_pieces.report.lines == expected.report.lines);
  DEVICEBATCH_CHECK(in_pieces.report.holds_secret == expected.report.holds_secret);
  check_rejects(file, way, expected);
  check_redaction(file);
  const std::size_t tail = std::min<std::size_t>(file.size(), 16 * 1024);
  (void)format::judge_completeness(file.substr(0, 8 * 1024), file.substr(file.size() - tail),
                                   way.read);
  return 0;
}
