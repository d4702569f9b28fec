// format/header.hpp - what the columns of a file mean.
//
// Purpose:   matched by name, in any order and spelling; columns that nobody knows are tolerated.
// Threading: values; any thread.
// Errors:    a Finding that refuses the file: two columns of one meaning, or none that identifies.
// Source:    docs/formats.md, "Header families".
#pragma once

#include "record/finding.hpp"
#include "record/row_checker.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace devicebatch::format {

enum class Column : std::uint8_t {
  serial,
  pkid,
  hash,
  manufacturer,
  model,
  group_tag,
  assigned_user,
  local,  // known to the site only
};

class ColumnMap {
 public:
  // Columns of a file without names.
  explicit ColumnMap(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // The cells of the header row at `line`.
  static tl::expected<ColumnMap, record::Finding> from(std::span<const std::string_view> cells,
                                                       std::uint64_t line);

  const std::vector<Column>& columns() const { return columns_; }
  std::size_t size() const { return columns_.size(); }
  // Position of a column, or size() when there is none.
  std::size_t position(Column column) const;
  // "A" to "F", "D'" and "H" of docs/formats.md; empty for other combinations.
  std::string_view family() const;

 private:
  ColumnMap() = default;

  std::vector<Column> columns_;
  bool has_lower_case_words_ = false;
};

Column column_named(std::string_view cell);

// Could this row be a header that a merge of files left in the middle? Cheap, for every row.
bool may_be_header(std::span<const std::string_view> cells);

// Where RawRow keeps a column; nullptr for Column::local.
std::string_view record::RawRow::*member_of(Column column);

}  // namespace devicebatch::format
