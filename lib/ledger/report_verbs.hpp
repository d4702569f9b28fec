// ledger/report_verbs.hpp - what an operator asks.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "ledger/delivery_verbs.hpp"
#include "ledger/receipt_verbs.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace devicebatch::ledger {

struct Totals {
  std::uint64_t records_in = 0;
  VerdictCounts verdicts{};                    // of all records
  std::array<std::uint64_t, 5> submissions{};  // by SubmissionState
  std::array<std::uint64_t, 5> chunks{};       // by ChunkState
};

struct DestinationReport {
  DestinationRow destination;
  std::uint64_t waiting = 0;              // records without a chunk
  std::array<std::uint64_t, 4> chunks{};  // open ones by ChunkState
  std::optional<UtcTime> next_attempt;
  std::optional<UtcTime> next_poll;
  std::string last_error;
};

struct StatusReport {
  Totals totals;
  std::vector<DestinationReport> destinations;
  std::vector<AccountRow> accounts;  // those somebody wrote about
  std::uint64_t held = 0;            // records that wait for a person
  std::uint64_t dead_letters = 0;    // failed records, cancelled ones left out
  std::optional<UtcTime> oldest_unconfirmed;
  // Submissions that are not finished, by age: under 1 min, 5 min, 30 min, 2 h, 1 d, older.
  std::array<std::array<std::uint64_t, 6>, 4> ages{};  // [state before finished][age]
  std::optional<UtcTime> oldest_open;
  std::string oldest_open_name;
  std::uint64_t stalled_jobs = 0;
  std::uint64_t unconfirmed_chunks = 0;
};

struct Verification {
  bool is_sound = false;
  std::vector<std::string> lines;  // one a check: "integrity_check: ok", "balance: 612 rows = ..."
};

// One device or row's story, oldest first.
struct StoryEvent {
  UtcTime at{};
  std::string what;  // one line: "line 4 of A.csv was stored as record 17"
};
struct RecordStory {
  RecordId record;
  std::string serial, pkid, manufacturer, model, group_tag;
  Verdict verdict = Verdict::none;
  std::string code, message, fix;
  SubmissionSummary submission;
  std::uint64_t line = 0;
  std::optional<ChunkRow> chunk;
  std::vector<StoryEvent> events;
};

struct Story {
  std::string asked;     // what was asked for
  std::string found_as;  // "serial", "PKID", "hash", "file", "chunk", "tracking id", ...
  std::vector<RecordStory> records;            // at most 50
  std::vector<SubmissionSummary> submissions;  // when asked for a file or a submission id
  std::vector<ChunkRow> chunks;                // when asked for a chunk, request or tracking id
  bool is_cut = false;                         // there was more
};

class ReportVerbs {
 public:
  virtual ~ReportVerbs() = default;

  virtual Result<Totals> totals() = 0;  // kept as counters: cheap at any size
  virtual Result<StatusReport> status(UtcTime now) = 0;
  // integrity_check of the file, and the balance of promise I1 counted row by row against the
  // counters and per submission. Reads everything.
  virtual Result<Verification> verify() = 0;
  // A serial, PKID, whole hardware hash, file name, submission id, "chunk:N", request or tracking
  // id.
  virtual Result<Story> explain(std::string_view query) = 0;
};

}  // namespace devicebatch::ledger
