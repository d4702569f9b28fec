#include "integration/query_ledger.hpp"

#include <catch2/catch.hpp>
#include <sqlite3.h>

namespace devicebatch::integration {

namespace {

std::vector<std::vector<std::string>> run_sql(const std::filesystem::path& path,
                                              const std::string& sql, int flags) {
  sqlite3* db = nullptr;
  sqlite3_stmt* statement = nullptr;
  int status = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
  if (status == SQLITE_OK) status = sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr);
  std::vector<std::vector<std::string>> rows;
  while (status == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW) {
    std::vector<std::string> row;
    for (int at = 0; at < sqlite3_column_count(statement); ++at) {
      const void* text = sqlite3_column_text(statement, at);
      row.emplace_back(text == nullptr ? "" : static_cast<const char*>(text));
    }
    rows.push_back(std::move(row));
  }
  const std::string problem = sqlite3_errmsg(db);
  sqlite3_finalize(statement);
  sqlite3_close(db);
  INFO(problem);
  REQUIRE(status == SQLITE_OK);
  return rows;
}

}  // namespace

std::vector<std::vector<std::string>> query_ledger(const std::filesystem::path& path,
                                                   const std::string& sql) {
  return run_sql(path, sql, SQLITE_OPEN_READONLY);
}

void change_ledger(const std::filesystem::path& path, const std::string& sql) {
  run_sql(path, sql, SQLITE_OPEN_READWRITE);
}

}  // namespace devicebatch::integration
