// ledger/sqlite/connection.hpp - the one connection to the ledger's file.
//
// Purpose:   open with the settings of docs/decisions/ledger.md, keep statements prepared, remember
//            the first failure.
// Lifecycle: the first failure sticks: later statements do nothing until outcome() takes it. A verb
//            is a plain list of statements that way, and asks once at its end.
// Threading: the ledger thread.
// Errors:    busy - another process holds the file; bad_config - it is no SQLite file or cannot be
//            written; full; corrupt; transient.
#pragma once

#include "base/result.hpp"
#include "ledger/sqlite/statement.hpp"

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

struct sqlite3;

namespace devicebatch::ledger {

class Connection {
 public:
  enum class Missing { make, refuse };
  // Takes the exclusive lock of the file; makes it with mode 0600 when it is missing. `vfs`: the
  // name of a file system registered with SQLite, which must outlive the connection; it makes the
  // file in its own way.
  static Result<std::unique_ptr<Connection>> open(const std::string& path,
                                                  Missing missing = Missing::make,
                                                  const char* vfs = nullptr);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // `sql` is a literal: the cache knows it by its address.
  template <class... Args>
  Statement query(const char* sql, const Args&... args) {
    return Statement(*this, bound(sql, Statement::Texts::keep, args...));
  }
  // Runs to the end; how many rows it changed.
  template <class... Args>
  std::int64_t run(const char* sql, const Args&... args) {
    Statement statement(*this, cached(sql));
    statement.bind_all(Statement::Texts::borrow, args...);
    while (statement.step()) {
    }
    return is_sound() ? changes() : 0;
  }
  // The first column of the first row as a number; 0 without a row.
  template <class... Args>
  std::int64_t number(const char* sql, const Args&... args) {
    Statement statement(*this, cached(sql));
    statement.bind_all(Statement::Texts::borrow, args...);
    return statement.step() ? statement.integer(0) : 0;
  }
  // Several statements without parameters, not kept.
  void execute(const char* sql);

  std::int64_t changes() const;
  std::int64_t last_row_id() const;

  bool is_sound() const { return !failure_.has_value(); }
  void note_failure(int sqlite_result);
  void note_failure(Error error);
  // The failure since the last call, which is forgotten.
  Result<void> outcome();
  // `value`, or that failure.
  template <class T>
  Result<T> returning(T value) {
    auto done = outcome();
    if (!done) return fail(std::move(done.error()));
    return value;
  }
  const std::optional<Error>& failure() const { return failure_; }

  // False after SQLite has rolled back on its own, as it does when space or memory ran out.
  bool is_in_transaction() const;
  void rollback();

  sqlite3* handle() { return handle_; }
  const std::string& path() const { return path_; }
  const char* vfs() const { return vfs_; }

 private:
  Connection(sqlite3* handle, std::string path, const char* vfs)
      : handle_(handle), path_(std::move(path)), vfs_(vfs) {}
  void settle_journal();
  Result<void> configure();
  CachedStatement* cached(const char* sql);
  template <class... Args>
  CachedStatement* bound(const char* sql, Statement::Texts texts, const Args&... args) {
    CachedStatement* found = cached(sql);
    Statement statement(*this, found);
    statement.bind_all(texts, args...);
    return found;
  }

  sqlite3* handle_;
  std::string path_;
  const char* vfs_;
  std::optional<Error> failure_;
  std::unordered_map<const char*, CachedStatement> statements_;
};

}  // namespace devicebatch::ledger
