// format/csv/scan_reader.hpp - what a scanner station types: one line, one label.
//
// Purpose:   records from lines by a regular expression with named groups, in place of columns.
// Lifecycle: made for one file, run once.
// Threading: the caller's thread.
// Errors:    bad_config for an expression that is none or names no group that identifies; those of
//            window and sink, handed through.
// Source:    docs/formats.md, "Scanner stations". RE2: linear time, whatever the line.
#pragma once

#include "format/row_feed.hpp"
#include "format/submission_reader.hpp"
#include "format/text_window.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace devicebatch::format {

class ScanPattern {
 public:
  explicit ScanPattern(const std::string& expression);
  ~ScanPattern();

  // What an operator has to change; empty when the expression is good.
  std::string fault() const;
  // The fields of the first match in the line; views into it.
  std::optional<record::RawRow> match(std::string_view line) const;

 private:
  std::unique_ptr<re2::RE2> expression_;
};

class ScanReader {
 public:
  ScanReader(TextWindow& window, const record::RowChecker& checker, const ReadOptions& options,
             const BatchSink& sink, FileReport& report);

  Result<void> run();

 private:
  Result<void> take_line(std::string_view line);
  Result<void> pass_endless_line();
  void judge(std::string_view line);
  void reject(record::Code code, std::string_view value, std::string_view line);

  TextWindow& window_;
  const ReadOptions options_;
  FileReport& report_;
  ScanPattern pattern_;
  RowFeed feed_;
  std::uint64_t line_ = 1;
};

}  // namespace devicebatch::format
