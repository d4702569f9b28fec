// ledger/store/report_store.hpp - the report verbs on SQLite.
//
// Layout:    report_store.cpp (totals, status), verify.cpp, verify_delivery.cpp, explain.cpp (what
//            a query means), story.cpp (one record's events).
#pragma once

#include "ledger/index/identity_index.hpp"
#include "ledger/report_verbs.hpp"
#include "ledger/sqlite/connection.hpp"
#include "ledger/store/pack_store.hpp"
#include "ledger/store/record_row.hpp"

namespace devicebatch::ledger {

class ReportStore final : public ReportVerbs {
 public:
  ReportStore(Connection& db, IdentityIndex& index, PackStore& packs)
      : db_(db), index_(index), packs_(packs) {}

  Result<Totals> totals() override;
  Result<StatusReport> status(UtcTime now) override;
  Result<Verification> verify() override;
  Result<Story> explain(std::string_view query) override;

 private:
  DestinationReport report_on(DestinationRow destination);
  void count_ages(StatusReport& report, UtcTime now);
  void add_troubles(StatusReport& report);
  std::uint64_t key_seed();

  Connection& db_;
  IdentityIndex& index_;
  PackStore& packs_;
};

}  // namespace devicebatch::ledger
