// format/csv/rows.hpp - the rows of a window, one after the other.
//
// Purpose:   where a row begins and ends: quotes, line breaks, endless lines, marks and changes of
//            the encoding in the middle. Both the reader and the copier of rejected rows walk so,
//            and agree on every line number.
// Lifecycle: one for a file; next() until it says none.
// Threading: one thread.
// Errors:    those of the window.
#pragma once

#include "format/byte_source.hpp"
#include "format/csv_splitter.hpp"
#include "format/text_window.hpp"

#include <cstdint>

namespace devicebatch::format {

class CsvRows {
 public:
  explicit CsvRows(TextWindow& window) : window_(window) {}

  enum class Found {
    none,            // the file is at its end
    row,             // text() is a row, line break included
    endless_line,    // a line longer than limits::kRowBytes: text() is its beginning
    unclosed_quote,  // a row that would have no end: text() begins with its first line
  };
  // Steps to the next row. Views into the one before die.
  Result<Found> next();

  // An endless line or one with an unclosed quote: hands its bytes to `take`, in pieces.
  Result<void> pass_line(const ByteSink& take);

  std::string_view text() const { return text_; }
  std::uint64_t line() const { return line_; }  // on which the row in hand begins, from 1
  // No zero byte and nothing beyond ASCII in text(), cheaply; false may be either.
  bool is_plain() const { return window_.is_plain(); }
  // The row is a header that stands on the line of the row before it.
  bool continues_line() const { return continues_line_; }
  // Lines of a wrapped hardware hash that were joined to one row; 0 when none were.
  std::size_t joined_lines() const { return joined_lines_; }
  CsvSplitter& splitter() { return splitter_; }

 private:
  void step_over();
  Result<bool> follow_encoding();
  Found found_endless();
  void found_row(std::string_view text);
  void cut_at_mark();
  void join_wrapped_hash();

  TextWindow& window_;
  CsvSplitter splitter_;
  std::string_view text_;
  std::uint64_t line_ = 1;
  std::size_t used_ = 0;   // bytes of the row in hand
  std::size_t lines_ = 0;  // lines of it
  std::size_t joined_lines_ = 0;
  bool continues_line_ = false;
  std::size_t failed_joins_ = 0;
};

}  // namespace devicebatch::format
