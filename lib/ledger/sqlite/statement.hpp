// ledger/sqlite/statement.hpp - one prepared statement, borrowed from its connection for one use.
//
// Purpose:   bind, step, read columns. A failure is kept by the connection: step() then says "no
//            more rows", every later statement does nothing, and the verb asks
//            Connection::outcome() once.
// Lifecycle: the borrower resets it; a statement cannot be borrowed twice at a time.
// Threading: the ledger thread.
// Units:     UtcTime is stored as milliseconds, 0 for "none"; a nil Uuid and an id of 0 as NULL.
#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/sha256.hpp"
#include "base/uuid.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

struct sqlite3_stmt;

namespace devicebatch::ledger {

class Connection;

using Bytes = std::span<const std::uint8_t>;

// A prepared statement in the cache of its connection.
struct CachedStatement {
  sqlite3_stmt* handle = nullptr;
  bool is_borrowed = false;
};

class Statement {
 public:
  Statement(Connection& connection, CachedStatement* cached);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // True while there is a row to read.
  bool step();

  std::int64_t integer(int column) const;
  int small(int column) const { return static_cast<int>(integer(column)); }
  std::uint64_t count(int column) const { return static_cast<std::uint64_t>(integer(column)); }
  bool is_null(int column) const;
  std::string text(int column) const;
  // Valid until the next step.
  std::string_view text_view(int column) const;
  Bytes bytes(int column) const;
  Uuid uuid(int column) const;
  std::optional<Digest> digest(int column) const;
  UtcTime time(int column) const { return UtcTime(std::chrono::milliseconds(integer(column))); }
  template <class Enum>
  Enum as(int column) const {
    return static_cast<Enum>(integer(column));
  }
  template <class Id>
  Id id(int column) const {
    return Id{integer(column)};
  }

  // Texts and bytes must outlive the last step unless `keep` copies them.
  enum class Texts { keep, borrow };
  template <class... Args>
  void bind_all(Texts texts, const Args&... args) {
    texts_ = texts;
    check_parameters(sizeof...(Args));
    int at = 0;
    (bind(++at, args), ...);
  }

 private:
  template <class T>
  requires(std::is_integral_v<T> || std::is_enum_v<T>) void bind(int at, T value) {
    bind_integer(at, static_cast<std::int64_t>(value));
  }
  void bind(int at, std::string_view text);
  void bind(int at, const std::string& text) { bind(at, std::string_view(text)); }
  void bind(int at, const char* text) { bind(at, std::string_view(text)); }
  void bind(int at, Bytes bytes);
  void bind(int at, const std::vector<std::uint8_t>& bytes) { bind(at, Bytes(bytes)); }
  void bind(int at, const Digest& digest) { bind(at, Bytes(digest)); }
  void bind(int at, const Uuid& uuid);
  void bind(int at, UtcTime time) { bind_integer(at, time.time_since_epoch().count()); }
  void bind(int at, std::nullptr_t) { bind_null(at); }
  template <class Tag>
  void bind(int at, RowId<Tag> id) {
    id ? bind_integer(at, id.value) : bind_null(at);
  }
  template <class T>
  void bind(int at, const std::optional<T>& value) {
    value ? bind(at, *value) : bind_null(at);
  }
  void bind_integer(int at, std::int64_t value);
  void bind_null(int at);
  void check_parameters(std::size_t given) const;

  Connection& connection_;
  CachedStatement* cached_;
  Texts texts_ = Texts::keep;
};

}  // namespace devicebatch::ledger
