// ledger/intake_verbs.hpp - from a file that was seen to records that may be delivered.
//
// States:    seen -> claimed -> ingesting -> pending -> finished (docs/architecture.md). The rows
//            of a submission before `pending` are invisible to delivery.
#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/sha256.hpp"
#include "base/uuid.hpp"
#include "record/record_batch.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace devicebatch::ledger {

// The numbers are stored and never change.
enum class SubmissionState { seen = 0, claimed = 1, ingesting = 2, pending = 3, finished = 4 };
std::string_view to_string(SubmissionState state);

struct SeenFile {
  Uuid uuid;
  std::string source;
  DestinationId destination;
  std::string name;        // bytes as on disk
  std::string claim_name;  // its name below .claimed/
  std::uint64_t bytes = 0;
  // Of a message; its receipt is published to `reply_to` (ReceiptVerbs::unsent_replies).
  std::optional<std::string> reply_to;
  std::optional<std::string> correlation_id;
  std::optional<std::string> message_id;
};

struct IntakeRow {
  SubmissionId id;
  Uuid uuid;
  SubmissionState state = SubmissionState::seen;
  std::string source;
  DestinationId destination;
  std::string name;
  std::string claim_name;
  std::uint64_t last_line = 0;  // the last physical line whose row is stored
};

// An earlier submission of the same bytes to the same destination.
struct KnownFile {
  SubmissionId id;
  Uuid uuid;
  std::string name;
  UtcTime finished_at;
};

struct AppendCounts {
  std::uint64_t pending = 0;
  std::uint64_t rejected = 0;
  std::uint64_t duplicate = 0;
  std::uint64_t superseded = 0;
  std::uint64_t conflict = 0;
};

struct IntakeSummary {
  Digest sha256{};
  std::uint64_t fingerprint = 0;  // of size, head and tail: finds candidates for `sha256` quickly
  std::string encoding;
  std::string dialect;
  std::vector<record::Finding> warnings;  // about the file as a whole
  bool holds_secret = false;              // it must not be kept as it came
};

class IntakeVerbs {
 public:
  virtual ~IntakeVerbs() = default;

  // Finds or makes the row of a destination; the batch is compared without case.
  virtual Result<DestinationId> ensure_destination(const Uuid& customer, std::string_view batch,
                                                   std::string_view account) = 0;

  // Before the rename that claims it: a crash in between is seen by the name that is missing.
  virtual Result<std::vector<SubmissionId>> record_seen(std::span<const SeenFile> files,
                                                        UtcTime now) = 0;
  virtual Result<void> record_claimed(std::span<const SubmissionId> submissions, UtcTime now) = 0;
  // The latest submission of a source that came as a message with this id: a redelivery.
  virtual Result<std::optional<SubmissionId>> find_message(std::string_view source,
                                                           std::string_view message_id) = 0;
  // The claim did not happen; the row goes away.
  virtual Result<void> withdraw(SubmissionId submission) = 0;
  // A manifest or the file's name chose another destination than that of its source; before its
  // first row is stored.
  virtual Result<void> redirect(SubmissionId submission, DestinationId destination) = 0;

  // Has any file with this fingerprint been taken for this destination? Cheap; a maybe.
  virtual Result<bool> may_know_file(DestinationId destination, std::uint64_t fingerprint) = 0;
  // Exactly these bytes, taken completely and finished.
  virtual Result<std::optional<KnownFile>> find_finished_file(DestinationId destination,
                                                              const Digest& sha256) = 0;

  // Stores the rows of one batch: deduplicates each against the ledger and against the rows before
  // it, gives each its record. Identity key and record are one transaction (promise I10).
  virtual Result<AppendCounts> append(SubmissionId submission, const record::RecordBatch& batch,
                                      UtcTime now) = 0;
  // The last row is in: the submission becomes pending and its records may be delivered.
  virtual Result<void> complete(SubmissionId submission, const IntakeSummary& summary,
                                UtcTime now) = 0;
  // The file as a whole cannot be taken. Rows stored so far become rejected with the same finding,
  // except those that another file was told to be duplicates of: they are delivered.
  virtual Result<void> refuse(SubmissionId submission, const IntakeSummary& summary,
                              const record::Finding& why, UtcTime now) = 0;
  // The same file again: the submission owns no records, its receipt is that of `first`.
  virtual Result<void> repeat_of(SubmissionId submission, const IntakeSummary& summary,
                                 SubmissionId first, UtcTime now) = 0;

  // What a start has to pick up: every submission before `pending`.
  virtual Result<std::vector<IntakeRow>> unfinished_intake() = 0;
};

}  // namespace devicebatch::ledger
