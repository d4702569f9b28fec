// format/json/splitter.hpp - the records of a JSON text, one at a time out of the window.
//
// Purpose:   arrays, objects with a list of devices, bare objects and JSON Lines are one thing
//            here: a sequence of values, some of which are lists of records. The reader and the
//            copier of rejected records see the same records with the same numbers.
// Lifecycle: next() until Step::end or Step::refused; what it says is valid until the next call.
// Threading: one thread.
// Units:     memory is bounded by limits::kRowBytes for a record and for what surrounds a list.
// Errors:    of the window, handed through. A record that cannot be had is Step::fault; a text
//            whose structure is lost is Step::refused. Between values that stand on lines of their
//            own a broken one is given up up to the next line that begins with a bracket; inside a
//            list nothing can be given up.
// Source:    docs/formats.md, "JSON".
#pragma once

#include "format/json/scan.hpp"
#include "format/record_feed.hpp"
#include "format/secret_watch.hpp"
#include "format/text_window.hpp"
#include "record/finding_codes.hpp"

#include <optional>

namespace devicebatch::format {

class JsonSplitter {
 public:
  enum class Step {
    record,    // text() is an object
    fault,     // finding() says why it is none; text() is its line, or its first piece
    list,      // text() is what is in front of the records, up to and including the `[`
    list_end,  // text() is what is behind them, from the `]` on
    end,
    refused,  // finding() says why
  };

  explicit JsonSplitter(TextWindow& window) : window_(window) {}

  Result<Step> next();

  std::string_view text() const { return text_; }
  record::Finding take_finding() { return std::move(*finding_); }
  // Of the record or fault in hand.
  const RecordNumbers& numbers() const { return numbers_; }
  // "Devices", as it is spelled; empty for a bare array.
  std::string_view list_name() const { return list_name_; }
  bool is_in_list() const { return place_ != Place::top; }
  // The physical line of what is in hand.
  std::uint64_t line() const { return line_; }
  // Physical lines up to here.
  std::uint64_t lines() const { return line_ - (ends_in_break_ ? 1 : 0); }
  // A product key in text that was skipped unread.
  bool saw_secret() const { return watch_.has_seen(); }

 private:
  enum class Place { top, list_start, list_value, list_separator };
  enum class Skipping { nothing, to_next_line, value };

  using Scan = JsonScan (*)(std::string_view text, bool is_last);

  Result<Step> next_at_top();
  Result<Step> next_in_list();
  Result<Step> take_top_object();
  Result<Step> take_element();
  Result<Step> end_list();
  // Applies `how` to what the window holds, reading on as far as a record may go.
  Result<JsonScan> scan(Scan how);

  Step give_record(std::size_t length);
  Step give_fault(record::Finding finding, std::size_t length, Skipping skipping);
  Step give_broken_line(const JsonScan& scan);
  Step refuse(record::Finding finding);
  Step refuse_broken(const JsonScan& scan);

  Result<void> skip_blanks();
  Result<void> finish_skipping();
  Result<void> skip_to_next_line();
  Result<void> skip_value();
  bool is_at_end() const { return window_.rest().empty() && window_.is_last(); }
  bool is_end_of_text(std::string_view text) const;
  std::string_view reach() const;
  // Counts the lines of the first `bytes` of the window and leaves them behind.
  void consume(std::size_t bytes);

  TextWindow& window_;
  Place place_ = Place::top;
  bool is_wrapped_ = false;  // the list is a member of an object
  bool has_values_ = false;  // a value of the top level was whole
  std::size_t pending_ = 0;  // bytes of text_ that the next call leaves behind
  Skipping skipping_ = Skipping::nothing;
  std::string_view text_;
  std::string list_name_;
  std::optional<record::Finding> finding_;
  RecordNumbers numbers_;
  SecretWatch watch_;
  std::uint64_t line_ = 1;
  bool ends_in_break_ = true;
};

}  // namespace devicebatch::format
