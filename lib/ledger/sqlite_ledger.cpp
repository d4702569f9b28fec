#include "ledger/sqlite_ledger.hpp"

#include "base/check.hpp"
#include "ledger/open.hpp"
#include "ledger/operators/operator_store.hpp"
#include "ledger/sqlite/connection.hpp"
#include "ledger/sqlite/schema.hpp"
#include "ledger/sqlite/write_hint.hpp"
#include "ledger/store/delivery_store.hpp"
#include "ledger/store/intake_store.hpp"
#include "ledger/store/receipt_store.hpp"
#include "ledger/store/report_store.hpp"

namespace devicebatch::ledger {
namespace {

// Everything that dies and comes back with the connection. Destroyed from the last to the first:
// the hint's descriptor closes after the connection, whose locks it would drop.
struct OpenLedger {
  OpenLedger(std::unique_ptr<Connection> connection, const IndexLimits& limits)
      : hint(connection->vfs() == nullptr ? connection->path() : ""),
        db(std::move(connection)),
        packs(*db),
        index(*db, limits),
        intake(*db, index, packs),
        delivery(*db, packs),
        receipts(*db),
        reports(*db, index, packs),
        operators(*db, index, packs) {}

  std::uint64_t key_seed = 0;
  WriteHint hint;
  std::unique_ptr<Connection> db;
  PackStore packs;
  IdentityIndex index;
  IntakeStore intake;
  DeliveryStore delivery;
  ReceiptStore receipts;
  ReportStore reports;
  OperatorStore operators;
};

Result<std::unique_ptr<OpenLedger>> open(std::unique_ptr<Connection> connection, Random& random,
                                         const IndexLimits& limits) {
  auto current = bring_up_to_date(*connection, random);
  if (!current) return fail(std::move(current.error()));
  auto ledger = std::make_unique<OpenLedger>(std::move(connection), limits);
  ledger->key_seed = static_cast<std::uint64_t>(
      ledger->db->number("SELECT value FROM meta WHERE name = 'key_seed'"));
  ledger->index.load();
  auto loaded = ledger->db->outcome();
  if (!loaded) return fail(std::move(loaded.error()));
  return ledger;
}

class SqliteLedger final : public Ledger {
 public:
  SqliteLedger(std::unique_ptr<OpenLedger> open, const IndexLimits& limits)
      : open_(std::move(open)),
        limits_(limits),
        path_(open_->db->path()),
        vfs_(open_->db->vfs()),
        key_seed_(open_->key_seed) {}

  IntakeVerbs& intake() override { return usable().intake; }
  DeliveryVerbs& delivery() override { return usable().delivery; }
  ReceiptVerbs& receipts() override { return usable().receipts; }
  ReportVerbs& reports() override { return usable().reports; }
  OperatorVerbs& operators() override { return usable().operators; }
  std::uint64_t key_seed() const override { return key_seed_; }

  Result<void> begin() override;
  Result<void> commit() override;
  Result<void> attempt(const std::function<Result<void>()>& job) override;

 private:
  OpenLedger& usable() {
    // begin() and attempt() let no job near a ledger that is lost.
    DEVICEBATCH_CHECK(open_ != nullptr);
    return *open_;
  }
  // Opens the file again if an earlier failure closed it.
  Result<void> ensure_open();
  void undo_job(std::uint64_t index_changes);
  Error abandon(Error error);

