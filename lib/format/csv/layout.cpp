#include "format/csv/layout.hpp"

#include "base/text.hpp"
#include "record/field_text.hpp"
#include "record/finding_codes.hpp"
#include "record/hardware_hash.hpp"

#include <algorithm>

namespace devicebatch::format {
namespace {

using Fields = std::span<const std::string_view>;
using Found = tl::expected<Layout, record::Finding>;

// In the order in which equals are preferred.
constexpr std::string_view kSeparators = ",;\t|";

const std::vector<Column> kHeaderLess = {Column::serial, Column::pkid, Column::hash};

bool is_hash(std::string_view field) {
  return record::looks_like_hash(record::trim_field(field));
}

// Device Serial Number,Windows Product ID,Hardware Hash,S-1,,T0...
std::optional<Layout> report_layout(Fields fields, std::uint64_t line) {
  const auto is_unknown = [](std::string_view cell) { return column_named(cell) == Column::local; };
  const auto first = static_cast<std::size_t>(
      std::find_if(fields.begin(), fields.end(), is_unknown) - fields.begin());
  // A value may be empty or look like a name, the names come in threes or more.
  constexpr std::size_t kNames = 3;
  if (first < kNames || fields.size() < 2 * kNames) return std::nullopt;
  const auto rest = fields.subspan(kNames);
  if (std::none_of(rest.begin(), rest.end(), is_hash)) return std::nullopt;
  const std::size_t names = std::min(first, fields.size() / 2);
  auto columns = ColumnMap::from(fields.first(names), line);
  if (!columns) return std::nullopt;
  return Layout{std::move(*columns), ',', names, false};
}

Found layout_with(std::string_view row, std::uint64_t line, char separator, CsvSplitter& splitter) {
  splitter.set_separator(separator);
  splitter.split(row, true);
  const Fields fields = splitter.fields();
  if (auto report = report_layout(fields, line)) {
    report->separator = separator;
    return std::move(*report);
  }
  if (auto columns = proven_columns(fields)) {
    return Layout{std::move(*columns), separator, 0, false};
  }
  auto columns = ColumnMap::from(fields, line);
  if (!columns) return tl::unexpected(std::move(columns.error()));
  return Layout{std::move(*columns), separator, 0, true};
}

std::size_t known_columns(const Layout& layout) {
  const auto& all = layout.columns.columns();
  return all.size() - static_cast<std::size_t>(std::count(all.begin(), all.end(), Column::local));
}

// The row split with most names known, or with most fields: that refusal says most.
std::size_t likely_fields(std::string_view row, char separator) {
  return static_cast<std::size_t>(std::count(row.begin(), row.end(), separator));
}

}  // namespace

std::string_view Layout::family() const {
  if (repeated_names != 0) return "I";
  if (has_header) return columns.family();
  const auto& all = columns.columns();
  const bool is_known = all.size() >= kHeaderLess.size() &&
                        std::equal(kHeaderLess.begin(), kHeaderLess.end(), all.begin());
  return is_known ? "G" : std::string_view();
}

char separator_of_line(std::string_view line) {
  line = record::trim_field(line.substr(0, line.find_last_not_of("\r\n") + 1));
  if (line.size() >= 2 && line.front() == '"' && line.back() == '"') {
    line = line.substr(1, line.size() - 2);
  }
  if (line.size() < 4 || !equals_ignoring_case(line.substr(0, 4), "sep=")) return 0;
  if (line.size() == 4) return '\t';  // trimmed away
  return line.size() == 5 && kSeparators.find(line[4]) != std::string_view::npos ? line[4] : '\0';
}

std::optional<ColumnMap> proven_columns(Fields fields) {
  if (fields.size() < 3 || !is_hash(fields[2])) return std::nullopt;
  std::vector<std::uint8_t> storage;
  const auto hash = record::decode_hardware_hash(fields[2], storage);
  if (!hash) return std::nullopt;
  std::vector<Column> columns = kHeaderLess;
  if (fields.size() >= 5 && record::trim_field(fields[3]) == hash->manufacturer &&
      record::trim_field(fields[4]) == hash->model) {
    columns.insert(columns.end(), {Column::manufacturer, Column::model});
  }
  return ColumnMap(std::move(columns));
}

Found layout_of(std::string_view row, std::uint64_t line, char separator, CsvSplitter& splitter) {
  if (separator != 0) return layout_with(row, line, separator, splitter);
  std::optional<Found> best;
  std::size_t most_fields = 0;
  for (const char candidate : kSeparators) {
    Found found = layout_with(row, line, candidate, splitter);
    const std::size_t fields = likely_fields(row, candidate);
    const bool is_better = !best ||
                           (found && (!*best || known_columns(*found) > known_columns(**best))) ||
                           (!found && !*best && fields > most_fields);
    if (!is_better) continue;
    best.emplace(std::move(found));
    most_fields = fields;
  }
  splitter.set_separator(*best ? (**best).separator : ',');
  splitter.split(row, true);
  return std::move(*best);
}

bool may_be_corporate_identifiers(Fields fields) {
  while (!fields.empty() && record::trim_field(fields.back()).empty()) {
    fields = fields.first(fields.size() - 1);
  }
  if (fields.size() != 3) return false;
  const auto is_empty = [](std::string_view field) { return record::trim_field(field).empty(); };
  if (std::any_of(fields.begin(), fields.end(), is_empty)) return false;
  const auto has_digit = [](std::string_view field) {
    return std::any_of(field.begin(), field.end(), is_ascii_digit);
  };
  constexpr std::size_t kLongestName = 128;
  const auto is_long = [](std::string_view field) { return field.size() > kLongestName; };
  const bool is_one_word = record::trim_field(fields[2]).find(' ') == std::string_view::npos;
  return !has_digit(fields[0]) && has_digit(fields[2]) && is_one_word &&
         std::none_of(fields.begin(), fields.end(), is_long);
}

}  // namespace devicebatch::format
