// ledger/store/receipt_store.hpp - the receipt verbs on SQLite.
#pragma once

#include "ledger/receipt_verbs.hpp"
#include "ledger/sqlite/connection.hpp"
#include "ledger/store/record_row.hpp"

namespace devicebatch::ledger {

class ReceiptStore final : public ReceiptVerbs {
 public:
  explicit ReceiptStore(Connection& db) : db_(db) {}

  Result<SubmissionSummary> summary(SubmissionId submission) override;
  Result<std::optional<SubmissionSummary>> find_submission(const Uuid& uuid) override;
  Result<std::vector<SubmissionId>> settled_submissions(std::size_t at_most) override;
  Result<std::vector<ResultRow>> results(SubmissionId submission, std::uint64_t after_line,
                                         std::size_t at_most) override;
  Result<std::vector<ResultRow>> refused_rows(SubmissionId submission,
                                              std::size_t at_most) override;
  Result<void> finish(SubmissionId submission, std::string_view archived_as, UtcTime now) override;
  Result<std::vector<ReplyDue>> unsent_replies(std::size_t at_most) override;
  Result<void> reply_sent(std::span<const SubmissionId> submissions, UtcTime now) override;

 private:
  struct Range {
    SubmissionId owner;
    std::int64_t first = 0;
    std::int64_t last = 0;
    std::string batch;
    bool has_routes = false;
  };
  Result<Range> range_of(SubmissionId submission);
  ResultRow row_of(const Range& range, const RecordRow& record);
  std::int64_t first_behind(const Range& range, std::uint64_t line);

  Connection& db_;
};

// Code, message and fix of a record, by its outcome, its findings, or the refusal of its file.
ResultRow result_of(Connection& db, const RecordRow& record);

}  // namespace devicebatch::ledger
