// engine/take_files.hpp - from files that are ready to acknowledged submissions.
//
// Purpose:   the crash protocol of intake, for many files at once: commit `seen`, rename, read,
//            commit `pending`, acknowledge. Each step is shared by all files of the call.
// Threading: plain blocking code for a worker thread.
// Source:    docs/architecture.md, "If we die here".
#pragma once

#include "engine/ingest_file.hpp"
#include "engine/source.hpp"

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace devicebatch::engine {

struct TakeResult {
  std::size_t accepted = 0;     // submissions that are pending now
  std::size_t not_claimed = 0;  // gone, changed or held: the folder will offer them again
  std::size_t interrupted = 0;  // claimed, but not stored: to be resumed
  std::optional<Error> last_error;
  std::vector<Acceptance> acceptances;  // of the accepted
  std::vector<spool::Sighting> claimed;
  // Not claimed, and why; only what is still there.
  struct Refused {
    spool::Sighting file;
    Error why;
  };
  std::vector<Refused> refused;
};

struct Arrival {
  Uuid uuid;
  std::string name;
  std::string claim_name;
  std::uint64_t bytes = 0;
  // Of a message.
  std::optional<std::string> reply_to;
  std::optional<std::string> correlation_id;
  std::optional<std::string> message_id;
};

// Gives files that are written, and unknown to the ledger until now, their names in .claimed/: what
// became of each, in their order. Its bytes are durable before a file has its name.
using Appear = std::function<std::vector<Result<void>>()>;

class FileTaker {
 public:
  FileTaker(Context& context, const Source& source) : context_(context), source_(source) {}

  TakeResult take(std::span<const spool::Sighting> files) const;

  // Picks up what a stop or a fault left between `seen` and `pending`.
  TakeResult resume() const;

  // Gives files back to the drop folder that are claimed for nobody: the ledger has no submission
  // for them, be it an older one.
  void return_strays(TakeResult& result) const;

  // A file that `submit` handed over: commit `seen`, let the claim appear, then as any other.
  Result<void> accept(const Arrival& arrival, spool::DropFolder::Inbound& inbound) const;
  // Many of them with the commits of one. What is not accepted may be there all the same: resume().
  TakeResult accept_all(std::span<const Arrival> files, const Appear& appear) const;

 private:
  struct Claim;
  Result<std::vector<SubmissionId>> record_seen(std::span<const ledger::SeenFile> seen) const;
  Result<std::vector<Claim>> prepare_claims(std::span<const spool::Sighting> files) const;
  void claim_all(std::vector<Claim>& claims, TakeResult& result) const;
  void ingest_all(std::span<const ClaimedFile> files, TakeResult& result) const;
  // What was found out about a claimed file before it is read.
  struct Opinion {
    std::optional<record::Finding> objection;  // it must not be read
    DestinationId destination{};               // that was chosen for it
    std::optional<std::uint64_t> rows;         // that it should have
  };
  Result<Opinion> opinion(const ClaimedFile& file) const;
  // `asked` is the destination that the manifest names.
  Result<Opinion> opinion_of_manifest(const ClaimedFile& file, std::uint64_t bytes,
                                      std::string& asked) const;
  void choose_destination(const ClaimedFile& file, std::string_view asked, Opinion& opinion) const;
  Result<void> redirect(std::span<const ClaimedFile> files) const;
  // Reads what may be read, refuses the rest.
  void settle_all(std::span<const ClaimedFile> files, TakeResult& result) const;
  void refuse_all(std::span<const std::pair<ClaimedFile, record::Finding>> files,
                  TakeResult& result) const;
  Result<void> withdraw(const ledger::IntakeRow& row) const;
  void acknowledge(std::span<const Acceptance> accepted, TakeResult& result) const;
  Result<void> refuse_lost(SubmissionId submission) const;

  Context& context_;
  const Source& source_;
};

}  // namespace devicebatch::engine
