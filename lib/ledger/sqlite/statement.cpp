#include "ledger/sqlite/statement.hpp"

#include "base/check.hpp"
#include "ledger/sqlite/connection.hpp"

#include <sqlite3.h>

#include <algorithm>

namespace devicebatch::ledger {

Statement::Statement(Connection& connection, CachedStatement* cached)
    : connection_(connection), cached_(cached) {
  if (cached_ == nullptr) return;
  DEVICEBATCH_CHECK(!cached_->is_borrowed);
  cached_->is_borrowed = true;
}

Statement::~Statement() {
  if (cached_ == nullptr) return;
  // The result repeats an error that step() has reported.
  sqlite3_reset(cached_->handle);
  cached_->is_borrowed = false;
}

bool Statement::step() {
  if (cached_ == nullptr || !connection_.is_sound()) return false;
  const int result = sqlite3_step(cached_->handle);
  if (result == SQLITE_ROW) return true;
  if (result != SQLITE_DONE) connection_.note_failure(result);
  return false;
}

std::int64_t Statement::integer(int column) const {
  return cached_ == nullptr ? 0 : sqlite3_column_int64(cached_->handle, column);
}

bool Statement::is_null(int column) const {
  return cached_ == nullptr || sqlite3_column_type(cached_->handle, column) == SQLITE_NULL;
}

std::string_view Statement::text_view(int column) const {
  if (cached_ == nullptr) return {};
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(cached_->handle, column));
  if (text == nullptr) return {};
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(cached_->handle, column))};
}

std::string Statement::text(int column) const {
  return std::string(text_view(column));
}

Bytes Statement::bytes(int column) const {
  if (cached_ == nullptr) return {};
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(cached_->handle, column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(cached_->handle, column))};
}

Uuid Statement::uuid(int column) const {
  const Bytes stored = bytes(column);
  std::array<std::uint8_t, 16> value{};
  if (stored.size() == value.size()) std::copy(stored.begin(), stored.end(), value.begin());
  return Uuid(value);
}

std::optional<Digest> Statement::digest(int column) const {
  const Bytes stored = bytes(column);
  Digest value;
  if (stored.size() != value.size()) return std::nullopt;
  std::copy(stored.begin(), stored.end(), value.begin());
  return value;
}

// An empty view may have no address, which SQLite would store as NULL.
void Statement::bind(int at, std::string_view text) {
  if (cached_ == nullptr) return;
  sqlite3_bind_text64(cached_->handle, at, text.data() == nullptr ? "" : text.data(), text.size(),
                      texts_ == Texts::keep ? SQLITE_TRANSIENT : SQLITE_STATIC, SQLITE_UTF8);
}

void Statement::bind(int at, Bytes bytes) {
  if (cached_ == nullptr) return;
  const void* data = bytes.data() == nullptr ? "" : static_cast<const void*>(bytes.data());
  sqlite3_bind_blob64(cached_->handle, at, data, bytes.size(),
                      texts_ == Texts::keep ? SQLITE_TRANSIENT : SQLITE_STATIC);
}

void Statement::bind(int at, const Uuid& uuid) {
  uuid.is_nil() ? bind_null(at) : bind(at, Bytes(uuid.bytes()));
}

void Statement::bind_integer(int at, std::int64_t value) {
  if (cached_ != nullptr) sqlite3_bind_int64(cached_->handle, at, value);
}

void Statement::bind_null(int at) {
  if (cached_ != nullptr) sqlite3_bind_null(cached_->handle, at);
}

// A parameter left over from the use before would be silently wrong.
void Statement::check_parameters(std::size_t given) const {
  if (cached_ == nullptr) return;
  const int wanted = sqlite3_bind_parameter_count(cached_->handle);
  DEVICEBATCH_CHECK(static_cast<std::size_t>(wanted) == given);
}

}  // namespace devicebatch::ledger
