// format/packed/file_kind.hpp - files that are no text, known by their first bytes.
//
// Threading: pure; any thread.
// Source:    docs/formats.md, "Compressed files".
#pragma once

#include "record/finding.hpp"

#include <optional>
#include <string_view>

namespace devicebatch::format {

// Bytes of a file that the functions below want to see, if there are as many.
inline constexpr std::size_t kKindProbeBytes = 4096;

bool is_gzip(std::string_view head);

// "zip", "zstd", "Excel workbook" and the like; empty for gzip and for what may be text.
std::string_view packed_kind(std::string_view head);

// Why a file of such a kind is not taken; nullopt for gzip and for what may be text.
std::optional<record::Finding> refuse_packed(std::string_view head);

}  // namespace devicebatch::format
