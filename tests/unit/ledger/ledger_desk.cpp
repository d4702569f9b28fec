#include "unit/ledger/ledger_desk.hpp"

namespace devicebatch::ledger {

Result<void> LedgerDesk::in_transaction(const std::function<Result<void>()>& job) {
  auto begun = ledger_->begin();
  if (!begun) return begun;
  auto done = ledger_->attempt(job);
  auto committed = ledger_->commit();
  return done ? committed : done;
}

DestinationId LedgerDesk::destination() {
  std::array<std::uint8_t, 16> customer{};
  customer[15] = 1;
  return now(
      [&] { return ledger_->intake().ensure_destination(Uuid(customer), "Batch A", "main"); });
}

DestinationId LedgerDesk::other_batch(const std::string& batch) {
  std::array<std::uint8_t, 16> customer{};
  customer[15] = 1;
  return now([&] { return ledger_->intake().ensure_destination(Uuid(customer), batch, "main"); });
}

DestinationId LedgerDesk::other_customer() {
  std::array<std::uint8_t, 16> customer{};
  customer[15] = 2;
  return now(
      [&] { return ledger_->intake().ensure_destination(Uuid(customer), "Batch C", "main"); });
}

SubmissionId LedgerDesk::claimed(const std::string& name, DestinationId into) {
  SeenFile file;
  file.uuid = uuid();
  file.source = "line-1";
  file.destination = into ? into : destination();
  file.name = name;
  file.claim_name = file.uuid.to_string() + "__" + name;
  file.bytes = 1'000;
  const auto ids = now([&] { return ledger_->intake().record_seen({&file, 1}, at(0)); });
  ok(in_transaction([&] { return ledger_->intake().record_claimed(ids, at(1)); }));
  return ids.front();
}

AppendCounts LedgerDesk::append(SubmissionId submission, const record::RecordBatch& batch,
                                UtcTime when) {
  return now([&] { return ledger_->intake().append(submission, batch, when); });
}

void LedgerDesk::complete(SubmissionId submission, std::string_view content, UtcTime when) {
  IntakeSummary summary;
  summary.sha256 = sha256(content);
  summary.fingerprint = content.size();
  summary.encoding = "utf-8";
  summary.dialect = "csv family A";
  ok(in_transaction([&] { return ledger_->intake().complete(submission, summary, when); }));
}

SubmissionId LedgerDesk::submission(const std::string& name, const record::RecordBatch& batch,
                                    DestinationId into) {
  const SubmissionId submission = claimed(name, into);
  append(submission, batch);
  complete(submission, name);
  return submission;
}

std::vector<ResultRow> LedgerDesk::rows(SubmissionId submission) {
  return now([&] { return ledger_->receipts().results(submission, 0, 1'000'000); });
}

SubmissionSummary LedgerDesk::summary(SubmissionId submission) {
  return now([&] { return ledger_->receipts().summary(submission); });
}

ChunkRow LedgerDesk::chunk(ChunkId chunk) {
  return now([&] { return ledger_->delivery().chunk(chunk); });
}

ChunkRow LedgerDesk::submitted_chunk(std::size_t devices, DestinationId from) {
  ChunkLimits limits;
  limits.devices = devices;
  if (!from) from = destination();
  auto planned = now([&] {
    return ledger_->delivery().plan_chunk(from, ChunkKind::append, limits, uuid(), at(30));
  });
  REQUIRE(planned);
  AttemptStart start;
  start.owner = "test";
  start.body_sha256 = sha256("body");
  ok(in_transaction([&] { return ledger_->delivery().begin_attempt(planned->id, start, at(31)); }));
  ExchangeRecord exchange;
  exchange.http_status = 202;
  ok(in_transaction([&] {
    return ledger_->delivery().attempt_submitted(planned->id, exchange, uuid(), at(40), at(32));
  }));
  return chunk(planned->id);
}

void LedgerDesk::settle_all(const ChunkRow& chunk, Verdict verdict) {
  JobEnd end;
  for (const auto& device : now([&] { return ledger_->delivery().devices_of(chunk.id); })) {
    DeviceOutcome& outcome = end.outcomes.emplace_back();
    outcome.record = device.record;
    outcome.verdict = verdict;
    if (verdict != Verdict::registered) outcome.code = "device.test";
  }
  ok(in_transaction(
      [&] { return ledger_->delivery().settle(chunk.id, ExchangeRecord(), end, at(50)); }));
}

void LedgerDesk::check_soundness() {
  const auto verification = now([&] { return ledger_->reports().verify(); });
  std::string text;
  for (const auto& line : verification.lines) text += line + "\n";
  INFO(text);
  CHECK(verification.is_sound);
}

namespace {

record::CheckOptions options_for(std::uint64_t key_seed) {
  record::CheckOptions options;
  options.key_seed = key_seed;
  options.batch_id = "Batch A";
  return options;
}

}  // namespace

BatchBuilder::BatchBuilder(std::uint64_t key_seed, std::uint64_t first_line)
    : checker_(options_for(key_seed)), line_(first_line) {}

void BatchBuilder::check(record::RawRow row) {
  row.line = line_++;
  const std::array fields{row.serial, row.pkid, row.hash, row.manufacturer, row.model};
  row.all_fields = fields;
  checker_.check(row, batch_);
}

BatchBuilder& BatchBuilder::device(const support::HashSpec& spec) {
  const std::string hash = support::make_hash_text(spec);
  record::RawRow row;
  row.serial = spec.serial;
  row.pkid = spec.pkid;
  row.hash = hash;
  row.manufacturer = spec.manufacturer;
  row.model = spec.model;
  check(row);
  INFO("findings: " << batch_.findings.size());
  REQUIRE_FALSE(batch_.rows.back().is_rejected);
  return *this;
}

BatchBuilder& BatchBuilder::bare(const support::HashSpec& spec) {
  const std::string hash = support::make_hash_text(spec);
  record::RawRow row;
  row.serial = spec.serial;
  row.hash = hash;
  check(row);
  REQUIRE_FALSE(batch_.rows.back().is_rejected);
  return *this;
}

BatchBuilder& BatchBuilder::devices(std::uint64_t start, std::uint64_t count) {
  for (std::uint64_t number = start; number < start + count; ++number) {
    device(support::make_spec(number));
  }
  return *this;
}

BatchBuilder& BatchBuilder::tuple(const std::string& serial, const std::string& model) {
  record::RawRow row;
  row.serial = serial;
  row.manufacturer = "Contoso";
  row.model = model;
  check(row);
  REQUIRE_FALSE(batch_.rows.back().is_rejected);
  return *this;
}

BatchBuilder& BatchBuilder::pkid(const std::string& pkid) {
  record::RawRow row;
  row.pkid = pkid;
  check(row);
  REQUIRE_FALSE(batch_.rows.back().is_rejected);
  return *this;
}

BatchBuilder& BatchBuilder::rejected(const std::string& serial) {
  record::RawRow row;
  row.serial = serial;
  row.hash = "not a hash at all";
  check(row);
  REQUIRE(batch_.rows.back().is_rejected);
  return *this;
}

BatchBuilder& BatchBuilder::to(DestinationId destination, const std::string& tag) {
  batch_.rows.back().destination = destination;
  batch_.rows.back().group_tag = batch_.keep(tag);
  return *this;
}

BatchBuilder& BatchBuilder::keyed(const std::string& serial, const record::IdentityKeys& keys) {
  tuple(serial);
  batch_.rows.back().keys = keys;
  return *this;
}

}  // namespace devicebatch::ledger
