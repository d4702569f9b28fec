#include "format/json/splitter.hpp"

#include "base/limits.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace devicebatch::format {
namespace {

using record::Code;
using record::make_finding;

constexpr bool is_opening(char c) {
  return c == '{' || c == '[';
}

std::string_view kind_of(char c) {
  switch (c) {
    case '[':
      return "an array";
    case '"':
      return "a text";
    case 't':
    case 'f':
      return "true or false";
    case 'n':
      return "null";
    default:
      return is_ascii_digit(c) || c == '-' ? "a number" : "something else";
  }
}

// A record has few line breaks or none: searching for the next one passes over it at the speed of
// memory, which std::count does not at -O2 (1.1 us for a record of 4 KB).
std::uint64_t count_line_breaks(std::string_view text) {
  std::uint64_t count = 0;
  for (std::size_t at = text.find('\n'); at != std::string_view::npos;
       at = text.find('\n', at + 1)) {
    ++count;
  }
  return count;
}

record::Finding too_long() {
  return make_finding(Code::row_too_long, {std::to_string(limits::kRowBytes)});
}

record::Finding too_deep() {
  return make_finding(Code::row_json_broken, {"it is nested deeper than 64"});
}

}  // namespace

// How far a record may go.
std::string_view JsonSplitter::reach() const {
  return window_.rest().substr(0, limits::kRowBytes);
}

bool JsonSplitter::is_end_of_text(std::string_view text) const {
  return window_.is_last() && text.size() == window_.rest().size();
}

Result<JsonSplitter::Step> JsonSplitter::next() {
  text_ = {};
  consume(std::exchange(pending_, 0));
  auto done = finish_skipping();
  if (done) done = skip_blanks();
  if (!done) return fail(std::move(done.error()));
  return place_ == Place::top ? next_at_top() : next_in_list();
}

Result<JsonSplitter::Step> JsonSplitter::next_at_top() {
  if (is_at_end()) return Step::end;
  const char c = window_.rest().front();
  if (c == '{') return take_top_object();
  if (c == '[') {
    has_values_ = true;
    place_ = Place::list_start;
    is_wrapped_ = false;
    list_name_.clear();
    text_ = window_.rest().substr(0, 1);
    pending_ = 1;
    return Step::list;
  }
  if (c == ',') {
    return refuse_broken({JsonEnd::broken, 0, "a comma between values that are in no list", {}});
  }
  return give_broken_line({JsonEnd::broken, 0, "text between the records", {}});
}

Result<JsonSplitter::Step> JsonSplitter::take_top_object() {
  const auto found = scan(scan_json_object);
  if (!found) return fail(Error(found.error()));
  switch (found->end) {
    case JsonEnd::complete:
      has_values_ = true;
      return give_record(found->length);
    case JsonEnd::list:
      has_values_ = true;
      place_ = Place::list_start;
      is_wrapped_ = true;
      list_name_ = found->list_name;
      text_ = window_.rest().substr(0, found->length);
      pending_ = found->length;
      return Step::list;
    case JsonEnd::too_deep:
      return give_fault(too_deep(), 0, Skipping::value);
    case JsonEnd::broken:
      return has_values_ ? give_broken_line(*found) : refuse_broken(*found);
    case JsonEnd::need_more:
      break;
  }
  if (!is_end_of_text(reach())) return give_fault(too_long(), 0, Skipping::value);
  if (!has_values_) return refuse_broken(*found);
  return give_fault(make_finding(Code::row_json_cut_off), reach().size(), Skipping::nothing);
}

Result<JsonSplitter::Step> JsonSplitter::next_in_list() {
  if (is_at_end()) return refuse_broken({});
  const char c = window_.rest().front();
  if (c == ']' && place_ != Place::list_value) return end_list();
  if (place_ != Place::list_separator) return take_element();
  if (c != ',') {
    return refuse_broken(
        {JsonEnd::broken, 0, "a comma or the end of the list is expected behind a record", {}});
  }
  consume(1);
  place_ = Place::list_value;
  return next();
}

Result<JsonSplitter::Step> JsonSplitter::take_element() {
  const char c = window_.rest().front();
  const auto found = scan(scan_json_value);
  if (!found) return fail(Error(found.error()));
  place_ = Place::list_separator;
  const auto not_object = [c] { return make_finding(Code::row_json_not_object, {kind_of(c)}); };
  switch (found->end) {
    case JsonEnd::complete:
      if (c == '{') return give_record(found->length);
      return give_fault(not_object(), found->length, Skipping::nothing);
    case JsonEnd::too_deep:
      return give_fault(too_deep(), 0, Skipping::value);
    case JsonEnd::need_more:
      if (is_end_of_text(reach())) return refuse_broken(*found);
      return give_fault(too_long(), 0, Skipping::value);
    default:
      return refuse_broken(*found);
  }
}

Result<JsonSplitter::Step> JsonSplitter::end_list() {
  std::size_t length = 1;
  if (is_wrapped_) {
    // The scan begins behind the bracket; what is in front of it is left behind only with the rest.
    const auto found = scan([](std::string_view text, bool is_last) {
      JsonScan rest = scan_json_rest(text.substr(1), is_last);
      ++rest.length;
      return rest;
    });
    if (!found) return fail(Error(found.error()));
    const bool is_too_long = found->end == JsonEnd::need_more && !is_end_of_text(reach());
    if (is_too_long) {
      return refuse_broken({JsonEnd::broken, 0, "what follows the list is too long", {}});
    }
    if (found->end != JsonEnd::complete) return refuse_broken(*found);
    length = found->length;
  }
  place_ = Place::top;
  text_ = window_.rest().substr(0, length);
  pending_ = length;
  return Step::list_end;
}

