#include "bench/ledger_load.hpp"

#include "base/limits.hpp"
#include "ledger/open.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace devicebatch::bench {
namespace {

constexpr UtcTime kNow{std::chrono::milliseconds(1'800'000'000'000)};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class Stopwatch {
 public:
  void start() {
    wall_ = SystemClock().now_mono();
    cpu_ = cpu_seconds();
  }
  void stop(LoadCosts& costs) const {
    costs.seconds += seconds_since(wall_);
    costs.cpu += cpu_seconds() - cpu_;
  }

 private:
  MonoTime wall_{};
  double cpu_ = 0;
};

void begin(ledger::Ledger& ledger) {
  const Result<void> begun = ledger.begin();
  require(begun.has_value(), begun ? "" : begun.error().message());
}

void commit(ledger::Ledger& ledger, LoadCosts& costs) {
  const MonoTime start = SystemClock().now_mono();
  const Result<void> done = ledger.commit();
  require(done.has_value(), done ? "" : done.error().message());
  costs.longest_commit = std::max(costs.longest_commit, seconds_since(start));
}

SubmissionId make_submission(ledger::Ledger& ledger) {
  SystemRandom random;
  const auto destination =
      ledger.intake().ensure_destination(Uuid::random(random), "Batch", "main");
  require(destination.has_value(), "destination");
  ledger::SeenFile file;
  file.uuid = Uuid::random(random);
  file.destination = *destination;
  file.name = "bench.csv";
  const auto ids = ledger.intake().record_seen({&file, 1}, kNow);
  require(ids.has_value(), "submission");
  return ids->front();
}

void append(ledger::Ledger& ledger, SubmissionId submission, const record::RecordBatch& batch) {
  const Result<void> appended = ledger.attempt([&]() -> Result<void> {
    auto counts = ledger.intake().append(submission, batch, kNow);
    if (!counts) return fail(Error(counts.error()));
    require(counts->pending == batch.rows.size(), "a made-up device was taken for a known one");
    return {};
  });
  require(appended.has_value(), appended ? "" : appended.error().message());
}

}  // namespace

void require(bool is_fine, const std::string& what) {
  if (is_fine) return;
  std::fprintf(stderr, "benchmark: %s\n", what.c_str());
  std::exit(1);
}

double seconds_since(MonoTime start) {
  return std::chrono::duration<double>(SystemClock().now_mono() - start).count();
}

std::uint64_t number_in(const char* file, const std::string& wanted) {
  std::ifstream lines(file);
  std::string word;
  while (lines >> word) {
    std::uint64_t value = 0;
    if (word == wanted && lines >> value) return value;
  }
  return 0;
}

std::unique_ptr<ledger::Ledger> open_ledger(const std::string& path) {
  SystemRandom random;
  auto opened = ledger::open_ledger(path, random);
  require(opened.has_value(), opened ? "" : opened.error().message());
  return std::move(*opened);
}

std::unique_ptr<record::RecordBatch> DeviceSupply::batch(std::uint64_t rows) {
  auto batch = std::make_unique<record::RecordBatch>();
  for (std::uint64_t at = 0; at < rows; ++at) add_row(*batch);
  return batch;
}

void DeviceSupply::add_row(record::RecordBatch& batch) {
  record::BatchRow row;
  row.line = ++line_;
  char serial[32];
  std::snprintf(serial, sizeof serial, "CONTOSO-%012llu", static_cast<unsigned long long>(line_));
  row.serial = batch.keep(serial);
  row.manufacturer = "Contoso Corporation";
  row.model = "Contoso Book 14 G2";
  for (std::uint64_t& key : row.keys) key = random_.next();
  if (!is_bare_) add_hash(batch, row);
  batch.rows.push_back(row);
}

void DeviceSupply::add_hash(record::RecordBatch& batch, record::BatchRow& row) {
  row.hash_form = record::HashForm::canonical;
  row.captured_at = 820'540'800;
  row.hash_offset = static_cast<std::uint32_t>(batch.pack.size());
  row.hash_length = 900 + static_cast<std::uint32_t>(random_.next() % 400);
  while (batch.pack.size() < row.hash_offset + row.hash_length) {
    batch.pack.push_back(static_cast<std::uint8_t>(random_.next()));
  }
}

LoadCosts load_devices(ledger::Ledger& ledger, DeviceSupply& supply, std::uint64_t records,
                       std::uint64_t rows_by_batch) {
  LoadCosts costs;
  Stopwatch watch;
  watch.start();
  begin(ledger);
  const SubmissionId submission = make_submission(ledger);
  watch.stop(costs);
  std::uint64_t in_commit = 0;
  for (std::uint64_t done = 0; done < records;) {
    const std::uint64_t rows = std::min(rows_by_batch, records - done);
    const auto batch = supply.batch(rows);
    watch.start();
    append(ledger, submission, *batch);
    done += rows;
    in_commit += rows;
    if (in_commit >= limits::kRecordsPerCommit) {
      in_commit = 0;
      commit(ledger, costs);
      begin(ledger);
    }
    watch.stop(costs);
  }
  watch.start();
  const Result<void> complete = ledger.intake().complete(submission, {}, kNow);
  require(complete.has_value(), complete ? "" : complete.error().message());
  commit(ledger, costs);
  watch.stop(costs);
  return costs;
}

}  // namespace devicebatch::bench
