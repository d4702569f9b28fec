#include "daemon/check_command.hpp"

#include "base/text.hpp"
#include "daemon/exit_codes.hpp"
#include "daemon/load_config.hpp"
#include "engine/ingest_file.hpp"
#include "engine/reading.hpp"
#include "engine/receipt_text.hpp"
#include "format/submission_reader.hpp"
#include "ledger/open.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstdio>

namespace devicebatch::daemon {
namespace {

constexpr std::size_t kRowsAtOnce = 1000;

// All files of one call share a ledger, so that duplicates among them are seen.
class Checker {
 public:
  Checker(ledger::Ledger& ledger, record::CheckOptions check, format::ReadOptions read)
      : ledger_(ledger),
        rows_(std::move(check)),
        options_(std::move(read)),
        now_(clock_.now_utc()) {}

  Result<SubmissionId> check(const std::string& path);
  ledger::Ledger& ledger() { return ledger_; }

 private:
  Result<SubmissionId> register_file(const std::string& path);

  ledger::Ledger& ledger_;
  record::RowChecker rows_;
  format::ReadOptions options_;
  SystemClock clock_;
  SystemRandom random_;
  UtcTime now_;
};

Result<SubmissionId> Checker::register_file(const std::string& path) {
  Result<DestinationId> destination = ledger_.intake().ensure_destination(Uuid(), "check", "check");
  if (!destination) return fail(std::move(destination.error()));
  ledger::SeenFile seen;
  seen.uuid = Uuid::time_ordered(now_, random_);
  seen.source = "check";
  seen.destination = *destination;
  seen.name = path;
  seen.claim_name = path;
  Result<std::vector<SubmissionId>> ids = ledger_.intake().record_seen({&seen, 1}, now_);
  if (!ids) return fail(std::move(ids.error()));
  return ids->front();
}

Result<SubmissionId> Checker::check(const std::string& path) {
  const spool::FileHandle handle(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!handle) return fail(system_error(errno, path));
  Result<SubmissionId> id = register_file(path);
  if (!id) return id;
  engine::HandleSource source(handle);
  const auto store = [&](std::unique_ptr<record::RecordBatch> batch) -> Result<void> {
    Result<ledger::AppendCounts> counts = ledger_.intake().append(*id, *batch, now_);
    if (!counts) return fail(std::move(counts.error()));
    return {};
  };
  Result<format::FileReport> report = format::read_submission(source, rows_, options_, store);
  if (!report) return fail(std::move(report), path);
  ledger::IntakeSummary summary;
  summary.encoding = report->encoding;
  summary.dialect = report->dialect;
  summary.warnings = report->warnings;
  Result<void> ended = report->refusal
                           ? ledger_.intake().refuse(*id, summary, *report->refusal, now_)
                           : ledger_.intake().complete(*id, summary, now_);
  if (!ended) return fail(std::move(ended.error()));
  return id;
}

void print_row(const std::string& file, const ledger::ResultRow& row) {
  const bool is_open = row.verdict == Verdict::none;
  if (is_open && row.warnings.empty()) return;
  const std::string place = printable(file, 512) + ":" + std::to_string(row.line);
  if (!is_open) {
    std::printf("%s: %s: %s [%s]%s%s\n", place.c_str(), std::string(to_string(row.verdict)).c_str(),
                row.message.c_str(), row.code.c_str(), row.fix.empty() ? "" : " ", row.fix.c_str());
  }
  for (const std::string& warning : row.warnings) {
    std::printf("%s: warning: %s\n", place.c_str(), warning.c_str());
  }
}

void print_file_warnings(const std::string& file, const ledger::SubmissionSummary& summary) {
  for (const std::string& warning : summary.warnings) {
    std::printf("%s: warning: %s\n", printable(file, 512).c_str(), warning.c_str());
  }
}

// Prints one file's rows; true when all of them would be sent.
Result<bool> print_result(Checker& checker, const std::string& file, SubmissionId id, bool json) {
  Result<ledger::SubmissionSummary> summary = checker.ledger().receipts().summary(id);
  if (!summary) return fail(std::move(summary.error()));
  const engine::ReceiptPlace nowhere;
  const bool is_refused = !summary->refusal_code.empty();
  bool is_first = true;
  const auto show = [&](std::span<const ledger::ResultRow> rows) {
    if (json) {
      std::fputs(engine::result_json_rows(rows, is_first).c_str(), stdout);
      is_first = is_first && rows.empty();
    } else {
      for (const ledger::ResultRow& row : rows) print_row(file, row);
    }
  };
  if (json) std::fputs(engine::result_json_opening(*summary, nowhere).c_str(), stdout);
  if (!json) print_file_warnings(file, *summary);
  if (is_refused) {
    const std::vector<ledger::ResultRow> whole{engine::refusal_row(*summary)};
    show(whole);
  }
  std::uint64_t after_line = 0;
  for (;;) {
    auto rows = checker.ledger().receipts().results(id, after_line, kRowsAtOnce);
    if (!rows) return fail(std::move(rows.error()));
    if (rows->empty()) break;
    show(*rows);
    after_line = rows->back().line;
  }
  const std::uint64_t good = summary->verdicts[static_cast<std::size_t>(Verdict::none)];
  if (json) {
    std::fputs(engine::result_json_closing().c_str(), stdout);
  } else {
    std::printf("%s: %llu rows, %llu would be sent (%s, %s)\n", printable(file, 512).c_str(),
                static_cast<unsigned long long>(summary->records),
                static_cast<unsigned long long>(good), summary->encoding.c_str(),
                summary->dialect.c_str());
  }
  return !is_refused && good == summary->records;
}

// What is believed of the files, and where their rows would go.
struct Expectation {
  settings::Reading reading;
  std::string batch;
  std::map<std::string, DestinationId> group_tags;
};

int read_expectation(const CheckCommandOptions& options, ledger::Ledger& ledger,
                     Expectation& expected) {
  expected.batch = options.batch;
  if (!options.source.empty()) {
    settings::Settings all;
    if (const int failed = load_config(options.config, all); failed != kOk) return failed;
    std::string destination;
    if (const settings::Source* source = all.source(options.source)) {
      expected.reading = *source;
      destination = source->destination;
    } else if (const settings::Queue* queue = all.queue(options.source)) {
      expected.reading = *queue;
      destination = queue->destination;
    } else {
      std::fprintf(stderr, "devicebatchd: no source and no queue is called %s\n",
                   printable(options.source).c_str());
      return kBadConfig;
    }
    if (expected.batch.empty()) expected.batch = all.destination(destination)->batch;
    for (const auto& [tag, name] : expected.reading.group_tags) {
      auto id = ledger.intake().ensure_destination(Uuid(), all.destination(name)->batch, "check");
      if (id) expected.group_tags.emplace(tag, *id);
    }
  }
  if (options.documented) expected.reading.validation = settings::Validation::documented;
  return kOk;
}

}  // namespace

int check_command(const CheckCommandOptions& options) {
  SystemRandom random;
  Result<std::unique_ptr<ledger::Ledger>> opened = ledger::open_ledger(":memory:", random);
  if (!opened) {
    std::fprintf(stderr, "devicebatchd: %s\n", opened.error().message().c_str());
    return kIoError;
  }
  Expectation expected;
  if (const int failed = read_expectation(options, **opened, expected); failed != kOk) {
    return failed;
  }
  Checker checker(**opened,
                  engine::check_options(expected.reading, expected.batch, (*opened)->key_seed(),
                                        SystemClock().now_utc(), std::move(expected.group_tags)),
                  engine::read_options(expected.reading));
  int exit_code = kOk;
  for (const std::string& file : options.files) {
    Result<void> begun = (*opened)->begin();
    Result<SubmissionId> id = begun ? checker.check(file) : fail(std::move(begun.error()));
    Result<bool> is_clean = id ? print_result(checker, file, *id, options.json)
                               : Result<bool>(fail(std::move(id.error())));
    Result<void> ended = (*opened)->commit();
    if (!is_clean || !ended) {
      const std::string why = is_clean ? ended.error().message() : is_clean.error().message();
      std::fprintf(stderr, "devicebatchd: %s\n", why.c_str());
      return kNoInput;
    }
    if (!*is_clean) exit_code = kFailed;
  }
  return exit_code;
}

}  // namespace devicebatch::daemon
