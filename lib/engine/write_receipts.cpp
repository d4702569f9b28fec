#include "engine/write_receipts.hpp"

#include "base/hex.hpp"
#include "base/text.hpp"
#include "engine/ingest_file.hpp"
#include "flow/intake_flow.hpp"
#include "format/redaction.hpp"
#include "format/rejects.hpp"
#include "format/submission_reader.hpp"
#include "record/finding_codes.hpp"
#include "spool/names.hpp"

#include <set>

namespace devicebatch::engine {
namespace {

// Rows read from the ledger at once: bounds memory, whatever the submission.
constexpr std::size_t kRowsAtOnce = 1000;

spool::Place place_of(const ledger::SubmissionSummary& summary) {
  switch (flow::ending_of(!summary.refusal_code.empty(), summary.verdicts)) {
    case flow::Ending::done:
      return spool::Place::done;
    case flow::Ending::done_with_issues:
      return spool::Place::done_with_issues;
    case flow::Ending::rejected:
      break;
  }
  return spool::Place::rejected;
}

// Where an earlier end of this submission put its files, if an operator has opened it again since:
// its results are written anew at the place where the line found them.
bool recall_place(const ledger::SubmissionSummary& summary, spool::ToArchive& archive) {
  constexpr spool::Place kPlaces[] = {spool::Place::done, spool::Place::done_with_issues,
                                      spool::Place::rejected};
  for (const spool::Place place : kPlaces) {
    const std::string folder = std::string(spool::folder_name(place)) + "/";
    if (!summary.archived_as.starts_with(folder)) continue;
    archive.place = place;
    archive.archive_name = summary.archived_as.substr(folder.size());
    return true;
  }
  return false;
}

struct Ending {
  ledger::SubmissionSummary summary;
  spool::ToArchive archive;
  bool has_input = true;    // false when the claimed file is lost: only results are left to write
  bool is_to_hide = false;  // the input goes to quarantine, without the product keys in it
  std::string archived_as() const {
    return std::string(spool::folder_name(archive.place)) + "/" + archive.archive_name;
  }
};

Result<std::vector<ledger::ResultRow>> read_rows(Context& context, SubmissionId submission,
                                                 std::uint64_t after_line) {
  std::vector<ledger::ResultRow> rows;
  Result<void> read = context.ledger_queue.run([&](ledger::Ledger& ledger) -> Result<void> {
    auto page = ledger.receipts().results(submission, after_line, kRowsAtOnce);
    if (!page) return fail(std::move(page.error()));
    rows = std::move(*page);
    return {};
  });
  if (!read) return fail(std::move(read.error()));
  return rows;
}

// The first rows of a submission, the one that stands for a refused file in front.
Result<std::vector<ledger::ResultRow>> first_rows(Context& context,
                                                  const ledger::SubmissionSummary& summary) {
  auto rows = read_rows(context, summary.id, 0);
  if (rows && !summary.refusal_code.empty()) {
    rows->insert(rows->begin(), refusal_row(summary));
  }
  return rows;
}

// A submission that fits into one page: both files as texts, written together with others.
void add_texts(const Source& source, const Ending& ending, std::span<const ledger::ResultRow> rows,
               std::vector<spool::NamedText>& texts) {
  const std::string& name = ending.archive.archive_name;
  texts.push_back({spool::receipt_name(name, spool::kResultCsvSuffix),
                   result_csv_header() + result_csv_rows(rows)});
  texts.push_back(
      {spool::receipt_name(name, spool::kResultJsonSuffix),
       result_json_opening(ending.summary, source.place_of(ending.summary.destination)) +
           result_json_rows(rows, true) + result_json_closing()});
}

// A larger one: both files grow side by side, page by page.
Result<void> stream_results(Context& context, const Source& source, const Ending& ending,
                            std::vector<ledger::ResultRow> rows) {
  const std::string& name = ending.archive.archive_name;
  const spool::Place place = ending.archive.place;
  auto csv =
      source.folder->create_result(place, spool::receipt_name(name, spool::kResultCsvSuffix));
  if (!csv) return fail(std::move(csv.error()));
  auto json =
      source.folder->create_result(place, spool::receipt_name(name, spool::kResultJsonSuffix));
  if (!json) return fail(std::move(json.error()));
  Result<void> written = (*csv)->write(result_csv_header());
  if (written)
    written = (*json)->write(
        result_json_opening(ending.summary, source.place_of(ending.summary.destination)));
  for (bool is_first = true; written && !rows.empty(); is_first = false) {
    written = (*csv)->write(result_csv_rows(rows));
    if (written) written = (*json)->write(result_json_rows(rows, is_first));
    auto next = read_rows(context, ending.summary.id, rows.back().line);
    if (!next) return fail(std::move(next.error()));
    rows = std::move(*next);
  }
  if (written) written = (*json)->write(result_json_closing());
  if (written) written = (*csv)->commit();
  if (written) written = (*json)->commit();
  return written;
}

// A writer may have gone on after the claim; what it wrote is in no record.
Result<bool> check_as_taken(const Source& source, const ledger::SubmissionSummary& summary) {
  spool::TakenFile taken{summary.bytes, {}, summary.accepted_at};
  const bool has_digest = from_hex(summary.sha256, taken.sha256);
  if (!has_digest || !source.folder->is_claimed(summary.claim_name)) return true;
  return source.folder->is_as_taken(summary.claim_name, taken);
}

void note_change(ledger::SubmissionSummary& summary) {
  const record::Finding finding = record::make_finding(
      record::Code::file_changed_after_claim, {"its SHA-256 is another one than when it was read"});
  summary.warnings.push_back(std::string(finding.code) + ": " + finding.reason + " " +
                             std::string(finding.fix));
}

Result<Ending> choose_ending(const Source& source, const ledger::SubmissionSummary& summary) {
  Ending ending;
  ending.summary = summary;
  ending.archive.claim_name = summary.claim_name;
  if (recall_place(summary, ending.archive)) {
    ending.has_input = false;
    return ending;
  }
  Result<bool> is_as_taken = check_as_taken(source, summary);
  if (!is_as_taken) return fail(std::move(is_as_taken.error()));
  if (!*is_as_taken) note_change(ending.summary);
  ending.archive.place = place_of(ending.summary);
  if (!*is_as_taken && ending.archive.place == spool::Place::done) {
    ending.archive.place = spool::Place::done_with_issues;
  }
  ending.is_to_hide = summary.holds_secret;
  const std::string tag = spool::archive_tag(summary.uuid.to_string());
  if (ending.is_to_hide) {
    // One name in two folders: in the tag no two submissions are alike.
    ending.archive.archive_name = spool::tagged_name(summary.name, tag);
  } else {
    Result<std::string> name = source.folder->archive_name(ending.archive.place, summary.name, tag);
    if (!name) return fail(std::move(name.error()));
    ending.archive.archive_name = std::move(*name);
  }
  // The acknowledgement goes along, unless a crash came before it was written or a later submission
  // of that name has taken its place: then it is written anew.
  const std::string ack = ack_name(summary);
  const Result<std::string> text = source.folder->read_ack(ack);
  if (text && is_ack_of(*text, summary.uuid)) ending.archive.ack_name = ack;
  ending.has_input = source.folder->is_claimed(summary.claim_name) ||
                     summary.refusal_code != record::row_of(record::Code::file_lost).code;
  return ending;
}

Result<void> add_ack(Context& context, const Source& source, const Ending& ending,
                     std::vector<spool::NamedText>& texts) {
  Acceptance acceptance;
  Result<void> read = context.ledger_queue.run([&](ledger::Ledger& ledger) -> Result<void> {
    Result<Acceptance> answer = read_acceptance(ledger, ending.summary.id);
    if (!answer) return fail(std::move(answer.error()));
    acceptance = std::move(*answer);
    return {};
  });
  if (!read) return read;
  texts.push_back({spool::receipt_name(ending.archive.archive_name, spool::kAckSuffix),
                   acknowledgement(acceptance, source.place_of(ending.summary.destination))});
  return {};
}

// Is this line one of the submission's rejected ones? Asked in ascending order.
class RejectedLines {
 public:
  RejectedLines(Context& context, SubmissionId submission)
      : context_(context), submission_(submission) {}

