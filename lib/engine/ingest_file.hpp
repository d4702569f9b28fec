// engine/ingest_file.hpp - one claimed file into the ledger.
//
// Purpose:   bytes, digest, records, commit: the step from `claimed` to `pending`.
// Threading: plain blocking code for a worker thread; reading, hashing and committing overlap.
// Errors:    Errc of the file system or the ledger: the submission stays where it is and is
// resumed. Source:    docs/architecture.md, "Life of a record".
#pragma once

#include "base/clock.hpp"
#include "engine/completion.hpp"
#include "format/submission_reader.hpp"
#include "record/row_checker.hpp"
#include "spool/drop_folder.hpp"

#include <memory>

namespace devicebatch::engine {

// An open file as the readers of lib/format want it.
class HandleSource final : public format::ByteSource {
 public:
  explicit HandleSource(const spool::FileHandle& handle) : handle_(handle) {}
  Result<std::size_t> read(std::span<char> into) override { return handle_.read(into); }

 private:
  const spool::FileHandle& handle_;
};

class FileIngest {
 public:
  FileIngest(ledger::JobQueue& ledger, const Clock& clock, record::CheckOptions check,
             format::ReadOptions read = {})
      : ledger_(ledger), clock_(clock), checker_(std::move(check)), options_(std::move(read)) {}

  // Reads the file on the calling thread and leaves its last step to `completions`: a small file
  // waits there for company. `done` is called on the ledger thread, or on the calling thread when
  // the file could not even be read.
  void ingest(const spool::DropFolder& folder, const ClaimedFile& file, Completions& completions,
              const Completion::Done& done) const;

 private:
  struct Reading;
  Result<Completion> read_small(Reading& reading) const;
  Result<Completion> read_large(Reading& reading) const;
  Result<std::optional<SubmissionId>> find_repeat(Reading& reading) const;
  Result<format::FileReport> store_rows(Reading& reading) const;
  format::ReadOptions options_for(const ClaimedFile& file) const;

  ledger::JobQueue& ledger_;
  const Clock& clock_;
  record::RowChecker checker_;
  format::ReadOptions options_;
};

}  // namespace devicebatch::engine
