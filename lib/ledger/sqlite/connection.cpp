#include "ledger/sqlite/connection.hpp"

#include "base/check.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <vector>

namespace devicebatch::ledger {
namespace {

Errc reaction_to(int result, int errno_value) {
  if (errno_value == ENOSPC || errno_value == EDQUOT) return Errc::full;
  switch (result & 0xFF) {
    case SQLITE_FULL:
      return Errc::full;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Errc::busy;
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_INTERRUPT:
    case SQLITE_ABORT:
      return Errc::transient;
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_NOTADB:
      return Errc::bad_config;
    default:
      return Errc::corrupt;
  }
}

Error sqlite_error(sqlite3* handle, int result, const std::string& path) {
  const bool is_about_files = (result & 0xFF) == SQLITE_IOERR || (result & 0xFF) == SQLITE_FULL;
  const int errno_value = handle != nullptr && is_about_files ? sqlite3_system_errno(handle) : 0;
  std::string message = "ledger " + path + ": ";
  switch (result & 0xFF) {
    case SQLITE_BUSY:
      message += "another process holds it; only one devicebatchd can use a ledger at a time";
      break;
    case SQLITE_NOTADB:
      message += "this file is no ledger";
      break;
    case SQLITE_FULL:
      message += "no space left for it";
      break;
    default:
      message += handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(result);
  }
  return Error(reaction_to(result, errno_value), std::move(message), result);
}

// Made here and not by SQLite, which would give it the mode of the umask. Its directory is synced,
// so that the name is as durable as the first commit. SQLite must not have the file open yet:
// closing a descriptor drops its locks.
Result<void> make_private_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0 && errno == EEXIST) return {};
  if (file < 0) {
    const int errno_value = errno;
    Error error = system_error(errno_value, "ledger " + path);
    if (errno_value != ENOENT && errno_value != ENOTDIR) return fail(std::move(error));
    return fail(Errc::bad_config, error.message() + "; make its directory first", errno_value);
  }
  ::close(file);
  const std::string parent = std::filesystem::path(path).parent_path().string();
  const int folder =
      ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return fail(system_error(errno, "ledger folder " + parent));
  const int synced = ::fsync(folder);
  const int errno_value = errno;
  ::close(folder);
  if (synced != 0) return fail(system_error(errno_value, "ledger folder " + parent));
  return {};
}

// Statistics of memory, which nobody reads, take a lock for each of SQLite's many small
// allocations. Refused, and that is all right, where somebody has used SQLite before.
void count_no_memory() {
  static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)configured;
}

// Large enough for the pack of one window, small enough to bound a damaged length.
constexpr int kLongestValue = 64 << 20;

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, Missing missing,
                                                     const char* vfs) {
  const bool is_made_here = path != ":memory:" && vfs == nullptr;
  if (is_made_here && missing == Missing::make) {
    auto made = make_private_file(path);
    if (!made) return fail(std::move(made.error()));
  }
  count_no_memory();
  sqlite3* handle = nullptr;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (vfs != nullptr && missing == Missing::make) flags |= SQLITE_OPEN_CREATE;
  const int result = sqlite3_open_v2(path.c_str(), &handle, flags, vfs);
  std::unique_ptr<Connection> connection(new Connection(handle, path, vfs));
  if (result != SQLITE_OK) return fail(sqlite_error(handle, result, path));
  auto configured = connection->configure();
  if (!configured) return fail(std::move(configured.error()));
  return connection;
}

Connection::~Connection() {
  for (auto& [sql, statement] : statements_) sqlite3_finalize(statement.handle);
  const int closed = sqlite3_close(handle_);
  DEVICEBATCH_CHECK(closed == SQLITE_OK);
}

// A process that dies just after it has emptied its journal leaves that undone for the disk. SQLite
// finds an empty journal and writes the next one over it; a loss of power could then leave the head
// of the old one before pages of the new one, and a part of it would be played back.
void Connection::settle_journal() {
  const char* const path = sqlite3_db_filename(handle_, "main");
  if (path == nullptr || *path == '\0') return;  // in memory
  const char* const journal = sqlite3_filename_journal(path);
  sqlite3_vfs* vfs = nullptr;
  sqlite3_file_control(handle_, "main", SQLITE_FCNTL_VFS_POINTER, &vfs);
  int is_there = 0;
  const int looked = vfs->xAccess(vfs, journal, SQLITE_ACCESS_EXISTS, &is_there);
  if (looked != SQLITE_OK) return note_failure(looked);
  if (is_there == 0) return;
  const auto words = static_cast<std::size_t>(vfs->szOsFile) / sizeof(std::max_align_t) + 1;
  std::vector<std::max_align_t> place(words);
  auto* const file = reinterpret_cast<sqlite3_file*>(place.data());
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_MAIN_JOURNAL;
  int result = vfs->xOpen(vfs, journal, file, kFlags, nullptr);
  if (result == SQLITE_OK) result = file->pMethods->xSync(file, SQLITE_SYNC_FULL);
  if (file->pMethods != nullptr) file->pMethods->xClose(file);
  if (result != SQLITE_OK) note_failure(result);
}

Result<void> Connection::configure() {
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_limit(handle_, SQLITE_LIMIT_LENGTH, kLongestValue);
  sqlite3_limit(handle_, SQLITE_LIMIT_ATTACHED, 0);
  settle_journal();
  // BEGIN EXCLUSIVE takes the lock; in exclusive locking mode COMMIT keeps it.
  execute(
      "PRAGMA page_size = 32768;"
      "PRAGMA locking_mode = EXCLUSIVE;"
      "PRAGMA mmap_size = 0;"
      "PRAGMA cell_size_check = ON;"
      "BEGIN EXCLUSIVE; COMMIT;"
      "PRAGMA journal_mode = TRUNCATE;"
      "PRAGMA synchronous = FULL;"
      "PRAGMA secure_delete = OFF;"
      "PRAGMA temp_store = MEMORY;"
      "PRAGMA cache_size = -4096;");
  return outcome();
}

CachedStatement* Connection::cached(const char* sql) {
  if (!is_sound()) return nullptr;
  CachedStatement& statement = statements_[sql];
  if (statement.handle != nullptr) return &statement;
  const int result =
      sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement.handle, nullptr);
  if (result == SQLITE_OK) return &statement;
  note_failure(result);
  return nullptr;
}

void Connection::execute(const char* sql) {
  if (!is_sound()) return;
  const int result = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) note_failure(result);
}

std::int64_t Connection::changes() const {
  return sqlite3_changes64(handle_);
}
std::int64_t Connection::last_row_id() const {
  return sqlite3_last_insert_rowid(handle_);
}

void Connection::note_failure(int sqlite_result) {
  note_failure(sqlite_error(handle_, sqlite_result, path_));
}

void Connection::note_failure(Error error) {
  if (!failure_) failure_.emplace(std::move(error));
}

Result<void> Connection::outcome() {
  if (!failure_) return {};
  Error error = std::move(*failure_);
  failure_.reset();
  return fail(std::move(error));
}

bool Connection::is_in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

void Connection::rollback() {
  if (is_in_transaction()) execute("ROLLBACK");
}

}  // namespace devicebatch::ledger
