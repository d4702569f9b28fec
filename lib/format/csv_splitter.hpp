// format/csv_splitter.hpp - one row of separated values to its fields.
//
// Purpose:   RFC 4180 and the dialect of tools that strip all quotes, at once: a quote means
//            something only at the beginning of a field, anywhere else it is a character.
// Lifecycle: one object for a file, so that nothing is allocated for a row.
// Threading: one thread.
// Units:     byte counts into the text given.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace devicebatch::format {

enum class Split {
  complete,        // a whole row; length() and fields() are good
  need_more,       // the row goes on behind the text
  unclosed_quote,  // the text is the last one and ends inside quotes
};

class CsvSplitter {
 public:
  explicit CsvSplitter(char separator = ',');
  void set_separator(char separator) { separator_ = separator; }
  char separator() const { return separator_; }

  // Splits the row at the front of `text`; `is_last` says that nothing follows it. Fields are views
  // into `text` or into this object, good until the next call.
  Split split(std::string_view text, bool is_last);

  // The caller knows better where the last field ends.
  void replace_last_field(std::string_view value) { fields_.back() = value; }

  std::span<const std::string_view> fields() const { return fields_; }
  // Bytes of the row, line break included.
  std::size_t length() const { return length_; }
  // Line breaks in it, the one at its end included.
  std::size_t line_breaks() const { return line_breaks_; }
  // More than limits::kColumns: the rest is not in fields().
  bool has_too_many_fields() const { return has_too_many_fields_; }
  bool has_quotes() const { return has_quotes_; }

 private:
  enum class Step { next_field, row_end, need_more };

  Step take_plain_field();
  Step take_quoted_field(std::size_t quote_at);
  Step end_field(std::size_t at, std::string_view value);
  void find_line_end(std::size_t from);
  void add(std::string_view value);
  std::string_view unescaped(std::string_view inside);

  char separator_;
  std::string_view text_;
  bool is_last_ = false;
  std::size_t at_ = 0;
  std::size_t line_end_ =
      0;  // of the physical line that at_ is on: the break, or the end of the text
  std::size_t break_bytes_ = 0;  // 0: the text ends without one
  bool is_break_certain_ = false;
  std::vector<std::string_view> fields_;
  std::string scratch_;
  std::size_t length_ = 0;
  std::size_t line_breaks_ = 0;
  bool has_too_many_fields_ = false;
  bool has_quotes_ = false;
};

struct LineEnd {
  std::size_t at = 0;      // of the first byte of the break, or the size of the text
  std::size_t bytes = 0;   // 1, 2, or 0 when there is no break
  bool is_certain = true;  // false: a CR ends the text, and a LF may follow
};
// The first LF, CRLF or CR from `from` on.
LineEnd next_line_end(std::string_view text, std::size_t from, bool is_last);

}  // namespace devicebatch::format
