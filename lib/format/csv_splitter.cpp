#include "format/csv_splitter.hpp"

#include "base/limits.hpp"

#include <algorithm>
#include <cstring>

namespace devicebatch::format {
namespace {

std::size_t find(std::string_view text, char wanted, std::size_t from, std::size_t to) {
  if (from >= to) return to;
  const void* found = std::memchr(text.data() + from, wanted, to - from);
  return found == nullptr ? to
                          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t") == std::string_view::npos;
}

std::size_t count_line_breaks(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size();) {
    const LineEnd end = next_line_end(text, at, true);
    if (end.bytes == 0) break;
    ++count;
    at = end.at + end.bytes;
  }
  return count;
}

}  // namespace

LineEnd next_line_end(std::string_view text, std::size_t from, bool is_last) {
  const std::size_t feed = find(text, '\n', from, text.size());
  const std::size_t carriage = find(text, '\r', from, feed);
  if (carriage == feed) return {feed, feed == text.size() ? std::size_t{0} : 1, true};
  if (carriage + 1 == text.size()) return {carriage, 1, is_last};
  return {carriage, text[carriage + 1] == '\n' ? std::size_t{2} : 1, true};
}

CsvSplitter::CsvSplitter(char separator) : separator_(separator) {
  fields_.reserve(limits::kColumns);
}

Split CsvSplitter::split(std::string_view text, bool is_last) {
  text_ = text;
  is_last_ = is_last;
  at_ = 0;
  line_breaks_ = 0;
  fields_.clear();
  scratch_.clear();
  has_too_many_fields_ = false;
  has_quotes_ = false;
  find_line_end(0);
  for (;;) {
    const std::size_t start = std::min(text_.find_first_not_of(' ', at_), line_end_);
    const bool is_quoted = start < line_end_ && text_[start] == '"';
    const Step step = is_quoted ? take_quoted_field(start) : take_plain_field();
    if (step == Step::row_end) return Split::complete;
    if (step == Step::need_more) return is_last_ ? Split::unclosed_quote : Split::need_more;
  }
}

void CsvSplitter::find_line_end(std::size_t from) {
  const LineEnd end = next_line_end(text_, from, is_last_);
  line_end_ = end.at;
  break_bytes_ = end.bytes;
  is_break_certain_ = end.is_certain && (end.bytes != 0 || is_last_);
}

CsvSplitter::Step CsvSplitter::take_plain_field() {
  const std::size_t end = find(text_, separator_, at_, line_end_);
  return end_field(end, text_.substr(at_, end - at_));
}

CsvSplitter::Step CsvSplitter::take_quoted_field(std::size_t quote_at) {
  has_quotes_ = true;
  const std::size_t inside = quote_at + 1;
  std::size_t quote = inside;
  for (;;) {
    quote = find(text_, '"', quote, text_.size());
    if (quote == text_.size()) return Step::need_more;
    if (quote + 1 == text_.size() || text_[quote + 1] != '"') break;
    quote += 2;
  }
  const std::string_view content = text_.substr(inside, quote - inside);
  if (quote > line_end_) {
    line_breaks_ += count_line_breaks(content);
    find_line_end(quote);
  }
  const std::size_t end = find(text_, separator_, quote + 1, line_end_);
  // "15" screen: the quotes belong to the value.
  const bool is_literal = !is_blank(text_.substr(quote + 1, end - quote - 1));
  return end_field(end, is_literal ? text_.substr(at_, end - at_) : unescaped(content));
}

// The field ends at `at`, at a separator or at the end of its line.
CsvSplitter::Step CsvSplitter::end_field(std::size_t at, std::string_view value) {
  add(value);
  if (at < line_end_) {
    at_ = at + 1;
    return Step::next_field;
  }
  if (!is_break_certain_) {
    // Not inside quotes: with the last text the row would be complete.
    return Step::need_more;
  }
  length_ = line_end_ + break_bytes_;
  line_breaks_ += break_bytes_ == 0 ? 0 : 1;
  return Step::row_end;
}

void CsvSplitter::add(std::string_view value) {
  if (fields_.size() == limits::kColumns) {
    has_too_many_fields_ = true;
    return;
  }
  fields_.push_back(value);
}

std::string_view CsvSplitter::unescaped(std::string_view inside) {
  if (inside.find('"') == std::string_view::npos) return inside;
  // Views into scratch_ stay good because it never grows beyond what is reserved.
  if (scratch_.empty()) scratch_.reserve(text_.size());
  const std::size_t start = scratch_.size();
  for (std::size_t at = 0; at < inside.size(); ++at) {
    scratch_.push_back(inside[at]);
    if (inside[at] == '"') ++at;
  }
  return std::string_view(scratch_).substr(start);
}

}  // namespace devicebatch::format
