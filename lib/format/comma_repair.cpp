#include "format/comma_repair.hpp"

#include "record/field_text.hpp"
#include "record/hardware_hash.hpp"

#include <algorithm>

namespace devicebatch::format {
namespace {

using Fields = std::span<const std::string_view>;

// "Standard PC (Q35 + ICH9, 2009)" beside "VMware, Inc." is two; more are not worth the search.
constexpr std::size_t kMostCommas = 4;

// How many commas too many each of three columns gets.
struct Arrangement {
  std::size_t manufacturer;
  std::size_t model;
  std::size_t local;
};

std::size_t extra_for(Column column, const Arrangement& arrangement) {
  switch (column) {
    case Column::manufacturer:
      return arrangement.manufacturer;
    case Column::model:
      return arrangement.model;
    case Column::local:
    case Column::group_tag:
      return arrangement.local;
    default:
      return 0;
  }
}

// Both views come from one row, so what lies between them is the commas and what they separated.
std::string_view from_to(std::string_view first, std::string_view last) {
  return {first.data(), static_cast<std::size_t>(last.data() + last.size() - first.data())};
}

std::vector<std::string_view> arranged(Fields fields, const ColumnMap& columns,
                                       const Arrangement& arrangement) {
  std::vector<std::string_view> result;
  std::size_t at = 0;
  for (const Column column : columns.columns()) {
    const std::size_t last = at + extra_for(column, arrangement);
    result.push_back(from_to(fields[at], fields[last]));
    at = last + 1;
  }
  return result;
}

bool is_proven(const std::vector<std::string_view>& row, const ColumnMap& columns,
               const record::HardwareHash& hash) {
  return record::trim_field(row[columns.position(Column::manufacturer)]) == hash.manufacturer &&
         record::trim_field(row[columns.position(Column::model)]) == hash.model;
}

// Local columns cannot be proven; with one of them the proven columns leave no choice.
std::size_t open_columns(const ColumnMap& columns) {
  const auto is_open = [](Column one) { return one == Column::local || one == Column::group_tag; };
  return static_cast<std::size_t>(
      std::count_if(columns.columns().begin(), columns.columns().end(), is_open));
}

}  // namespace

std::optional<std::vector<std::string_view>> rejoin_commas(Fields fields,
                                                           const ColumnMap& columns) {
  const std::size_t surplus = fields.size() - columns.size();
  if (surplus > kMostCommas || columns.position(Column::manufacturer) == columns.size() ||
      columns.position(Column::model) == columns.size()) {
    return std::nullopt;
  }
  const auto hash_field = std::find_if(fields.begin(), fields.end(), [](std::string_view field) {
    return record::looks_like_hash(record::trim_field(field));
  });
  if (hash_field == fields.end()) return std::nullopt;
  std::vector<std::uint8_t> storage;
  const auto hash = record::decode_hardware_hash(*hash_field, storage);
  if (!hash) return std::nullopt;
  const std::size_t most_local = open_columns(columns) == 1 ? surplus : 0;
  for (std::size_t local = 0; local <= most_local; ++local) {
    for (std::size_t model = 0; model + local <= surplus; ++model) {
      auto row = arranged(fields, columns, {surplus - model - local, model, local});
      if (is_proven(row, columns, *hash)) return row;
    }
  }
  return std::nullopt;
}

}  // namespace devicebatch::format
