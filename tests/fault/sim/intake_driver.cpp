#include "fault/sim/intake_driver.hpp"

#include "flow/intake_flow.hpp"
#include "record/finding_codes.hpp"

namespace devicebatch::sim {
namespace {

constexpr std::uint64_t kHeaderLines = 1;

std::string content_of(const FilePlan& file) {
  std::string content;
  for (const SimDevice& row : file.rows) content += row.serial + "," + row.pkid + "\n";
  return content;
}

ledger::IntakeSummary summary_of(const FilePlan& file) {
  const std::string content = content_of(file);
  ledger::IntakeSummary summary;
  summary.sha256 = sha256(content);
  summary.fingerprint = content.size();
  summary.encoding = "utf-8";
  summary.dialect = "csv family A";
  return summary;
}

}  // namespace

template <class T>
Result<T> IntakeDriver::ask(std::function<Result<T>(ledger::Ledger&)> verb) {
  std::optional<T> answer;
  Result<void> done = queue_.run([&](ledger::Ledger& ledger) -> Result<void> {
    Result<T> given = verb(ledger);
    if (!given) return fail(std::move(given.error()));
    answer = std::move(*given);
    return {};
  });
  if (!done) return fail(std::move(done.error()));
  return std::move(*answer);
}

// Like the real loops: what was begun is picked up again from the ledger after a while.
void IntakeDriver::failed(const Error& error) {
  tasks_.clear();
  has_recovered_ = false;
  not_before_ = world_.clock.now_mono() + std::chrono::seconds(1);
  const bool can_pass = error.code() == Errc::full || error.code() == Errc::transient ||
                        error.code() == Errc::cancelled;
  if (world_.tell) world_.tell("intake: " + error.message());
  if (!can_pass) world_.oracle.broken("intake", error.message());
}

std::optional<MonoTime> IntakeDriver::next_try() const {
  if (not_before_ <= world_.clock.now_mono()) return std::nullopt;
  return not_before_;
}

bool IntakeDriver::recover_row(const ledger::IntakeRow& row) {
  const bool was_claimed = row.state != ledger::SubmissionState::seen;
  const bool is_there = world_.folder.is_claimed(row.claim_name);
  Task task;
  switch (flow::recover_submission(was_claimed, is_there)) {
    case flow::Recovery::ingest:
      for (const auto& [name, entry] : world_.folder.entries()) {
        if (entry.claim_name == row.claim_name) task.file = entry.file;
      }
      task.name = row.name;
      task.claim_name = row.claim_name;
      task.uuid = row.uuid;
      task.id = row.id;
      task.step = Step::append;
      task.last_line = row.last_line;
      tasks_.push_back(std::move(task));
      return true;
    case flow::Recovery::withdraw: {
      Result<void> gone =
          queue_.run([&](ledger::Ledger& ledger) { return ledger.intake().withdraw(row.id); });
      if (!gone) failed(gone.error());
      return gone.has_value();
    }
    case flow::Recovery::lost:
      break;
  }
  world_.oracle.broken("I3", row.name + " is claimed by the ledger and not in the folder");
  return false;
}

void IntakeDriver::recover() {
  has_recovered_ = true;
  std::function<Result<std::vector<ledger::IntakeRow>>(ledger::Ledger&)> read =
      [](ledger::Ledger& ledger) { return ledger.intake().unfinished_intake(); };
  auto rows = ask(read);
  if (!rows) return failed(rows.error());
  for (const ledger::IntakeRow& row : *rows) {
    if (!recover_row(row)) return;
  }
}

bool IntakeDriver::advance() {
  if (world_.clock.now_mono() < not_before_) return false;
  if (!has_recovered_) {
    recover();
    return true;
  }
  if (!tasks_.empty() && world_.dice.chance(0.8)) {
    const std::size_t at = world_.dice.below(tasks_.size());
    Task task = std::move(tasks_[at]);
    tasks_.erase(tasks_.begin() + static_cast<std::ptrdiff_t>(at));
    take(task);
    return true;
  }
  return write_receipt() || see_file() || !tasks_.empty();
}

bool IntakeDriver::see_file() {
  const auto is_taken = [&](const std::string& name) {
    for (const Task& task : tasks_) {
      if (task.name == name) return true;
    }
    return false;
  };
  for (const auto& [name, entry] : world_.folder.entries()) {
    if (entry.place != Place::incoming || is_taken(name)) continue;
    const FilePlan& file = world_.files[entry.file];
    Task task;
    task.file = entry.file;
    task.name = name;
    task.uuid = Uuid::time_ordered(world_.clock.now_utc(), world_.dice.random());
    task.claim_name = task.uuid.to_string() + "__" + name;
    ledger::SeenFile seen;
    seen.uuid = task.uuid;
    seen.source = "source-" + std::to_string(file.source);
    seen.destination =
        delivery_.destination(world_.scenario.settings.destinations[file.source].name)->id;
    seen.name = name;
    seen.claim_name = task.claim_name;
    seen.bytes = content_of(file).size();
    const UtcTime now = world_.clock.now_utc();
    std::function<Result<std::vector<SubmissionId>>(ledger::Ledger&)> record =
        [&](ledger::Ledger& ledger) {
          return ledger.intake().record_seen({&seen, 1}, now);
        };
    auto ids = ask(record);
    if (!ids) {
      failed(ids.error());
      return true;
    }
    task.id = ids->front();
    tasks_.push_back(std::move(task));
    return true;
  }
  return false;
}

void IntakeDriver::take(Task& task) {
  Result<void> done;
  const UtcTime now = world_.clock.now_utc();
  switch (task.step) {
    case Step::rename:
      if (world_.tell) world_.tell("intake: claims " + task.name);
      world_.folder.claim(task.name, task.claim_name);
      task.step = Step::note_claim;
      break;
    case Step::note_claim:
      world_.folder.sync();
      done = queue_.run([&](ledger::Ledger& ledger) {
        return ledger.intake().record_claimed({&task.id, 1}, now);
      });
      task.step = Step::append;
      break;
    case Step::append:
      done = append_some(task);
      break;
    case Step::complete:
      done = complete(task);
      task.step = Step::acknowledge;
      break;
    case Step::acknowledge:
      return acknowledge(task);
  }
  if (!done) return failed(done.error());
  tasks_.push_back(std::move(task));
}

record::RecordBatch IntakeDriver::rows_of(const FilePlan& file, std::uint64_t after_line,
                                          std::size_t count) {
  record::CheckOptions options;
  options.key_seed = queue_.key_seed();
  options.batch_id = world_.scenario.settings.destinations[file.source].batch;
  const record::RowChecker checker(options);
  record::RecordBatch batch;
  for (std::size_t at = 0; at < file.rows.size() && batch.rows.size() < count; ++at) {
    const SimDevice& device = file.rows[at];
    record::RawRow row;
    row.line = at + 1 + kHeaderLines;
    if (row.line <= after_line) continue;
    row.serial = device.serial;
    row.pkid = device.pkid;
    row.manufacturer = "Contoso";
    row.model = device.model;
    if (device.is_bad_row) row.hash = "no hash at all";
    const std::array fields{row.serial, row.pkid, row.hash, row.manufacturer, row.model};
    row.all_fields = fields;
    checker.check(row, batch);
  }
  return batch;
}

Result<void> IntakeDriver::append_some(Task& task) {
  const FilePlan& file = world_.files[task.file];
  const std::size_t count = world_.dice.chance(0.5) ? file.rows.size() : 1 + world_.dice.below(4);
  const auto batch = std::make_shared<record::RecordBatch>(rows_of(file, task.last_line, count));
  if (batch->rows.empty()) {
    task.step = Step::complete;
    return {};
  }
  const UtcTime now = world_.clock.now_utc();
  Result<void> stored = queue_.run([&](ledger::Ledger& ledger) -> Result<void> {
    auto counts = ledger.intake().append(task.id, *batch, now);
    if (!counts) return fail(std::move(counts.error()));
    return {};
  });
  task.last_line = batch->rows.back().line;
  return stored;
}

Result<void> IntakeDriver::complete(Task& task) {
  const FilePlan& file = world_.files[task.file];
  const UtcTime now = world_.clock.now_utc();
  const ledger::IntakeSummary summary = summary_of(file);
  return queue_.run(
      [&](ledger::Ledger& ledger) { return ledger.intake().complete(task.id, summary, now); });
}

void IntakeDriver::acknowledge(const Task& task) {
  const FilePlan& file = world_.files[task.file];
  if (world_.tell) world_.tell("intake: accepted " + task.name);
  world_.oracle.acknowledged(task.uuid, file.rows.size());
  delivery_.destination(world_.scenario.settings.destinations[file.source].name)->changed.raise();
}

bool IntakeDriver::write_receipt() {
  if (receipts_seen_at_ == queue_.commits()) return false;
  std::function<Result<std::vector<SubmissionId>>(ledger::Ledger&)> read =
      [](ledger::Ledger& ledger) { return ledger.receipts().settled_submissions(1); };
  auto settled = ask(read);
  if (!settled) {
    failed(settled.error());
    return true;
  }
  receipts_seen_at_ = queue_.commits();
  if (settled->empty()) return true;
  const SubmissionId id = settled->front();
  std::function<Result<ledger::SubmissionSummary>(ledger::Ledger&)> sum =
      [id](ledger::Ledger& ledger) { return ledger.receipts().summary(id); };
  auto summary = ask(sum);
  Result<void> ended;
  if (summary) ended = end_submission(*summary);
  if (!summary) ended = fail(std::move(summary.error()));
  if (!ended) failed(ended.error());
  return true;
}

Result<void> IntakeDriver::end_submission(const ledger::SubmissionSummary& summary) {
  std::function<Result<std::vector<ledger::ResultRow>>(ledger::Ledger&)> read =
      [&](ledger::Ledger& ledger) { return ledger.receipts().results(summary.id, 0, 1000); };
  auto rows = ask(read);
  if (!rows) return fail(std::move(rows.error()));
  if (world_.tell) world_.tell("receipt: " + summary.name);
  world_.oracle.receipt_written(summary.uuid, std::move(*rows));
  if (world_.on_receipt) world_.on_receipt();
  const bool is_archived = world_.folder.archive(summary.claim_name);
  bool was_archived = is_archived;
  for (const auto& [name, entry] : world_.folder.entries()) {
    was_archived =
        was_archived || (entry.place == Place::done && entry.claim_name == summary.claim_name);
  }
  if (!was_archived) world_.oracle.broken("I3", summary.name + " is neither claimed nor archived");
  world_.folder.sync();
  const UtcTime now = world_.clock.now_utc();
  Result<void> done = queue_.run([&](ledger::Ledger& ledger) {
    return ledger.receipts().finish(summary.id, "done/" + summary.name, now);
  });
  if (done) ++finished_;
  return done;
}

}  // namespace devicebatch::sim
