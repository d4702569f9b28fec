// format/csv/layout.hpp - what the first lines of a CSV file say about the others.
//
// Purpose:   separator, column names or their absence, reports with titles; lists that are for
//            something else are told apart.
// Threading: pure; any thread.
// Source:    docs/formats.md, "Header families".
#pragma once

#include "format/csv_splitter.hpp"
#include "format/header.hpp"

#include <optional>
#include <string_view>

namespace devicebatch::format {

// `,` `;` TAB or `|` of a line such as `sep=;`, which spreadsheets write and read; 0: not one.
char separator_of_line(std::string_view line);

struct Layout {
  ColumnMap columns;
  char separator = ',';
  // Every row repeats so many column names before its own fields, as reports of ConfigMgr do.
  std::size_t repeated_names = 0;
  bool has_header = true;  // false: the row is the first device

  // The letter of docs/formats.md, or empty.
  std::string_view family() const;
};

// The layout that a row of column names, a report's row or a device without any names proves.
// Tries `separator`, or with 0 all of them; the splitter keeps the last one tried.
tl::expected<Layout, record::Finding> layout_of(std::string_view row, std::uint64_t line,
                                                char separator, CsvSplitter& splitter);

// Of a row without names whose third field is a hash that verifies: serial, PKID and hash, and
// manufacturer and model where the hash has the same in the next two fields.
std::optional<ColumnMap> proven_columns(std::span<const std::string_view> fields);

// A list of manufacturer, model and serial number without names.
bool may_be_corporate_identifiers(std::span<const std::string_view> fields);

}  // namespace devicebatch::format
