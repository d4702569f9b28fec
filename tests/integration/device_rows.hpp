// integration/device_rows.hpp - small files made for one test.
#pragma once

#include "support/device_files.hpp"

#include <string>
#include <vector>

namespace devicebatch::integration {

inline constexpr const char* kFamilyA = "Device Serial Number,Windows Product ID,Hardware Hash\r\n";

// One row for each, with the hash that the device would give.
inline std::string file_of(const std::vector<support::HashSpec>& specs) {
  std::string file = kFamilyA;
  for (const support::HashSpec& spec : specs) {
    file += spec.serial + ",," + support::make_hash_text(spec) + "\r\n";
  }
  return file;
}

// Rows of devices `start` and on.
inline std::string rows_of(std::uint64_t start, std::uint64_t rows) {
  std::vector<support::HashSpec> specs;
  for (std::uint64_t at = 0; at < rows; ++at) specs.push_back(support::make_spec(start + at));
  return file_of(specs);
}

}  // namespace devicebatch::integration
