// format/comma_repair.hpp - `VMware, Inc.` without its quotes, put together again.
//
// Purpose:   Microsoft's collector strips all quotes, so a comma inside a name shifts the columns.
//            The hardware hash of the row holds manufacturer and model: it proves where they
//            belong.
// Threading: pure; any thread.
// Errors:    nullopt: no arrangement agrees with the hash, or there is none.
// Source:    docs/formats.md, "Damage".
#pragma once

#include "format/header.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace devicebatch::format {

// `fields` are more than `columns` has, all views into one unquoted row. Returns as many as there
// are columns, commas restored.
std::optional<std::vector<std::string_view>> rejoin_commas(std::span<const std::string_view> fields,
                                                           const ColumnMap& columns);

}  // namespace devicebatch::format
