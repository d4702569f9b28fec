// engine/ingest_file.hpp - one claimed file into the ledger.
//
// Purpose:   bytes, digest, records, commit: the step from `claimed` to `pending`.
// Threading: plain blocking code for a worker thread; reading, hashing and committing overlap.
// Errors:    Errc of the file system or the ledger: the submission stays where it is and is
// resumed. Source:    docs/architecture.md, "Life of a record".
#pragma once

#include "base/clock.hpp"
#include "engine/file_digest.hpp"
#include "format/submission_reader.hpp"
#include "ledger/ledger_thread.hpp"
#include "record/row_checker.hpp"
#include "spool/drop_folder.hpp"

#include <functional>
#include <memory>

namespace devicebatch::engine {

struct ClaimedFile {
  SubmissionId submission;
  DestinationId destination;
  std::string claim_name;
  std::uint64_t last_line = 0;  // rows up to here are stored already
};

// What an acknowledgement says, read in the transaction that accepted the submission.
struct Acceptance {
  ledger::SubmissionSummary summary;
  std::vector<ledger::ResultRow> refused_rows;
};

// Inside a transaction of the ledger thread.
Result<Acceptance> read_acceptance(ledger::Ledger& ledger, SubmissionId submission);

class FileIngest {
 public:
  // Called on the ledger thread once the submission is durably pending, or with the reason why not;
  // on the calling thread when the file could not even be read.
  using Done = std::function<void(Result<Acceptance>)>;

  FileIngest(ledger::LedgerThread& ledger, const Clock& clock, record::CheckOptions options)
      : ledger_(ledger), clock_(clock), checker_(std::move(options)) {}

  // Reads the file on the calling thread. `done` may come later: a small file does not wait for its
  // commit, so that many share one.
  void ingest(const spool::DropFolder& folder, const ClaimedFile& file, const Done& done) const;

 private:
  struct Reading;
  Result<void> ingest_small(Reading& reading, const Done& done) const;
  Result<void> ingest_large(Reading& reading, const Done& done) const;
  Result<std::optional<SubmissionId>> find_repeat(Reading& reading) const;
  Result<format::FileReport> store_rows(Reading& reading) const;

  ledger::LedgerThread& ledger_;
  const Clock& clock_;
  record::RowChecker checker_;
};

}  // namespace devicebatch::engine
