#include "format/header.hpp"

#include "base/text.hpp"
#include "record/field_text.hpp"
#include "record/finding_codes.hpp"
#include "record/product_key.hpp"

#include <algorithm>
#include <utility>

namespace devicebatch::format {
namespace {

using record::Code;
using record::RawRow;

// Lower case, single blanks. "product key" is no alias: such columns hold the secret.
constexpr std::pair<std::string_view, Column> kNames[] = {
    {"device serial number", Column::serial},
    {"serial number", Column::serial},
    {"serialnumber", Column::serial},
    {"serial", Column::serial},
    {"s/n", Column::serial},
    {"windows product id", Column::pkid},
    {"product key id", Column::pkid},
    {"productkeyid", Column::pkid},
    {"product id", Column::pkid},
    {"pkid", Column::pkid},
    {"hardware hash", Column::hash},
    {"hardwarehash", Column::hash},
    {"hardwareidentifier", Column::hash},
    {"hwhash", Column::hash},
    {"hash", Column::hash},
    {"manufacturer name", Column::manufacturer},
    {"manufacturer", Column::manufacturer},
    {"oemmanufacturername", Column::manufacturer},
    {"device model", Column::model},
    {"modelname", Column::model},
    {"model", Column::model},
    {"group tag", Column::group_tag},
    {"grouptag", Column::group_tag},
    {"order id", Column::group_tag},
    {"assigned user", Column::assigned_user},
};

// No known name is longer; a longer cell is not looked up.
constexpr std::size_t kLongestName = 32;

// Without invisible edges, quotes, underscores and doubled blanks, in lower case.
std::string normalised(std::string_view cell) {
  cell = record::trim_field(cell.substr(0, 4 * kLongestName));
  while (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"') {
    cell = record::trim_field(cell.substr(1, cell.size() - 2));
  }
  std::string name;
  for (const char c : cell) {
    // Reports put underscores between words.
    if (!is_ascii_space(c) && c != '_') {
      name.push_back(ascii_lower(c));
    } else if (!name.empty() && name.back() != ' ') {
      name.push_back(' ');
    }
  }
  return name;
}

// Columns of the lists that Intune, Endpoint Analytics and Entra export, of which none helps to
// register a device.
constexpr std::string_view kPortalNames[] = {
    "device id",
    "device name",
    "devicename",
    "enrollment date",
    "enrollment state",
    "last check-in",
    "last contacted",
    "azure ad device id",
    "entra device id",
    "microsoft entra device id",
    "associated intune device",
    "associated aad device",
    "associated microsoft entra device",
    "profile status",
    "purchase order",
    "intune registered",
    "managed by",
    "ownership",
    "compliance",
    "compliance state",
    "primary user upn",
    "primary user email address",
    "os version",
    "endpoint analytics score",
    "startup performance score",
    "app reliability score",
    "work from anywhere score",
    "health status",
    "device count",
};

// Two of them are no accident of a site's own columns.
constexpr std::size_t kPortalNamesForSure = 2;

std::string portal_names(std::span<const std::string_view> cells) {
  std::string list;
  std::size_t count = 0;
  for (std::string_view cell : cells) {
    const std::string name = normalised(cell);
    if (std::find(std::begin(kPortalNames), std::end(kPortalNames), name) ==
        std::end(kPortalNames)) {
      continue;
    }
    if (++count <= 4) list.append(list.empty() ? "" : ", ").append(name);
  }
  return count >= kPortalNamesForSure ? list : std::string();
}

std::string list_of(std::span<const std::string_view> cells) {
  constexpr std::size_t kShown = 12;
  constexpr std::size_t kCellBytes = 40;
  std::string list;
  for (std::string_view cell : cells.first(std::min(cells.size(), kShown))) {
    if (!list.empty()) list += ", ";
    list += printable(record::trim_field(cell), kCellBytes);
  }
  return record::without_product_keys(list);
}

}  // namespace

Column column_named(std::string_view cell) {
  const std::string name = normalised(cell);
  for (const auto& [known, column] : kNames) {
    if (known == name) return column;
  }
  return Column::local;
}

tl::expected<ColumnMap, record::Finding> ColumnMap::from(std::span<const std::string_view> cells,
                                                         std::uint64_t line) {
  // Templates have a separator behind the last name.
  while (!cells.empty() && record::trim_field(cells.back()).empty()) {
    cells = cells.first(cells.size() - 1);
  }
  ColumnMap map;
  const std::string line_text = std::to_string(line);
  for (std::string_view cell : cells) {
    const Column column = column_named(cell);
    const std::size_t earlier = map.position(column);
    if (column != Column::local && earlier != map.size()) {
      return tl::unexpected(record::make_finding(
          Code::file_duplicate_column,
          {line_text, record::trim_field(cells[earlier]), record::trim_field(cell)}));
    }
    map.columns_.push_back(column);
    map.has_lower_case_words_ |= record::trim_field(cell) == "Device serial number";
  }
  const auto has = [&](Column column) { return map.position(column) != map.size(); };
  if (!has(Column::hash)) {
    const std::string exported = portal_names(cells);
    if (!exported.empty()) {
      return tl::unexpected(record::make_finding(Code::file_portal_export, {exported}));
    }
  }
  if (!has(Column::hash) && !has(Column::pkid) &&
      !(has(Column::serial) && has(Column::manufacturer) && has(Column::model))) {
    return tl::unexpected(record::make_finding(Code::file_no_header, {line_text, list_of(cells)}));
  }
  return map;
}

std::size_t ColumnMap::position(Column column) const {
  return static_cast<std::size_t>(std::find(columns_.begin(), columns_.end(), column) -
                                  columns_.begin());
}

std::string_view ColumnMap::family() const {
  const auto has = [&](Column column) { return position(column) != size(); };
  const bool has_names = has(Column::manufacturer) && has(Column::model);
  const bool has_tag = has(Column::group_tag);
  if (!has(Column::serial) || !has(Column::hash)) return {};
  if (!has(Column::pkid)) return has_names ? "H" : std::string_view();
  if (has(Column::local)) return "F";
  if (has(Column::assigned_user)) return has_tag && !has_names ? "C" : std::string_view();
  if (has_names && has_tag) return "E";
  if (has_names) return has_lower_case_words_ ? "D'" : "D";
  return has_tag ? "B" : "A";
}

bool may_be_header(std::span<const std::string_view> cells) {
  const auto is_value = [](std::string_view cell) {
    return cell.size() > 4 * kLongestName || std::any_of(cell.begin(), cell.end(), is_ascii_digit);
  };
  if (std::any_of(cells.begin(), cells.end(), is_value)) return false;
  return std::any_of(cells.begin(), cells.end(), [](std::string_view cell) {
    return !cell.empty() && column_named(cell) != Column::local;
  });
}

std::string_view RawRow::*member_of(Column column) {
  switch (column) {
    case Column::serial:
      return &RawRow::serial;
    case Column::pkid:
      return &RawRow::pkid;
    case Column::hash:
      return &RawRow::hash;
    case Column::manufacturer:
      return &RawRow::manufacturer;
    case Column::model:
      return &RawRow::model;
    case Column::group_tag:
      return &RawRow::group_tag;
    case Column::assigned_user:
      return &RawRow::assigned_user;
    case Column::local:
      break;
  }
  return nullptr;
}

}  // namespace devicebatch::format
