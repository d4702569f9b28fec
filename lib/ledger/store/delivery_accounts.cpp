#include "ledger/store/delivery_store.hpp"

namespace devicebatch::ledger {

AccountRow read_account_row(const Statement& row) {
  AccountRow account;
  account.name = row.text(0);
  account.paused_code = row.text(1);
  account.paused_reason = row.text(2);
  account.paused_at = row.time(3);
  account.throttled_until = row.time(4);
  account.honours = row.as<Honours>(5);
  account.concurrency = row.small(6);
  return account;
}

Result<AccountRow> DeliveryStore::account(std::string_view name) {
  AccountRow account;
  account.name = name;
  auto row = db_.query("SELECT " DEVICEBATCH_ACCOUNT_COLUMNS " FROM account WHERE name = ?", name);
  if (row.step()) account = read_account_row(row);
  return db_.returning(std::move(account));
}

Result<void> DeliveryStore::pause_account(std::string_view name, std::string_view code,
                                          std::string_view reason, UtcTime now) {
  db_.run(
      "INSERT INTO account(name, paused_code, paused_reason, paused_at) VALUES(?, ?, ?, ?)"
      " ON CONFLICT(name) DO UPDATE SET paused_code = excluded.paused_code,"
      " paused_reason = excluded.paused_reason, paused_at = excluded.paused_at",
      name, code, reason, now);
  return db_.outcome();
}

Result<void> DeliveryStore::resume_account(std::string_view name) {
  db_.run("UPDATE account SET paused_code = '', paused_reason = '', paused_at = 0 WHERE name = ?",
          name);
  return db_.outcome();
}

Result<void> DeliveryStore::throttle_account(std::string_view name, UtcTime until) {
  db_.run(
      "INSERT INTO account(name, throttled_until) VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET"
      " throttled_until = max(throttled_until, excluded.throttled_until)",
      name, until);
  return db_.outcome();
}

Result<void> DeliveryStore::learn_honours(std::string_view name, Honours honours) {
  db_.run(
      "INSERT INTO account(name, honours) VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET"
      " honours = excluded.honours",
      name, honours);
  return db_.outcome();
}

Result<void> DeliveryStore::record_concurrency(std::string_view name, int limit) {
  db_.run(
      "INSERT INTO account(name, concurrency) VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET"
      " concurrency = excluded.concurrency",
      name, limit);
  return db_.outcome();
}

}  // namespace devicebatch::ledger