  bool contains(std::uint64_t line) {
    while (!failure_ && !is_at_end_ && (at_ == rows_.size() || rows_[at_].line < line)) advance();
    return at_ < rows_.size() && rows_[at_].line == line && rows_[at_].verdict == Verdict::rejected;
  }
  // What kept the answers from being true.
  const std::optional<Error>& failure() const { return failure_; }

 private:
  void advance() {
    if (at_ < rows_.size() && ++at_ < rows_.size()) return;
    auto next = read_rows(context_, submission_, rows_.empty() ? 0 : rows_.back().line);
    if (!next) failure_ = std::move(next.error());
    is_at_end_ = !next || next->empty();
    rows_ = next ? std::move(*next) : std::vector<ledger::ResultRow>();
    at_ = 0;
  }

  Context& context_;
  SubmissionId submission_;
  std::vector<ledger::ResultRow> rows_;
  std::size_t at_ = 0;
  bool is_at_end_ = false;
  std::optional<Error> failure_;
};

// A key that is not there in plain letters (escaped in JSON, within a hash) cannot be masked: a
// reader still finds it where all others are.
Result<bool> can_be_masked(Context& context, const Source& source, const std::string& claim_name) {
  Result<spool::FileHandle> input = source.folder->open_claimed(claim_name);
  if (!input) return fail(std::move(input.error()));
  HandleSource bytes(*input);
  format::RedactedSource masked(bytes);
  const record::RowChecker checker(check_options(source.config, source.destination.batch,
                                                 context.ledger_queue.key_seed(),
                                                 context.clock.now_utc(), source.group_tags));
  const auto forget = [](std::unique_ptr<record::RecordBatch>) -> Result<void> { return {}; };
  format::ReadOptions options = read_options(source.config);
  options.is_masked = true;
  options.extract_key_exports = true;  // looks at every key of an export that was refused, too
  Result<format::FileReport> report = format::read_submission(masked, checker, options, forget);
  if (!report && report.error().code() != Errc::corrupt) return fail(std::move(report.error()));
  return report && !report->holds_secret && masked.count() > 0;
}

// NAME.rejects.EXT: what the line corrects and drops again. It comes from the input, so it has to
// be there before the input moves on.
Result<void> write_rejects(Context& context, const Source& source, const Ending& ending) {
  const ledger::SubmissionSummary& summary = ending.summary;
  const bool has_rejects = summary.refusal_code.empty() && !summary.repeats &&
                           summary.verdicts[static_cast<std::size_t>(Verdict::rejected)] > 0;
  if (!has_rejects || !source.folder->is_claimed(summary.claim_name)) return {};
  if (ending.is_to_hide) {
    Result<bool> is_safe = can_be_masked(context, source, summary.claim_name);
    if (!is_safe) return fail(std::move(is_safe.error()));
    if (!*is_safe) return {};
  }
  Result<spool::FileHandle> input = source.folder->open_claimed(summary.claim_name);
  if (!input) return fail(std::move(input.error()));
  const std::string name = spool::tagged_name(ending.archive.archive_name, "rejects");
  auto file = source.folder->create_result(ending.archive.place, name);
  if (!file) return fail(std::move(file.error()));
  RejectedLines lines(context, summary.id);
  HandleSource bytes(*input);
  bool is_empty = true;
  Result<void> copied = format::copy_rejects(
      bytes, read_options(source.config), [&](std::uint64_t line) { return lines.contains(line); },
      [&](std::string_view piece) {
        is_empty = false;
        return (*file)->write(piece);
      });
  if (lines.failure()) return fail(Error(*lines.failure()));
  if (!copied || is_empty) return copied;
  return (*file)->commit();
}

Result<void> write_results(Context& context, const Source& source,
                           std::span<const Ending> endings) {
  constexpr spool::Place kPlaces[] = {spool::Place::done, spool::Place::done_with_issues,
                                      spool::Place::rejected};
  for (const spool::Place place : kPlaces) {
    std::vector<spool::NamedText> texts;
    for (const Ending& ending : endings) {
      if (ending.archive.place != place) continue;
      Result<void> copied = write_rejects(context, source, ending);
      if (!copied) return copied;
      if (ending.archive.ack_name.empty()) {
        Result<void> added = add_ack(context, source, ending, texts);
        if (!added) return added;
      }
      auto rows = first_rows(context, ending.summary);
      if (!rows) return fail(std::move(rows.error()));
      if (rows->size() < kRowsAtOnce) {
        add_texts(source, ending, *rows, texts);
        continue;
      }
      Result<void> streamed = stream_results(context, source, ending, std::move(*rows));
      if (!streamed) return streamed;
    }
    Result<void> written = source.folder->write_results(place, texts);
    if (!written) return written;
  }
  return {};
}

// Into quarantine, without the product keys. Where they cannot be masked nothing of the input is
// kept but that it was there.
Result<void> hide(Context& context, const Source& source, const Ending& ending) {
  // Done before a stop, all but what goes along: the rest is safe to do again.
  if (!source.folder->is_claimed(ending.archive.claim_name)) {
    return source.folder->archive_redacted(
        ending.archive,
        [](const spool::FileHandle&, const spool::DropFolder::Sink&) -> Result<void> {
          return fail(Errc::not_found, "the claimed file is gone");
        });
  }
  const Result<bool> can_be_kept = can_be_masked(context, source, ending.archive.claim_name);
  if (!can_be_kept) return fail(Error(can_be_kept.error()));
  const std::string note =
      "The file held a product key that could not be masked, so it was not kept. Its SHA-256: " +
      ending.summary.sha256 + "\n";
  const auto without_keys = [&](const spool::FileHandle& input,
                                const spool::DropFolder::Sink& sink) -> Result<void> {
    if (!*can_be_kept) return sink(note);
    HandleSource bytes(input);
    Result<std::uint64_t> masked = format::redact(bytes, sink);
    if (!masked) return fail(std::move(masked.error()));
    return {};
  };
  return source.folder->archive_redacted(ending.archive, without_keys);
}

void log_finished(Context& context, const Ending& ending) {
  const ledger::SubmissionSummary& summary = ending.summary;
  const auto count = [&summary](Verdict verdict) {
    return summary.verdicts[static_cast<std::size_t>(verdict)];
  };
  log(context.log, LogLevel::info, "submission.finished", "",
      {{"submission_id", summary.uuid.to_string()},
       {"source", summary.source},
       {"file", printable(summary.name)},
       {"rows", summary.records},
       {"registered", count(Verdict::registered)},
       {"already_registered", count(Verdict::already_registered)},
       {"duplicate", count(Verdict::duplicate)},
       {"rejected", count(Verdict::rejected)},
       {"failed", count(Verdict::failed)},
       {"conflict", count(Verdict::conflict)},
       {"archived_as", printable(ending.archived_as())}});
}

Result<void> finish_all(Context& context, std::span<const Ending> endings) {
  const UtcTime now = context.clock.now_utc();
  Result<void> finished = context.ledger_queue.run([&](ledger::Ledger& ledger) -> Result<void> {
    for (const Ending& ending : endings) {
      Result<void> done = ledger.receipts().finish(ending.summary.id, ending.archived_as(), now);
      if (!done) return done;
    }
    return {};
  });
  if (!finished) return finished;
  for (const Ending& ending : endings) log_finished(context, ending);
  return {};
}

}  // namespace

Result<void> write_receipts(Context& context, const Source& source,
                            std::span<const ledger::SubmissionSummary> submissions) {
  std::vector<Ending> endings;
  std::vector<spool::ToArchive> moves;
  std::set<std::string_view> names;
  for (const ledger::SubmissionSummary& summary : submissions) {
    if (!names.insert(summary.name).second) continue;
    Result<Ending> ending = choose_ending(source, summary);
    if (!ending) return fail(std::move(ending), "choose a name for " + printable(summary.name));
    if (ending->has_input && !ending->is_to_hide) moves.push_back(ending->archive);
    endings.push_back(std::move(*ending));
  }
  Result<void> written = write_results(context, source, endings);
  if (!written) return fail(std::move(written), "write results");
  Result<void> moved = source.folder->archive_all(moves);
  for (const Ending& ending : endings) {
    if (moved && ending.has_input && ending.is_to_hide) moved = hide(context, source, ending);
  }
  if (!moved && submissions.size() == 1 && moved.error().code() == Errc::not_found) {
    // Somebody took the claimed file away. Its rows have their verdicts all the same.
    log(context.log, LogLevel::error, "file.lost", moved.error().message(),
        {{"submission_id", submissions.front().uuid.to_string()},
         {"file", printable(submissions.front().name)}});
  } else if (!moved) {
    return fail(std::move(moved), "archive");
  }
  return finish_all(context, endings);
}

}  // namespace devicebatch::engine
