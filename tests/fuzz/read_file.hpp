// fuzz/read_file.hpp - any bytes through a reader, and what must be true of its answer.
#pragma once

#include "base/check.hpp"
#include "format/submission_reader.hpp"
#include "format/text_window.hpp"
#include "record/product_key.hpp"

#include "fuzz/piece_source.hpp"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace devicebatch::fuzz {

struct Answer {
  std::string rows;  // numbers, verdicts, serial numbers and hash sizes
  std::set<std::uint64_t> rejected;
  std::uint64_t count = 0;
  std::uint64_t last_line = 0;
  format::FileReport report;

  void take(const record::BatchRow& row, const record::RecordBatch& batch) {
    DEVICEBATCH_CHECK(row.line > last_line);
    last_line = row.line;
    ++count;
    bool has_error = false;
    for (const record::Finding& finding : batch.findings_of(row)) {
      has_error = has_error || finding.severity == record::Severity::error;
      DEVICEBATCH_CHECK(!record::contains_product_key(finding.reason));
    }
    DEVICEBATCH_CHECK(has_error == row.is_rejected);
    DEVICEBATCH_CHECK(row.hash_offset + std::size_t{row.hash_length} <= batch.pack.size());
    for (std::string_view text :
         {row.serial, row.pkid, row.manufacturer, row.model, row.group_tag}) {
      DEVICEBATCH_CHECK(!record::contains_product_key(text));
    }
    if (row.is_rejected) rejected.insert(row.line);
    rows.append(std::to_string(row.line)).append(row.is_rejected ? "!" : "=").append(row.serial);
    rows.append(":").append(std::to_string(row.hash_length)).append(" ");
  }
};

// `Reader` has the shape of CsvReader.
template <typename Reader>
Answer read_file(format::ByteSource& source, const format::ReadOptions& options,
                 record::ValidationMode mode) {
  format::TextWindow window(source);
  const auto detected = window.start();
  DEVICEBATCH_CHECK(detected.has_value());
  Answer answer;
  if (detected->encoding == format::Encoding::unknown) return answer;
  record::CheckOptions check;
  check.mode = mode;
  const record::RowChecker checker(check);
  const format::BatchSink sink = [&](std::unique_ptr<record::RecordBatch> batch) -> Result<void> {
    DEVICEBATCH_CHECK(!batch->rows.empty());
    for (const record::BatchRow& row : batch->rows) answer.take(row, *batch);
    return {};
  };
  const auto done = Reader(window, checker, options, sink, answer.report).run();
  DEVICEBATCH_CHECK(done.has_value());
  if (answer.report.refusal) {
    DEVICEBATCH_CHECK(!record::contains_product_key(answer.report.refusal->reason));
  } else {
    DEVICEBATCH_CHECK(answer.report.rows == answer.count);
    DEVICEBATCH_CHECK(answer.count > 0);
  }
  DEVICEBATCH_CHECK(answer.last_line <= answer.report.lines);
  return answer;
}

// The file read whole and in pieces: the same answer.
template <typename Reader>
Answer read_twice(std::string_view file, std::size_t step, const format::ReadOptions& options,
                  record::ValidationMode mode) {
  format::MemorySource whole(file);
  Answer expected = read_file<Reader>(whole, options, mode);
  PieceSource pieces(file, step);
  const Answer in_pieces = read_file<Reader>(pieces, options, mode);
  DEVICEBATCH_CHECK(in_pieces.rows == expected.rows);
  DEVICEBATCH_CHECK(in_pieces.report.lines == expected.report.lines);
  DEVICEBATCH_CHECK(in_pieces.report.holds_secret == expected.report.holds_secret);
  DEVICEBATCH_CHECK(in_pieces.report.refusal.has_value() == expected.report.refusal.has_value());
  if (expected.report.refusal) {
    DEVICEBATCH_CHECK(in_pieces.report.refusal->code == expected.report.refusal->code);
  }
  return expected;
}

// The rejected records of a file whose answer is known, copied without a product key.
// `copy(window, is_rejected, sink)` is that of the dialect.
template <typename Copy>
void copy_rejects(std::string_view file, const Answer& answer, Copy copy) {
  format::MemorySource source(file);
  format::TextWindow window(source);
  const auto detected = window.start();
  if (!detected || detected->encoding == format::Encoding::unknown) return;
  std::uint64_t last = 0;
  std::uint64_t count = 0;
  std::string copied;
  const Result<void> done = copy(
      window,
      [&](std::uint64_t number) {
        DEVICEBATCH_CHECK(number > last);
        last = number;
        ++count;
        return answer.rejected.count(number) != 0;
      },
      [&](std::string_view bytes) -> Result<void> {
        copied += bytes;
        return {};
      });
  DEVICEBATCH_CHECK(done.has_value());
  DEVICEBATCH_CHECK(answer.report.refusal || count == answer.count);
  DEVICEBATCH_CHECK(!answer.rejected.empty() || copied.empty());
  DEVICEBATCH_CHECK(!record::contains_product_key(copied));
}

inline void judge_ends(std::string_view file) {
  const std::size_t tail = std::min<std::size_t>(file.size(), 16 * 1024);
  (void)format::judge_completeness(file.substr(0, 8 * 1024), file.substr(file.size() - tail));
}

}  // namespace devicebatch::fuzz
