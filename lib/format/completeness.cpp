// Is the writer of a file done? Judged by its two ends alone, before anything is claimed.
#include "format/csv_splitter.hpp"
#include "format/encoding.hpp"
#include "format/header.hpp"
#include "format/submission_reader.hpp"
#include "format/transcoder.hpp"
#include "record/field_text.hpp"
#include "record/hardware_hash.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace devicebatch::format {
namespace {

bool is_empty(std::string_view field) {
  return record::trim_field(field).empty();
}

bool is_wide(Encoding encoding) {
  return encoding == Encoding::utf16le || encoding == Encoding::utf16be;
}

// One zero byte ends no UTF-8 text; UTF-16 may end in one (0A 00), but not in two.
bool is_zero_filled(std::string_view tail, Encoding encoding) {
  using std::string_view_literals::operator""sv;
  return is_wide(encoding) ? tail.ends_with("\0\0"sv) : tail.ends_with('\0');
}

bool ends_in_line_break(std::string_view tail, Encoding encoding) {
  using std::string_view_literals::operator""sv;
  switch (encoding) {
    case Encoding::utf16le:
      return tail.ends_with("\n\0"sv) || tail.ends_with("\r\0"sv);
    case Encoding::utf16be:
      return tail.ends_with("\0\n"sv) || tail.ends_with("\0\r"sv);
    default:
      return tail.ends_with('\n') || tail.ends_with('\r');
  }
}

std::string as_utf8(std::string_view bytes, Encoding encoding) {
  if (!is_wide(encoding)) return std::string(bytes);
  std::string text(Utf16Transcoder::room_for(bytes.size()), '\0');
  Utf16Transcoder transcoder(encoding == Encoding::utf16le);
  std::size_t size = transcoder.convert(bytes, text.data());
  size += transcoder.finish(text.data() + size);
  text.resize(size);
  return text;
}

std::optional<ColumnMap> header_of(std::string_view head, const DetectedEncoding& detected) {
  const std::string text = as_utf8(head.substr(detected.mark_bytes), detected.encoding);
  CsvSplitter splitter;
  std::string_view rest = text;
  while (!rest.empty()) {
    if (splitter.split(rest, false) != Split::complete) return std::nullopt;
    const auto fields = splitter.fields();
    const bool is_blank = std::all_of(fields.begin(), fields.end(), is_empty);
    if (!is_blank) {
      auto columns = ColumnMap::from(fields, 1);
      return columns ? std::optional(std::move(*columns)) : std::nullopt;
    }
    rest.remove_prefix(splitter.length());
  }
  return std::nullopt;
}

// The row behind the last line break has all its fields, and its hash verifies if it has one. Where
// the hash is empty and nothing follows, the writer may have stopped in front of it.
bool is_whole_row(std::string_view row, const ColumnMap& columns) {
  CsvSplitter splitter;
  if (splitter.split(row, true) != Split::complete) return false;
  const auto fields = splitter.fields();
  if (fields.size() < columns.size()) return false;
  const std::size_t at = columns.position(Column::hash);
  if (at == columns.size()) return true;
  if (is_empty(fields[at]))
    return !std::all_of(fields.begin() + static_cast<std::ptrdiff_t>(at), fields.end(), is_empty);
  std::vector<std::uint8_t> storage;
  const auto hash = record::decode_hardware_hash(fields[at], storage);
  if (!hash) return false;
  // A hash that stops in the middle of its padding verifies all the same: with nothing behind it,
  // its writer may not be done.
  const bool is_last =
      std::all_of(fields.begin() + static_cast<std::ptrdiff_t>(at) + 1, fields.end(), is_empty);
  return !is_last || fields[at].size() >= record::wire_text_length(hash->canonical.size());
}

}  // namespace

Completeness judge_completeness(std::string_view head, std::string_view tail) {
  if (tail.empty()) return Completeness::cut_off;
  const DetectedEncoding detected = detect_encoding(head);
  if (is_zero_filled(tail, detected.encoding)) return Completeness::zero_filled;
  if (ends_in_line_break(tail, detected.encoding)) return Completeness::complete;
  const auto columns = header_of(head, detected);
  if (!columns) return Completeness::cut_off;
  const std::string text = as_utf8(tail, detected.encoding);
  const std::size_t last_break = text.find_last_of("\r\n");
  if (last_break == std::string::npos) return Completeness::cut_off;
  const std::string_view row = std::string_view(text).substr(last_break + 1);
  return is_whole_row(row, *columns) ? Completeness::complete : Completeness::cut_off;
}

}  // namespace devicebatch::format
