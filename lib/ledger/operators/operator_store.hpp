// ledger/operators/operator_store.hpp - the operator's verbs on SQLite.
//
// Layout:    records.cpp (pages of records), lists.cpp (pages of everything
//            else), changes.cpp (a record's way, changed by a person), conflicts.cpp (two stories
//            about one device), audit.cpp (chunks, and the log of it all).
#pragma once

#include "ledger/index/identity_index.hpp"
#include "ledger/operator_verbs.hpp"
#include "ledger/operators/device_twin.hpp"
#include "ledger/operators/record_line.hpp"
#include "ledger/sqlite/connection.hpp"
#include "ledger/store/receipt_store.hpp"

namespace devicebatch::ledger {

// Rows that one call looks at: 6 ms when none of them is wanted, so that a listing never keeps the
// ledger's thread.
inline constexpr std::size_t kRowsByCall = 5'000;

class OperatorStore final : public OperatorVerbs {
 public:
  OperatorStore(Connection& db, IdentityIndex& index, PackStore& packs)
      : db_(db), from_{db, index, packs}, receipts_(db) {}

  Result<Page<RecordLine, RecordId>> records(const RecordFilter& filter, RecordId after,
                                             std::size_t at_most) override;
  Result<Page<SubmissionSummary, SubmissionId>> submissions(const SubmissionFilter& filter,
                                                            SubmissionId after,
                                                            std::size_t at_most) override;
  Result<Page<ChunkRow, ChunkId>> chunks(const ChunkFilter& filter, ChunkId after,
                                         std::size_t at_most) override;
  Result<RecordLine> record(RecordId record) override;
  Result<std::vector<RecordLine>> records_by_serial(std::string_view serial) override;

  Result<void> retry(RecordId record, UtcTime not_before, const Actor& actor, UtcTime now) override;
  Result<void> hold(RecordId record, const Actor& actor, UtcTime now) override;
  Result<void> release(RecordId record, const Actor& actor, UtcTime now) override;
  Result<void> cancel(RecordId record, const Actor& actor, UtcTime now) override;
  Result<ConflictCase> conflict(RecordId record) override;
  Result<void> resolve(RecordId record, Resolution how, const Actor& actor, UtcTime now) override;
  Result<void> hurry(ChunkId chunk, const Actor& actor, UtcTime now) override;
  Result<void> look_for(ChunkId chunk, const Actor& actor, UtcTime now) override;

  Result<void> audit(const Actor& actor, std::string_view verb, std::string_view target,
                     std::string_view detail, UtcTime now) override;
  Result<std::vector<AuditEntry>> audit_log(std::int64_t before, std::size_t at_most) override;
  Result<Page<OpenMember, RecordId>> registered(DestinationId destination, RecordId after,
                                                std::size_t at_most) override;

 private:
  // A record that somebody wants to change.
  struct Target {
    RecordRow record;
    DestinationId destination;
    SubmissionState submission_state = SubmissionState::seen;
    RecordPlace place;
  };
  Result<Target> find(RecordId record);
  Result<void> check_retry(const Target& target);
  void attach_hash(const Target& target, UtcTime now);
  void add_keys(const KnownDevice& before);
  void reopen(const Target& target, UtcTime not_before);
  Result<Target> find_conflict(RecordId record);
  ConflictParty party_of(const KnownDevice& held, const Relative& relative);
  void settle_conflict(const Target& target, Verdict verdict, UtcTime now);
  void say(const Target& target, std::string_view code, const std::string& message,
           std::string_view fix);
  Result<void> send_conflict(const Target& target, const std::string& words, UtcTime now);
  void retire_contradicted(const Target& target, const std::vector<Relative>& relatives,
                           UtcTime now);
  void leave_queue(const Target& target);
  void queue(const Target& target, UtcTime not_before);
  void write_audit(const Actor& actor, std::string_view verb, std::string_view target,
                   std::string_view detail, UtcTime now);

  Connection& db_;
  DeviceSources from_;
  ReceiptStore receipts_;
};

// As it is stored and shown: of a bounded length, without control characters.
Actor readable(const Actor& actor);

// The records with this serial number, rows that were answered by pointing to one included, in
// ascending order.
std::vector<RecordId> records_with_serial(const DeviceSources& from, std::string_view serial);

}  // namespace devicebatch::ledger
