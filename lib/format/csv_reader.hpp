// format/csv_reader.hpp - rows of separated values to checked records.
//
// Purpose:   the part of read_submission that knows CSV; other dialects get readers of the same
//            shape.
// Lifecycle: made for one file, run once.
// Threading: the caller's thread.
// Errors:    of window and sink, handed through; FileReport::refusal for a file that is none.
// Source:    docs/formats.md.
#pragma once

#include "format/csv_splitter.hpp"
#include "format/header.hpp"
#include "format/submission_reader.hpp"
#include "format/text_window.hpp"
#include "record/finding_codes.hpp"

#include <optional>

namespace devicebatch::format {

class CsvReader {
 public:
  CsvReader(TextWindow& window, const record::RowChecker& checker, const ReadOptions& options,
            const BatchSink& sink, FileReport& report);

  Result<void> run();

 private:
  Result<void> take_row(std::string_view text);
  void take_header(std::string_view text);
  void take_data_row(std::string_view text);
  void check_fields(std::span<const std::string_view> fields);
  void check_rejoined(std::span<const std::string_view> fields);
  bool is_repeated_header();
  // A row that does not end within limits::kRowBytes, or inside quotes that the file never closes.
  Result<void> take_endless_row();
  Result<void> skip_line();
  void reject(record::Code code, std::initializer_list<std::string_view> values = {});
  void refuse(record::Finding finding);

  bool is_stored_already() const { return line_ <= options_.resume_after_line; }
  Result<void> refill();
  Result<void> flush_if_full();
  Result<void> flush();

  TextWindow& window_;
  const record::RowChecker& checker_;
  const ReadOptions options_;
  const BatchSink& sink_;
  FileReport& report_;
  CsvSplitter splitter_;
  std::optional<ColumnMap> columns_;
  std::unique_ptr<record::RecordBatch> batch_;
  std::uint64_t line_ = 1;         // physical line on which the row in hand begins
  std::size_t text_in_batch_ = 0;  // bytes of text that the rows of the batch were
  std::size_t last_rows_ = 0;
  std::size_t last_pack_ = 0;
};

}  // namespace devicebatch::format
