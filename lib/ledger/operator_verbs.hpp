// ledger/operator_verbs.hpp - what an operator lists and changes, and who did it.
//
// Purpose:   listings by page, and changes of single records and chunks. Every change goes with an
//            audit entry in the same transaction.
// Errors:    Errc::not_found - no such row; Errc::rejected - not possible in its present stage,
//            with the reason as message. Both leave everything as it was.
// Source:    docs/operations.md, "Operator's verbs".
#pragma once

#include "ledger/delivery_verbs.hpp"
#include "ledger/intake_verbs.hpp"
#include "ledger/receipt_verbs.hpp"

#include <optional>
#include <string>
#include <vector>

namespace devicebatch::ledger {

// Where a record is on its way.
enum class RecordStage {
  arriving,     // its submission is not complete
  waiting,      // for its first chunk, or for another one
  held,         // until somebody releases it
  planned,      // in a chunk that is ready to go
  sending,      // in a POST
  unconfirmed,  // in a chunk whose fate is unknown
  submitted,    // in a job
  finished,     // it has its verdict
};
std::string_view to_string(RecordStage stage);

// All conditions that are set must hold.
struct RecordFilter {
  std::optional<DestinationId> destination;
  std::optional<SubmissionId> submission;
  std::optional<ChunkId> chunk;
  std::optional<Verdict> verdict;
  std::optional<RecordStage> stage;
  std::string code;             // of the outcome or the hold; "device.*" for all that begin so
  std::string serial;           // exactly
  bool is_dead_letter = false;  // failed, and not cancelled by a person
};

struct RecordLine {
  RecordId record;
  DestinationId destination;
  Uuid submission;
  std::string file;
  std::uint64_t line = 0;
  std::string serial, pkid, manufacturer, model;
  Verdict verdict = Verdict::none;
  RecordStage stage = RecordStage::waiting;
  std::string code, message, fix;
  std::optional<ChunkId> chunk;
  RecordId first_record;  // who had the device first, or who took its place
  std::string device_id;
  UtcTime not_before{};   // of a waiting one that is not due
  UtcTime finished_at{};  // 0 while it has no verdict
};

// Rows after a place, oldest first; `next` is the place to go on from, nothing at the end. A page
// may be shorter than asked for, even empty, before the end: it bounds the work, not the rows.
template <class Row, class Place>
struct Page {
  std::vector<Row> rows;
  std::optional<Place> next;
};

struct SubmissionFilter {
  std::optional<SubmissionState> state;
  std::optional<DestinationId> destination;
  std::string source;
  bool is_open = false;  // any state before finished
};
struct ChunkFilter {
  std::optional<ChunkState> state;
  std::optional<DestinationId> destination;
  bool is_stalled = false;
  bool is_open = false;  // any state before settled
};

// One fact of two records of a conflict; empty where a record does not tell.
struct FactPair {
  std::string name;   // "serial", "tpm", ...
  std::string here;   // of the record that is held
  std::string there;  // of the other one
};
// A record that a held one contradicts, or repeats.
struct ConflictParty {
  RecordLine record;
  std::string code;  // what is between them, as of now: "conflict.board_reused", ...
  std::vector<FactPair> agrees;
  std::vector<FactPair> differs;
};
struct ConflictCase {
  RecordLine record;
  std::vector<ConflictParty> others;  // the one it was held for in front
};

// How a person settles a conflict.
enum class Resolution {
  keep,  // the earlier record stands: superseded, or duplicate for a repetition of a held one
  send,  // it is delivered, too; records that contradict it no longer stand for the device
  drop,  // it is wrong: rejected
};
std::string_view to_string(Resolution resolution);
std::optional<Resolution> parse_resolution(std::string_view word);

struct Actor {
  std::string who;  // user name and id of the caller
  std::string why;
};
struct AuditEntry {
  std::int64_t id = 0;
  UtcTime at{};
  Actor actor;
  std::string verb;    // "retry", "hold", "pause", ...
  std::string target;  // "record:17", "chunk:3", "destination:fabrikam", ...
  std::string detail;  // what it was before, or what changed
};

class OperatorVerbs {
 public:
  virtual ~OperatorVerbs() = default;

  virtual Result<Page<RecordLine, RecordId>> records(const RecordFilter& filter, RecordId after,
                                                     std::size_t at_most) = 0;
  virtual Result<Page<SubmissionSummary, SubmissionId>> submissions(const SubmissionFilter& filter,
                                                                    SubmissionId after,
                                                                    std::size_t at_most) = 0;
  virtual Result<Page<ChunkRow, ChunkId>> chunks(const ChunkFilter& filter, ChunkId after,
                                                 std::size_t at_most) = 0;
  virtual Result<RecordLine> record(RecordId record) = 0;
  // By its serial number within a destination, latest first, at most ten.
  virtual Result<std::vector<RecordLine>> records_by_serial(std::string_view serial) = 0;

  // A failed record gets no verdict again and waits for a chunk from `not_before`; its submission
  // is open again and gets its result anew. A waiting one is due at once.
  virtual Result<void> retry(RecordId record, UtcTime not_before, const Actor& actor,
                             UtcTime now) = 0;
  // A waiting record stays away from every chunk.
  virtual Result<void> hold(RecordId record, const Actor& actor, UtcTime now) = 0;
  virtual Result<void> release(RecordId record, const Actor& actor, UtcTime now) = 0;
  // A waiting or held record gets the verdict failed, code "operator.cancelled".
  virtual Result<void> cancel(RecordId record, const Actor& actor, UtcTime now) = 0;
  // A record with the verdict conflict, and all that it contradicts today.
  virtual Result<ConflictCase> conflict(RecordId record) = 0;
  // Settles it. When its submission was finished it is open again and gets its result anew.
  virtual Result<void> resolve(RecordId record, Resolution how, const Actor& actor,
                               UtcTime now) = 0;
  // Its next attempt, look or poll is due now.
  virtual Result<void> hurry(ChunkId chunk, const Actor& actor, UtcTime now) = 0;
  // An unconfirmed chunk is looked for in its batch instead of sent again.
  virtual Result<void> look_for(ChunkId chunk, const Actor& actor, UtcTime now) = 0;

  // For changes that have no row of their own here: pauses, calls of the service.
  virtual Result<void> audit(const Actor& actor, std::string_view verb, std::string_view target,
                             std::string_view detail, UtcTime now) = 0;
  // Latest first, below `before` (0: from the end).
  virtual Result<std::vector<AuditEntry>> audit_log(std::int64_t before, std::size_t at_most) = 0;

  // Records of a destination that the service has by our account, for a comparison: registered and
  // already registered ones, by id.
  virtual Result<Page<OpenMember, RecordId>> registered(DestinationId destination, RecordId after,
                                                        std::size_t at_most) = 0;
};

}  // namespace devicebatch::ledger
