// unit/format/reading.hpp - a file read to the end, its rows kept.
#pragma once

#include "base/check.hpp"
#include "format/submission_reader.hpp"
#include "support/device_files.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace devicebatch::format {

// A function of its own, because g++ 12 sees bounds broken where it inlines std::string(n, c) +
// "x".
[[gnu::noinline]] inline std::string repeated(char letter, std::size_t times) {
  return std::string(times, letter);
}

// Hands out at most `step` bytes a call, as pipes and network file systems do.
class SlowSource final : public ByteSource {
 public:
  SlowSource(std::string_view bytes, std::size_t step) : memory_(bytes), step_(step) {}
  Result<std::size_t> read(std::span<char> into) override {
    return memory_.read(into.first(std::min(into.size(), step_)));
  }

 private:
  MemorySource memory_;
  std::size_t step_;
};

struct ReadRow {
  std::uint64_t line = 0;
  bool is_rejected = false;
  std::string serial;
  std::string pkid;
  std::string manufacturer;
  std::string model;
  std::string group_tag;
  std::size_t hash_bytes = 0;
  std::string codes;  // in order, blank between

  bool operator==(const ReadRow&) const = default;
};

struct Reading {
  FileReport report;
  std::vector<ReadRow> rows;
  std::size_t batches = 0;
  std::size_t largest_batch = 0;

  std::string refusal() const {
    return report.refusal ? std::string(report.refusal->code) : std::string();
  }
  // "2 4 5": the lines of all rows; rejected ones with their codes.
  std::string summary() const {
    std::string text;
    for (const ReadRow& row : rows) {
      if (!text.empty()) text += ' ';
      text += std::to_string(row.line);
      if (row.is_rejected) text += '!' + row.codes;
    }
    return text;
  }
};

inline ReadRow copy_of(const record::BatchRow& row, const record::RecordBatch& batch) {
  ReadRow copy{row.line,
               row.is_rejected,
               std::string(row.serial),
               std::string(row.pkid),
               std::string(row.manufacturer),
               std::string(row.model),
               std::string(row.group_tag),
               row.hash_length,
               {}};
  for (const record::Finding& finding : batch.findings_of(row)) {
    if (!copy.codes.empty()) copy.codes += ' ';
    copy.codes += finding.code;
  }
  return copy;
}

inline Reading read_from(ByteSource& source, const ReadOptions& options = {},
                         const record::CheckOptions& check = {}) {
  Reading reading;
  auto report = read_submission(source, record::RowChecker(check), options,
                                [&](std::unique_ptr<record::RecordBatch> batch) -> Result<void> {
                                  ++reading.batches;
                                  reading.largest_batch =
                                      std::max(reading.largest_batch, batch->rows.size());
                                  for (const record::BatchRow& row : batch->rows) {
                                    reading.rows.push_back(copy_of(row, *batch));
                                  }
                                  return {};
                                });
  DEVICEBATCH_CHECK(report.has_value());
  reading.report = std::move(*report);
  return reading;
}

inline Reading read_text(std::string_view bytes, const ReadOptions& options = {},
                         const record::CheckOptions& check = {}) {
  MemorySource source(bytes);
  return read_from(source, options, check);
}

}  // namespace devicebatch::format
