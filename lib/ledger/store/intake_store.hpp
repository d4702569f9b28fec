// ledger/store/intake_store.hpp - the intake verbs on SQLite.
#pragma once

#include "ledger/identity/spelling_book.hpp"
#include "ledger/index/identity_index.hpp"
#include "ledger/intake_verbs.hpp"
#include "ledger/sqlite/connection.hpp"
#include "ledger/store/pack_store.hpp"

namespace devicebatch::ledger {

class IntakeStore final : public IntakeVerbs {
 public:
  IntakeStore(Connection& db, IdentityIndex& index, PackStore& packs)
      : db_(db), index_(index), packs_(packs), spellings_(db) {}

  // To be called when something was rolled back.
  void forget() { spellings_.forget(); }

  Result<DestinationId> ensure_destination(const Uuid& customer, std::string_view batch,
                                           std::string_view account) override;
  Result<std::vector<SubmissionId>> record_seen(std::span<const SeenFile> files,
                                                UtcTime now) override;
  Result<void> record_claimed(std::span<const SubmissionId> submissions, UtcTime now) override;
  Result<std::optional<SubmissionId>> find_message(std::string_view source,
                                                   std::string_view message_id) override;
  Result<void> withdraw(SubmissionId submission) override;
  Result<void> redirect(SubmissionId submission, DestinationId destination) override;
  Result<bool> may_know_file(DestinationId destination, std::uint64_t fingerprint) override;
  Result<std::optional<KnownFile>> find_finished_file(DestinationId destination,
                                                      const Digest& sha256) override;
  Result<AppendCounts> append(SubmissionId submission, const record::RecordBatch& batch,
                              UtcTime now) override;
  Result<void> complete(SubmissionId submission, const IntakeSummary& summary,
                        UtcTime now) override;
  Result<void> refuse(SubmissionId submission, const IntakeSummary& summary,
                      const record::Finding& why, UtcTime now) override;
  Result<void> repeat_of(SubmissionId submission, const IntakeSummary& summary, SubmissionId first,
                         UtcTime now) override;
  Result<std::vector<IntakeRow>> unfinished_intake() override;

 private:
  // Its state, when rows and a summary may still be added.
  Result<SubmissionState> taking_in(SubmissionId submission);
  void send_routed(SubmissionId submission, UtcTime now);
  void accept(SubmissionId submission, SubmissionState from, const IntakeSummary& summary,
              UtcTime now);

  Connection& db_;
  IdentityIndex& index_;
  PackStore& packs_;
  SpellingBook spellings_;
};

}  // namespace devicebatch::ledger
