// format/csv_reader.hpp - rows of separated values to checked records.
//
// Purpose:   the part of read_submission that knows CSV; other dialects get readers of the same
//            shape.
// Lifecycle: made for one file, run once.
// Threading: the caller's thread.
// Errors:    of window and sink, handed through; FileReport::refusal for a file that is none.
// Source:    docs/formats.md.
#pragma once

#include "format/csv/walk.hpp"
#include "format/header.hpp"
#include "format/row_feed.hpp"
#include "format/submission_reader.hpp"
#include "format/text_window.hpp"

#include <initializer_list>

namespace devicebatch::format {

class CsvReader {
 public:
  CsvReader(TextWindow& window, const record::RowChecker& checker, const ReadOptions& options,
            const BatchSink& sink, FileReport& report);

  Result<void> run();

 private:
  Result<void> take(CsvWalk::Role role);
  void take_row();
  void describe_layout();
  Result<void> finish_report();
  bool has_fault();
  void check_fields(std::span<const std::string_view> fields);
  void check_surplus(std::span<const std::string_view> fields);
  bool is_prose(std::span<const std::string_view> fields) const;
  // A row that does not end within limits::kRowBytes, or inside quotes that the file never closes.
  Result<void> take_line(CsvWalk::Role role);
  void reject(record::Code code, std::initializer_list<std::string_view> values = {});

  const ColumnMap& columns() const { return walk_.layout().columns; }
  bool is_stored_already() const { return walk_.line() <= options_.resume_after_line; }

  TextWindow& window_;
  const ReadOptions options_;
  FileReport& report_;
  CsvWalk walk_;
  RowFeed feed_;
};

}  // namespace devicebatch::format
