#include "format/csv/rows.hpp"

#include "base/limits.hpp"
#include "format/header.hpp"
#include "record/base64.hpp"
#include "record/field_text.hpp"
#include "record/hardware_hash.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace devicebatch::format {
namespace {

// A whole hash and its line breaks.
constexpr std::size_t kWrappedBytes = 12 * 1024;
// Each costs a look at so many bytes; a file of nothing but beginnings of hashes must not.
constexpr std::size_t kMostFailedJoins = 1000;
// Fewer names are no proof that a header begins in the middle of a line.
constexpr std::size_t kNamesOfHeader = 2;

bool may_be_wrapped_hash(const CsvSplitter& row) {
  constexpr std::size_t kWholeHash = 3000;
  const std::string_view last = row.fields().back();
  return last.size() >= 40 && last.size() < kWholeHash && last.starts_with("T0") &&
         !row.has_quotes();
}

// What is read again from there on gives the same fields.
bool is_clean(std::string_view text) {
  return text.find(kByteOrderMark) == std::string_view::npos &&
         text.find('\0') == std::string_view::npos && is_valid_utf8(text);
}

bool is_base64_line(std::string_view line) {
  line = record::trim_field(line);
  return !line.empty() && std::all_of(line.begin(), line.end(), [](char c) {
    return record::is_base64_letter(c) || c == '=';
  });
}

}  // namespace

Result<CsvRows::Found> CsvRows::next() {
  step_over();
  for (;;) {
    if (window_.rest().empty() && window_.is_last()) return Found::none;
    if (window_.rest().starts_with(kByteOrderMark)) {
      // Merged files have marks in the middle.
      window_.skip(kByteOrderMark.size());
      continue;
    }
    const auto has_moved = follow_encoding();
    if (!has_moved) return fail(Error(has_moved.error()));
    if (*has_moved) continue;
    const std::string_view text = window_.rest().substr(0, limits::kRowBytes);
    const bool is_last = window_.is_last() && text.size() == window_.rest().size();
    const Split split = splitter_.split(text, is_last);
    if (split == Split::complete) {
      found_row(text.substr(0, splitter_.length()));
      if (failed_joins_ >= kMostFailedJoins || !may_be_wrapped_hash(splitter_)) return Found::row;
      if (window_.is_last() || window_.rest().size() >= used_ + kWrappedBytes) {
        join_wrapped_hash();
        return Found::row;
      }
      // Its other lines are behind the window.
    } else if (split != Split::need_more || text.size() == limits::kRowBytes) {
      return found_endless();
    }
    auto more = window_.refill();
    if (!more) return fail(std::move(more.error()));
  }
}

void CsvRows::found_row(std::string_view text) {
  text_ = text;
  used_ = text.size();
  // A last line without a line break is a line too.
  const bool is_open_ended = text.back() != '\n' && text.back() != '\r';
  lines_ = splitter_.line_breaks() + (is_open_ended ? 1 : 0);
  joined_lines_ = 0;
  if (!window_.is_plain()) cut_at_mark();
}

// Files that were merged where the first had no line break at its end: behind the mark in the
// middle of the line stands the header of the second.
void CsvRows::cut_at_mark() {
  const std::size_t mark = text_.find(kByteOrderMark);
  if (mark == std::string_view::npos || mark == 0) return;
  const std::string_view behind = text_.substr(mark + kByteOrderMark.size());
  splitter_.split(behind, true);
  const bool is_header = is_clean(behind) && splitter_.fields().size() >= kNamesOfHeader &&
                         may_be_header(splitter_.fields()) &&
                         ColumnMap::from(splitter_.fields(), line_).has_value();
  // Inside quotes it is a character.
  if (is_header && splitter_.split(text_.substr(0, mark), true) == Split::complete) {
    text_ = text_.substr(0, mark);
    used_ = mark;
    lines_ = 0;
  } else {
    splitter_.split(text_, true);
  }
}

// A hash that mail or an editor wrapped, in the last column: its first line ends the row, lines of
// nothing but base64 follow. Joined only when the checksum verifies.
void CsvRows::join_wrapped_hash() {
  const std::string_view rest = window_.rest().substr(0, used_ + kWrappedBytes);
  std::size_t end = used_;
  std::size_t lines = lines_;
  while (end < rest.size()) {
    const LineEnd line = next_line_end(rest, end, true);
    if (!is_base64_line(rest.substr(end, line.at - end))) break;
    end = line.at + line.bytes;
    ++lines;
  }
  if (lines == lines_) return;
  ++failed_joins_;
  const char* const hash = splitter_.fields().back().data();
  const std::string_view wrapped(hash, static_cast<std::size_t>(rest.data() + end - hash));
  std::vector<std::uint8_t> storage;
  if (!record::decode_hardware_hash(wrapped, storage)) return;
  --failed_joins_;
  splitter_.replace_last_field(wrapped);
  text_ = rest.substr(0, end);
  used_ = end;
  lines_ = lines;
  joined_lines_ = lines;
}

void CsvRows::step_over() {
  continues_line_ = used_ != 0 && lines_ == 0;
  window_.skip(used_);
  line_ += lines_;
  used_ = 0;
  lines_ = 0;
}

// True when the window was changed and must be looked at again.
Result<bool> CsvRows::follow_encoding() {
  if (window_.is_plain()) return false;
  const std::string_view rest = window_.rest();
  const auto is_odd = [&](std::size_t at) {
    return rest.size() > at && (rest[at] == '\0' || static_cast<unsigned char>(rest[at]) >= 0xFE);
  };
  if (!is_odd(0) && !is_odd(1)) return false;
  if (rest.size() < kLineProbeBytes && !window_.is_last()) {
    auto more = window_.refill();
    if (!more) return fail(std::move(more.error()));
    return true;
  }
  const DetectedEncoding detected = detect_encoding(rest.substr(0, kLineProbeBytes));
  if (detected.encoding != Encoding::utf16le && detected.encoding != Encoding::utf16be) {
    return false;
  }
  return window_.change_encoding(detected);
}

CsvRows::Found CsvRows::found_endless() {
  text_ = window_.rest().substr(0, limits::kRowBytes);
  used_ = 0;
  lines_ = 1;
  joined_lines_ = 0;
  const LineEnd end = next_line_end(text_, 0, window_.is_last());
  const bool is_unclosed = end.bytes != 0 || text_.size() < limits::kRowBytes;
  return is_unclosed ? Found::unclosed_quote : Found::endless_line;
}

Result<void> CsvRows::pass_line(const ByteSink& take) {
  for (;;) {
    const LineEnd end = next_line_end(window_.rest(), 0, window_.is_last());
    const bool is_whole = end.bytes != 0 && end.is_certain;
    // Without its end: all of it, but for a CR whose LF may follow.
    const std::size_t size = end.at + (is_whole ? end.bytes : 0);
    auto taken = take(window_.rest().substr(0, size));
    if (!taken) return taken;
    window_.skip(size);
    if (is_whole || window_.is_last()) return {};
    auto more = window_.refill();
    if (!more) return more;
  }
}

}  // namespace devicebatch::format