  std::unique_ptr<OpenLedger> open_;
  IndexLimits limits_;
  std::string path_;
  const char* vfs_;
  std::uint64_t key_seed_;
  std::uint64_t index_at_begin_ = 0;
  std::optional<Error> lost_;  // why the transaction is gone although commit() was not called yet
};

Result<void> SqliteLedger::begin() {
  auto opened = ensure_open();
  if (!opened) return opened;
  DEVICEBATCH_CHECK(!open_->db->is_in_transaction());
  lost_.reset();
  index_at_begin_ = open_->index.changes();
  open_->db->run("BEGIN");
  return open_->db->outcome();
}

Result<void> SqliteLedger::attempt(const std::function<Result<void>()>& job) {
  if (open_ == nullptr) return ensure_open();
  if (lost_) return fail(*lost_);
  Connection& db = *open_->db;
  const std::uint64_t index_changes = open_->index.changes();
  db.run("SAVEPOINT job");
  auto done = db.outcome();
  if (done) done = job();
  open_->packs.release();
  if (done) done = db.outcome();
  if (done) {
    db.run("RELEASE job");
    done = db.outcome();
  }
  if (done) {
    open_->hint.nudge();
    return done;
  }
  // The job's own error is what its caller asked for; a second one is only a consequence of it.
  (void)db.outcome();
  undo_job(index_changes);
  if (!db.is_in_transaction()) lost_.emplace(done.error());
  return done;
}

void SqliteLedger::undo_job(std::uint64_t index_changes) {
  Connection& db = *open_->db;
  open_->intake.forget();
  if (db.is_in_transaction()) {
    db.execute("ROLLBACK TO job; RELEASE job");
    if (!db.outcome()) db.rollback();
  }
  if (open_->index.changes() == index_changes && db.is_in_transaction()) return;
  open_->index.load();
  if (db.outcome()) return;
  // What is in memory cannot be trusted, so nothing of this transaction may be committed.
  db.rollback();
  (void)db.outcome();
}

Result<void> SqliteLedger::commit() {
  if (open_ == nullptr) return ensure_open();
  if (lost_) return fail(abandon(std::move(*lost_)));
  Connection& db = *open_->db;
  DEVICEBATCH_CHECK(db.is_in_transaction());
  open_->packs.release();
  // Only a transaction that added keys tidies up: a look must not turn into a write.
  if (open_->index.changes() != index_at_begin_) open_->index.tend();
  db.run("COMMIT");
  auto done = db.outcome();
  if (done) return done;
  return fail(abandon(std::move(done.error())));
}

// Back to what is on disk: roll back, and open the file anew when even its input and output failed.
Error SqliteLedger::abandon(Error error) {
  lost_.reset();
  Connection& db = *open_->db;
  db.rollback();
  open_->intake.forget();
  const bool is_rolled_back = db.outcome().has_value() && !db.is_in_transaction();
  if (is_rolled_back && error.code() == Errc::full) {
    open_->index.load();
    if (db.outcome()) return error;
  }
  open_.reset();
  auto opened = ensure_open();
  return opened ? error : opened.error();
}

// A disk that is full or fails may come back: every begin() tries again. Anything else stays.
Result<void> SqliteLedger::ensure_open() {
  if (open_ != nullptr) return {};
  const auto gone = [&](const std::string& why, int native) {
    return fail(Errc::corrupt, "the ledger cannot be opened again: " + why, native);
  };
  if (path_ == ":memory:") return gone("it was in memory", 0);
  auto connection = Connection::open(path_, Connection::Missing::refuse, vfs_);
  SystemRandom random;
  auto again = connection ? open(std::move(*connection), random, limits_)
                          : fail(std::move(connection.error()));
  if (again && (*again)->key_seed == key_seed_) {
    open_ = std::move(*again);
    return {};
  }
  if (again) return gone("another file is in its place", 0);
  const Errc code = again.error().code();
  if (code == Errc::full || code == Errc::transient) return fail(std::move(again.error()));
  return gone(again.error().message(), again.error().native());
}

}  // namespace

Result<std::unique_ptr<Ledger>> open_sqlite_ledger(const std::string& path, Random& random,
                                                   const IndexLimits& limits, const char* vfs) {
  auto connection = Connection::open(path, Connection::Missing::make, vfs);
  if (!connection) return fail(std::move(connection.error()));
  auto opened = open(std::move(*connection), random, limits);
  if (!opened) return fail(std::move(opened.error()));
  return std::make_unique<SqliteLedger>(std::move(*opened), limits);
}

Result<std::unique_ptr<Ledger>> open_ledger(const std::string& path, Random& random,
                                            const char* vfs) {
  return open_sqlite_ledger(path, random, IndexLimits(), vfs);
}

}  // namespace devicebatch::ledger
