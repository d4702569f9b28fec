// Is the writer of a file done? Judged by its two ends alone, before anything is claimed.
#include "base/limits.hpp"
#include "base/text.hpp"
#include "format/csv/layout.hpp"
#include "format/csv/scan_reader.hpp"
#include "format/csv_splitter.hpp"
#include "format/encoding.hpp"
#include "format/header.hpp"
#include "format/json/file_end.hpp"
#include "format/json/mismatch_data.hpp"
#include "format/packed/file_kind.hpp"
#include "format/packed/gzip_source.hpp"
#include "format/submission_reader.hpp"
#include "format/transcoder.hpp"
#include "format/xml/file_end.hpp"
#include "format/xml/lookalikes.hpp"
#include "record/field_text.hpp"
#include "record/hardware_hash.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace devicebatch::format {
namespace {

// Of the head that callers give, if the file has as many.
constexpr std::size_t kHeadBytes = 8 * 1024;

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
  transcoder.stay();
  std::size_t size = transcoder.convert(bytes, true, text.data()).written;
  size += transcoder.finish(text.data() + size);
  text.resize(size);
  return text;
}

// What the rows mean, as far as the beginning tells.
std::optional<Layout> layout_of_ends(std::string_view head, std::string_view tail,
                                     const DetectedEncoding& detected, const ReadOptions& options) {
  // A device without names in front of it may be longer than the head.
  const bool is_whole = tail.starts_with(head);
  if (is_whole) head = tail;
  const std::string text = as_utf8(head.substr(detected.mark_bytes), detected.encoding);
  CsvSplitter splitter;
  char separator = options.separator;
  std::string_view rest = text;
  while (!rest.empty() && splitter.split(rest, is_whole) == Split::complete) {
    const std::string_view row = rest.substr(0, splitter.length());
    rest.remove_prefix(row.size());
    const auto fields = splitter.fields();
    if (std::all_of(fields.begin(), fields.end(), is_empty)) continue;
    if (const char named = separator_of_line(row)) {
      if (separator == 0) separator = named;
      continue;
    }
    auto layout = layout_of(row, 1, separator, splitter);
    if (layout) return std::move(*layout);
    if (!options.columns.empty()) break;
  }
  if (options.columns.empty()) return std::nullopt;
  return Layout{ColumnMap(options.columns), separator == 0 ? ',' : separator, 0, false};
}

// The row behind the last line break has all its fields, and its hash verifies if it has one. Where
// the hash is empty and nothing follows, the writer may have stopped in front of it.
bool is_whole_row(std::string_view row, const Layout& layout) {
  CsvSplitter splitter(layout.separator);
  if (splitter.split(row, true) != Split::complete) return false;
  auto fields = splitter.fields();
  if (fields.size() < layout.repeated_names) return false;
  fields = fields.subspan(layout.repeated_names);
  const ColumnMap& columns = layout.columns;
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

// The text behind the last line break is a whole row, or a whole scan.
bool is_whole_end(std::string_view head, std::string_view tail, const DetectedEncoding& detected,
                  const ReadOptions& options) {
  const std::string text = as_utf8(tail, detected.encoding);
  const std::size_t last_break = text.find_last_of("\r\n");
  std::string_view row = std::string_view(text).substr(last_break + 1);
  if (!options.scan_pattern.empty())
    return ScanPattern(options.scan_pattern).match(row).has_value();
  const auto layout = layout_of_ends(head, tail, detected, options);
  if (!layout) return false;
  if (last_break == std::string::npos) {
    // The only row there is: a device, if it is no header.
    if (layout->has_header) return false;
    if (row.starts_with(kByteOrderMark)) row.remove_prefix(kByteOrderMark.size());
  }
  return is_whole_row(row, *layout);
}

// A small gzip file is inflated; of a larger one only zeros at its end are certain. What is refused
// for its kind need not be waited for.
std::optional<Completeness> judge_packed(std::string_view head, std::string_view tail) {
  if (!packed_kind(head).empty()) return Completeness::complete;
  if (!is_gzip(head)) return std::nullopt;
  constexpr std::size_t kNoPackedText = 64;
  const std::string_view last = tail.substr(tail.size() - std::min(tail.size(), kNoPackedText));
  if (last.find_first_not_of('\0') == std::string_view::npos) return Completeness::zero_filled;
  const bool is_whole = tail.starts_with(head) && head.size() < kHeadBytes;
  if (!is_whole) return Completeness::complete;
  MemorySource packed(tail);
  GzipSource inflated(packed, {limits::kInflatedBytes, limits::kInflation});
  std::string buffer(64 * 1024, '\0');
  for (;;) {
    const auto count = inflated.read(buffer);
    if (!count || *count == 0) break;
  }
  return inflated.refusal() ? Completeness::cut_off : Completeness::complete;
}

// nullopt: rows of separated values, as far as the beginning says.
std::optional<bool> is_complete_other(std::string_view head, std::string_view tail,
                                      const DetectedEncoding& detected) {
  const std::string start = as_utf8(head.substr(detected.mark_bytes), detected.encoding);
  const std::string_view text = trim(start);
  const bool is_json = text.starts_with('{') || text.starts_with('[');
  const bool is_xml = text.starts_with('<');
  if (!is_json && !is_xml) {
    // What is refused anyway need not be waited for.
    if (find_oa3_lookalike(start) == record::Code::file_oa3_binary) return true;
    return decode_mismatch_data(tail) ? std::optional(true) : std::nullopt;
  }
  const std::string end = as_utf8(tail, detected.encoding);
  return is_json ? is_complete_json(end) : is_complete_xml(start, end);
}

}  // namespace

Completeness judge_completeness(std::string_view head, std::string_view tail,
                                const ReadOptions& options) {
  if (tail.empty()) return Completeness::cut_off;
  if (const auto packed = judge_packed(head, tail)) return *packed;
  const DetectedEncoding detected = detect_encoding(head);
  if (is_zero_filled(tail, detected.encoding)) return Completeness::zero_filled;
  if (const auto is_complete = is_complete_other(head, tail, detected)) {
    return *is_complete ? Completeness::complete : Completeness::cut_off;
  }
  if (ends_in_line_break(tail, detected.encoding)) return Completeness::complete;
  const bool is_whole = is_whole_end(head, tail, detected, options);
  return is_whole ? Completeness::complete : Completeness::cut_off;
}

}  // namespace devicebatch::format