Result<JsonScan> JsonSplitter::scan(Scan how) {
  for (;;) {
    const std::string_view text = reach();
    const JsonScan found = how(text, is_end_of_text(text));
    const bool may_read_on = text.size() < limits::kRowBytes && !window_.is_last();
    if (found.end != JsonEnd::need_more || !may_read_on) return found;
    auto more = window_.refill();
    if (!more) return fail(std::move(more.error()));
  }
}

JsonSplitter::Step JsonSplitter::give_record(std::size_t length) {
  numbers_.next(line_);
  text_ = window_.rest().substr(0, length);
  pending_ = length;
  return Step::record;
}

JsonSplitter::Step JsonSplitter::give_fault(record::Finding finding, std::size_t length,
                                            Skipping skipping) {
  numbers_.next(line_);
  finding_ = std::move(finding);
  text_ = window_.rest().substr(0, length);
  pending_ = length;
  skipping_ = skipping;
  return Step::fault;
}

// The line in hand is given up; the next ones may be records.
JsonSplitter::Step JsonSplitter::give_broken_line(const JsonScan& scan) {
  const std::string_view text = reach();
  const std::string_view line = text.substr(0, text.find('\n'));
  if (line.find('\0') != std::string_view::npos) {
    return give_fault(make_finding(Code::row_nul_bytes), line.size(), Skipping::to_next_line);
  }
  return give_fault(make_finding(Code::row_json_broken, {scan.why}), line.size(),
                    Skipping::to_next_line);
}

JsonSplitter::Step JsonSplitter::refuse(record::Finding finding) {
  finding_ = std::move(finding);
  return Step::refused;
}

JsonSplitter::Step JsonSplitter::refuse_broken(const JsonScan& scan) {
  const std::string_view text = reach().substr(0, scan.length);
  const auto line = line_ + count_line_breaks(text);
  const std::string number = std::to_string(line);
  if (scan.end == JsonEnd::need_more)
    return refuse(make_finding(Code::file_json_cut_off, {number}));
  if (scan.end == JsonEnd::too_deep) {
    return refuse(make_finding(Code::file_json_broken, {number, "it is nested deeper than 64"}));
  }
  const bool is_zero = reach().substr(scan.length).starts_with('\0');
  return refuse(make_finding(Code::file_json_broken,
                             {number, is_zero ? "zero bytes stand in it" : scan.why}));
}

Result<void> JsonSplitter::skip_blanks() {
  for (;;) {
    const std::string_view rest = window_.rest();
    const auto first = std::find_if_not(rest.begin(), rest.end(), is_json_blank);
    consume(static_cast<std::size_t>(first - rest.begin()));
    if (place_ == Place::top && window_.rest().starts_with(kByteOrderMark)) {
      // Merged files have marks in the middle.
      window_.skip(kByteOrderMark.size());
      continue;
    }
    // A mark in two pieces must not look like text.
    const bool may_be_mark = window_.rest().size() < kByteOrderMark.size();
    if (window_.is_last() || !may_be_mark) return {};
    auto more = window_.refill();
    if (!more) return more;
  }
}

Result<void> JsonSplitter::finish_skipping() {
  switch (std::exchange(skipping_, Skipping::nothing)) {
    case Skipping::nothing:
      return {};
    case Skipping::to_next_line:
      return skip_to_next_line();
    case Skipping::value:
      return skip_value();
  }
  return {};
}

// Up to a line that begins with a bracket: every record that is one line does, and the other lines
// of a record that is written on several mostly do not.
Result<void> JsonSplitter::skip_to_next_line() {
  bool is_at_start = false;
  for (;;) {
    const std::string_view rest = window_.rest();
    std::size_t at = 0;
    while (at < rest.size()) {
      if (!is_at_start) {
        at = std::min(rest.find('\n', at), rest.size() - 1) + 1;
        is_at_start = rest[at - 1] == '\n';
      } else if (is_opening(rest[at])) {
        break;
      } else {
        is_at_start = is_json_blank(rest[at]);
        ++at;
      }
    }
    watch_.look(rest.substr(0, at));
    consume(at);
    if (!window_.rest().empty() || window_.is_last()) return {};
    auto more = window_.refill();
    if (!more) return more;
  }
}

// One value that is not kept, however long and deep. A line break inside a text ends it: then the
// brackets cannot be trusted any more.
Result<void> JsonSplitter::skip_value() {
  std::size_t depth = 0;
  bool is_in_text = false;
  bool is_escaped = false;
  for (;;) {
    const std::string_view rest = window_.rest();
    for (std::size_t at = 0; at < rest.size(); ++at) {
      const char c = rest[at];
      bool is_end = false;
      if (is_in_text) {
        is_in_text = c != '"' || is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        is_end = c == '\n' || (!is_in_text && depth == 0);
      } else if (c == '"') {
        is_in_text = true;
      } else if (is_opening(c)) {
        ++depth;
      } else if (c == '}' || c == ']') {
        is_end = depth <= 1;
        --depth;
      } else if (depth == 0) {
        is_end = c == ',' || is_json_blank(c);
      }
      if (!is_end) continue;
      const bool is_of_value = is_in_text || c == '"' || c == '}' || c == ']';
      watch_.look(rest.substr(0, at));
      consume(at + (is_of_value ? 1 : 0));
      return {};
    }
    watch_.look(rest);
    consume(rest.size());
    if (window_.is_last()) return {};
    auto more = window_.refill();
    if (!more) return more;
  }
}

void JsonSplitter::consume(std::size_t bytes) {
  if (bytes == 0) return;
  const std::string_view text = window_.rest().substr(0, bytes);
  line_ += count_line_breaks(text);
  ends_in_break_ = text.back() == '\n';
  window_.skip(bytes);
}

}  // namespace devicebatch::format
