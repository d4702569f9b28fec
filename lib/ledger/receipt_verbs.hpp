// ledger/receipt_verbs.hpp - what is written down for the line.
#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/uuid.hpp"
#include "ledger/intake_verbs.hpp"
#include "record/verdict.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace devicebatch::ledger {

// Records by verdict; index Verdict::none counts those without one.
using VerdictCounts = std::array<std::uint64_t, 8>;

struct SubmissionSummary {
  SubmissionId id;
  Uuid uuid;
  SubmissionState state = SubmissionState::seen;
  std::string source;
  DestinationId destination;
  std::string name;
  std::string claim_name;
  std::string sha256;  // hex; empty before it is known
  std::string encoding;
  std::string dialect;
  std::uint64_t bytes = 0;
  std::uint64_t records = 0;
  VerdictCounts verdicts{};
  UtcTime seen_at{};
  UtcTime accepted_at{};  // when its last row was in
  UtcTime finished_at{};
  SubmissionId repeats;  // set: the same file as this finished submission
  Uuid repeats_uuid;
  std::string refusal_code;  // set: the file as a whole was refused
  std::string refusal_reason;
  std::string refusal_fix;
  std::string archived_as;            // "done/NAME" once finished
  std::vector<std::string> warnings;  // about the file as a whole: "code: reason" each
  bool holds_secret = false;          // its file holds a product key
};

struct ResultRow {
  std::uint64_t line = 0;
  std::string serial;
  std::string pkid;
  Verdict verdict = Verdict::none;
  std::string code;
  std::string field;
  std::string message;
  std::string fix;
  std::vector<std::string> warnings;  // "code: reason" each
  std::string batch;
  std::string tracking_id;
  int attempts = 0;
  UtcTime finished_at{};
};

// A finished submission whose sender waits for its receipt.
struct ReplyDue {
  SubmissionId submission;
  Uuid uuid;
  std::string source;
  std::string reply_to;
  std::string correlation_id;  // that of the message, or its id when it had none
};

class ReceiptVerbs {
 public:
  virtual ~ReceiptVerbs() = default;

  virtual Result<SubmissionSummary> summary(SubmissionId submission) = 0;
  virtual Result<std::optional<SubmissionSummary>> find_submission(const Uuid& uuid) = 0;
  // Pending submissions in which every record has its verdict: their results can be written.
  virtual Result<std::vector<SubmissionId>> settled_submissions(std::size_t at_most) = 0;
  // Rows in line order, `at_most` behind `after_line`. Of a repeat: the rows of the first.
  virtual Result<std::vector<ResultRow>> results(SubmissionId submission, std::uint64_t after_line,
                                                 std::size_t at_most) = 0;
  // Rows that did not get through, with their findings, for the acknowledgement: at most `at_most`.
  virtual Result<std::vector<ResultRow>> refused_rows(SubmissionId submission,
                                                      std::size_t at_most) = 0;
  virtual Result<void> finish(SubmissionId submission, std::string_view archived_as,
                              UtcTime now) = 0;

  // Finished submissions with a reply address that were not answered since they finished, oldest
  // first. One that a person opened again is due again when it has its new result.
  virtual Result<std::vector<ReplyDue>> unsent_replies(std::size_t at_most) = 0;
  virtual Result<void> reply_sent(std::span<const SubmissionId> submissions, UtcTime now) = 0;
};

}  // namespace devicebatch::ledger
