// integration/query_ledger.hpp - looking into a ledger that no daemon holds.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace devicebatch::integration {

// The rows of a query, each value as text.
std::vector<std::vector<std::string>> query_ledger(const std::filesystem::path& path,
                                                   const std::string& sql);

// One UPDATE, on a ledger that no daemon holds.
void change_ledger(const std::filesystem::path& path, const std::string& sql);

}  // namespace devicebatch::integration
