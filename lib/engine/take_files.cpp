#include "engine/take_files.hpp"

#include "base/text.hpp"
#include "flow/intake_flow.hpp"
#include "record/finding_codes.hpp"
#include "record/product_key.hpp"
#include "spool/names.hpp"

#include <latch>
#include <mutex>

namespace devicebatch::engine {

struct FileTaker::Claim {
  ledger::SeenFile seen;
  spool::Sighting file;
  SubmissionId submission;
  bool is_claimed = false;
  bool is_foreign_link = false;
};

namespace {

// The answers of a group of files: filled by the ledger thread, read after the last one.
class Answers {
 public:
  explicit Answers(std::size_t expected) : left_(static_cast<std::ptrdiff_t>(expected)) {
    answers_.reserve(expected);
  }

  void add(Result<Acceptance> answer) {
    {
      const std::lock_guard lock(mutex_);
      answers_.push_back(std::move(answer));
    }
    left_.count_down();
  }

  std::vector<Result<Acceptance>> wait() {
    left_.wait();
    const std::lock_guard lock(mutex_);
    return std::move(answers_);
  }

 private:
  std::latch left_;
  std::mutex mutex_;
  std::vector<Result<Acceptance>> answers_;
};

}  // namespace

Result<std::vector<SubmissionId>> FileTaker::record_seen(
    std::span<const ledger::SeenFile> seen) const {
  const UtcTime now = context_.clock.now_utc();
  std::vector<SubmissionId> ids;
  Result<void> stored = context_.ledger_queue.run([&](ledger::Ledger& ledger) -> Result<void> {
    Result<std::vector<SubmissionId>> given = ledger.intake().record_seen(seen, now);
    if (!given) return fail(std::move(given.error()));
    ids = std::move(*given);
    return {};
  });
  if (!stored) return fail(std::move(stored), "remember the files seen");
  return ids;
}

Result<std::vector<FileTaker::Claim>> FileTaker::prepare_claims(
    std::span<const spool::Sighting> files) const {
  const UtcTime now = context_.clock.now_utc();
  SystemRandom random;
  std::vector<Claim> claims;
  std::vector<ledger::SeenFile> seen;
  for (const spool::Sighting& file : files) {
    Claim claim;
    claim.seen.uuid = Uuid::time_ordered(now, random);
    claim.seen.source = source_.config.name;
    claim.seen.destination = source_.destination.id;
    claim.seen.name = record::without_product_keys(file.name);
    claim.seen.claim_name = spool::claim_name_for(claim.seen.uuid.to_string(), claim.seen.name);
    claim.seen.bytes = file.state.bytes;
    claim.file = file;
    seen.push_back(claim.seen);
    claims.push_back(std::move(claim));
  }
  Result<std::vector<SubmissionId>> ids = record_seen(seen);
  if (!ids) return fail(std::move(ids.error()));
  for (std::size_t at = 0; at < claims.size(); ++at) claims[at].submission = (*ids)[at];
  return claims;
}

Result<void> FileTaker::accept(const Arrival& arrival, spool::DropFolder::Inbound& inbound) const {
  const Appear appear = [&inbound] { return std::vector<Result<void>>{inbound.commit()}; };
  TakeResult result = accept_all({&arrival, 1}, appear);
  if (result.accepted == 0 && result.last_error) return fail(std::move(*result.last_error));
  return {};
}

TakeResult FileTaker::accept_all(std::span<const Arrival> files, const Appear& appear) const {
  TakeResult result;
  std::vector<ledger::SeenFile> seen;
  for (const Arrival& arrival : files) {
    seen.push_back({arrival.uuid, source_.config.name, source_.destination.id, arrival.name,
                    arrival.claim_name, arrival.bytes, arrival.reply_to, arrival.correlation_id,
                    arrival.message_id});
  }
  Result<std::vector<SubmissionId>> ids = record_seen(seen);
  if (!ids) {
    result.last_error = std::move(ids.error());
    return result;
  }
  std::vector<ClaimedFile> claimed;
  std::vector<Result<void>> appeared = appear();
  for (std::size_t at = 0; at < files.size(); ++at) {
    if (appeared[at]) {
      claimed.push_back({(*ids)[at], seen[at].destination, seen[at].claim_name, 0, seen[at].name});
    } else {
      ++result.not_claimed;
      result.last_error = std::move(appeared[at].error());
    }
  }
  if (source_.config.file_name.empty()) {
    ingest_all(claimed, result);
  } else {
    settle_all(claimed, result);
  }
  return result;
}

void FileTaker::claim_all(std::vector<Claim>& claims, TakeResult& result) const {
  std::vector<SubmissionId> claimed;
  std::vector<SubmissionId> withdrawn;
  std::unique_lock turn(source_.turns->claiming);
  for (Claim& claim : claims) {
    auto renamed = source_.folder->claim(claim.file, claim.seen.claim_name);
    claim.is_claimed = renamed.has_value();
    (claim.is_claimed ? claimed : withdrawn).push_back(claim.submission);
    if (renamed) {
      claim.is_foreign_link = renamed->is_foreign_link;
      result.claimed.push_back(claim.file);
      continue;
    }
    log(context_.log, LogLevel::debug, "file.not_claimed", renamed.error().message(),
        {{"source", source_.config.name}, {"file", printable(claim.seen.name)}});
    result.refused.push_back({claim.file, std::move(renamed.error())});
  }
  turn.unlock();
  Result<void> synced = source_.folder->sync_claims();
  if (!synced) result.last_error = std::move(synced.error());
  const UtcTime now = context_.clock.now_utc();
  Result<void> stored = context_.ledger_queue.run([&](ledger::Ledger& ledger) -> Result<void> {
    for (const SubmissionId submission : withdrawn) {
      Result<void> gone = ledger.intake().withdraw(submission);
      if (!gone) return gone;
    }
    return ledger.intake().record_claimed(claimed, now);
  });
  // Not fatal: the folder tells the next start or resume() which renames happened.
  if (!stored) result.last_error = std::move(stored.error());
  result.not_claimed += withdrawn.size();
}

void FileTaker::ingest_all(std::span<const ClaimedFile> files, TakeResult& result) const {
  if (files.empty()) return;
  const UtcTime now = context_.clock.now_utc();
  std::map<DestinationId, FileIngest> readers;
  const auto reader_of = [&](DestinationId id) -> const FileIngest& {
    auto at = readers.find(id);
    if (at != readers.end()) return at->second;
    record::CheckOptions check =
        check_options(source_.config, source_.target(id).batch, context_.ledger_queue.key_seed(),
                      now, source_.group_tags);
    return readers
        .try_emplace(id, context_.ledger_queue, context_.clock, std::move(check),
                     read_options(source_.config))
        .first->second;
  };
  auto answers = std::make_shared<Answers>(files.size());
  Completions completions(context_.ledger_queue);
  for (const ClaimedFile& file : files) {
    reader_of(file.destination)
        .ingest(*source_.folder, file, completions,
                [answers](Result<Acceptance> answer) { answers->add(std::move(answer)); });
  }
  completions.finish();
  std::vector<Acceptance> accepted;
  for (Result<Acceptance>& answer : answers->wait()) {
    if (answer) {
      accepted.push_back(std::move(*answer));
    } else {
      ++result.interrupted;
      result.last_error = std::move(answer.error());
    }
  }
  acknowledge(accepted, result);
  result.accepted += accepted.size();
  result.acceptances = std::move(accepted);
}

void FileTaker::acknowledge(std::span<const Acceptance> accepted, TakeResult& result) const {
  std::vector<spool::NamedText> acks;
  acks.reserve(accepted.size());
  for (const Acceptance& acceptance : accepted) {
    acks.push_back({ack_name(acceptance.summary),
                    acknowledgement(acceptance, source_.place_of(acceptance.summary.destination))});
  }
  std::unique_lock turn(source_.turns->acknowledging);
  Result<void> written = source_.folder->write_acks(acks);
  turn.unlock();
  // The submission is accepted all the same; its result will say so.
  if (!written) result.last_error = std::move(written.error());
  for (const Acceptance& acceptance : accepted) {
    const ledger::SubmissionSummary& summary = acceptance.summary;
    const bool is_clean = acceptance.refused_rows.empty() && summary.refusal_code.empty();
    log(context_.log, is_clean ? LogLevel::info : LogLevel::warning, "submission.accepted",
        summary.refusal_reason,
        {{"submission_id", summary.uuid.to_string()},
         {"source", summary.source},
         {"file", printable(summary.name)},
         {"rows", summary.records},
         {"pending", summary.verdicts[static_cast<std::size_t>(Verdict::none)]},
         {"rejected", summary.verdicts[static_cast<std::size_t>(Verdict::rejected)]},
         {"duplicate", summary.verdicts[static_cast<std::size_t>(Verdict::duplicate)]},
         {"repeats", summary.repeats ? summary.repeats_uuid.to_string() : std::string()},
         {"error_code", summary.refusal_code}});
    for (const std::string& warning : summary.warnings) {
      log(context_.log, LogLevel::warning, "submission.warning", warning,
          {{"submission_id", summary.uuid.to_string()},
           {"source", summary.source},
           {"file", printable(summary.name)}});
    }
  }
}

TakeResult FileTaker::take(std::span<const spool::Sighting> files) const {
  TakeResult result;
  Result<std::vector<Claim>> claims = prepare_claims(files);
  if (!claims) {
    result.last_error = std::move(claims.error());
    return result;
  }
  claim_all(*claims, result);
  std::vector<ClaimedFile> claimed;
  bool needs_opinion = source_.folder->options().has_markers || !source_.config.file_name.empty();
  for (const Claim& claim : *claims) {
    if (!claim.is_claimed) continue;
    needs_opinion = needs_opinion || claim.is_foreign_link;
    claimed.push_back(
        {claim.submission, claim.seen.destination, claim.seen.claim_name, 0, claim.seen.name});
  }
  if (needs_opinion) {
    settle_all(claimed, result);
  } else {
    ingest_all(claimed, result);
  }
  return result;
}

Result<void> FileTaker::refuse_lost(SubmissionId submission) const {
  const UtcTime now = context_.clock.now_utc();
  const record::Finding finding = record::make_finding(record::Code::file_lost);
  return context_.ledger_queue.run([&](ledger::Ledger& ledger) {
    return ledger.intake().refuse(submission, ledger::IntakeSummary(), finding, now);
  });
}

// The claim did not happen. Its markers may have: they go first.
Result<void> FileTaker::withdraw(const ledger::IntakeRow& row) const {
  if (source_.folder->options().has_markers) {
    Result<void> released = source_.folder->release_markers(row.claim_name, row.name);
    if (!released) return released;
  }
  return context_.ledger_queue.run(
      [&](ledger::Ledger& ledger) { return ledger.intake().withdraw(row.id); });
}

TakeResult FileTaker::resume() const {
  TakeResult result;
  std::vector<ledger::IntakeRow> rows;
  Result<void> read = context_.ledger_queue.run([&](ledger::Ledger& ledger) -> Result<void> {
    Result<std::vector<ledger::IntakeRow>> unfinished = ledger.intake().unfinished_intake();
    if (!unfinished) return fail(std::move(unfinished.error()));
    rows = std::move(*unfinished);
    return {};
  });
  if (!read) {
    result.last_error = std::move(read.error());
    return result;
  }
  std::vector<ClaimedFile> claimed;
  for (const ledger::IntakeRow& row : rows) {
    if (row.source != source_.config.name) continue;
    const bool was_claimed = row.state != ledger::SubmissionState::seen;
    const bool is_there = source_.folder->is_claimed(row.claim_name);
    Result<void> handled;
    switch (flow::recover_submission(was_claimed, is_there)) {
      case flow::Recovery::ingest:
        claimed.push_back({row.id, row.destination, row.claim_name, row.last_line, row.name});
        break;
      case flow::Recovery::withdraw:
        handled = withdraw(row);
        break;
      case flow::Recovery::lost:
        handled = refuse_lost(row.id);
        break;
    }
    if (!handled) result.last_error = std::move(handled.error());
  }
  if (!claimed.empty()) {
    log(context_.log, LogLevel::info, "intake.resumed", "",
        {{"source", source_.config.name}, {"files", claimed.size()}});
  }
  settle_all(claimed, result);
  return result;
}

}  // namespace devicebatch::engine
