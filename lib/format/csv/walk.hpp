// format/csv/walk.hpp - a CSV file as a sequence of lines, each with its meaning.
//
// Purpose:   the one place that decides what is a header, a title, a device or nothing, so that
//            the reader and the copier of rejected rows cannot disagree.
// Lifecycle: one for a file; next() until end or refused.
// Threading: one thread.
// Units:     beside the window, up to kMostTitleLines rows that stand before a header.
// Errors:    those of the window; bad_config for a charset that is none.
// Source:    docs/formats.md.
#pragma once

#include "format/csv/charset.hpp"
#include "format/csv/layout.hpp"
#include "format/csv/rows.hpp"
#include "format/submission_reader.hpp"

#include <deque>
#include <optional>
#include <string>

namespace devicebatch::format {

class CsvWalk {
 public:
  CsvWalk(TextWindow& window, const ReadOptions& options);

  enum class Role {
    end,
    refused,  // refusal() says why
    blank,
    header,           // the first one
    repeated_header,  // of a merged file; its columns count from here on
    before_header,    // a line in front of the names
    title,            // a line in front of a report's first device
    prose,            // a line of a report that repeats no names
    data,
    endless_line,    // pass_line() it
    unclosed_quote,  // likewise
  };
  Result<Role> next();
  Result<void> pass_line(const ByteSink& take) { return rows_.pass_line(take); }

  enum class Fault { none, zero_bytes, bad_encoding };
  Fault fault() const { return fault_; }
  std::string_view raw() const { return raw_; }    // line breaks included, as the window has it
  std::string_view text() const { return text_; }  // the same in UTF-8
  std::uint64_t line() const { return line_; }
  // Of a device: its own fields, without the names that a report repeats.
  std::span<const std::string_view> fields() const { return fields_; }
  bool has_too_many_fields() const { return has_too_many_fields_; }
  bool has_quotes() const { return has_quotes_; }
  std::size_t joined_lines() const { return is_replayed_ ? 0 : rows_.joined_lines(); }

  // Good after the first row that is not blank.
  const Layout& layout() const { return *layout_; }
  bool has_layout() const { return layout_.has_value(); }
  bool is_configured() const { return is_configured_; }
  std::size_t lines_before() const { return lines_before_; }
  std::uint64_t converted_lines() const { return converted_lines_; }
  // The lines that tell what the rows mean, as the window has them: `sep=;` and the header.
  std::string leading() const { return separator_line_ + header_line_; }
  const std::optional<record::Finding>& refusal() const { return refusal_; }
  bool refused_text_has_key() const { return refused_text_has_key_; }
  // Physical lines up to the row in hand.
  std::uint64_t lines_seen() const { return rows_.line() - 1; }

 private:
  struct Pending {
    std::uint64_t line;
    std::string raw;
  };

  Result<Role> next_row();
  Role replay();
  Role take_held_row();
  void use_row(std::string_view raw, std::uint64_t line);
  void use_fields();
  void convert();
  bool is_blank() const;

  std::optional<Role> look_for_layout();
  std::optional<Role> take_layout(Layout layout);
  std::optional<Role> keep_for_later(record::Finding why);
  void take_configured_layout();
  Role role_of_row();
  bool take_other_separator();
  bool take_repeated_header();
  Role role_in_report();
  Role refuse(record::Finding finding);
  Role refuse_without_header();

  const ReadOptions& options_;
  CsvRows rows_;
  CsvSplitter& splitter_;
  std::optional<Charset> charset_;
  bool is_charset_ready_ = false;
  std::optional<Layout> layout_;
  bool is_configured_ = false;
  char separator_ = 0;  // set or found in a `sep=` line
  std::string separator_line_;
  std::string header_line_;
  std::deque<Pending> pending_;
  std::size_t lines_before_ = 0;
  bool is_row_held_ = false;  // the row that settled the layout, while those before it are replayed
  std::optional<record::Finding> first_refusal_;
  std::optional<record::Finding> refusal_;
  bool refused_text_has_key_ = false;

  std::string_view raw_;
  std::string replayed_;
  bool is_replayed_ = false;
  std::string converted_;
  std::uint64_t converted_lines_ = 0;
  std::uint64_t last_converted_ = 0;
  std::string_view text_;
  std::uint64_t line_ = 1;
  std::span<const std::string_view> fields_;
  bool has_too_many_fields_ = false;
  bool has_quotes_ = false;
  Fault fault_ = Fault::none;
};

}  // namespace devicebatch::format
