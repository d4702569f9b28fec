// How fast the ledger takes records in, on an empty file and on one that knows many devices.
//
//   ledger_bench --records 100000 --known 5000000 --rounds 3 --folder /var/tmp
//
// Times are those of the ledger's thread: appending batches and committing them, the last fsync
// included. Reading, verifying and hashing are not part of it. Nothing here fails a build.
#include "base/clock.hpp"
#include "base/limits.hpp"
#include "ledger/open.hpp"

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace {

std::atomic<int> g_syncs{0};

}  // namespace

// In place of the C library's, so that SQLite's calls are counted.
extern "C" int fsync(int file) {
  ++g_syncs;
  return static_cast<int>(syscall(SYS_fsync, file));
}
extern "C" int fdatasync(int file) {
  ++g_syncs;
  return static_cast<int>(syscall(SYS_fdatasync, file));
}

namespace devicebatch {
namespace {

struct Options {
  std::uint64_t records = 100'000;
  std::uint64_t known = 0;
  std::uint64_t rows_by_batch = 260;
  int rounds = 3;
  std::string folder = "/var/tmp";
};

void require(bool is_fine, const std::string& what) {
  if (is_fine) return;
  std::fprintf(stderr, "ledger_bench: %s\n", what.c_str());
  std::exit(1);
}

double seconds_since(MonoTime start) {
  return std::chrono::duration<double>(SystemClock().now_mono() - start).count();
}

std::uint64_t number_in(const char* file, const std::string& name) {
  std::ifstream lines(file);
  std::string word;
  while (lines >> word) {
    std::uint64_t value = 0;
    if (word == name && lines >> value) return value;
  }
  return 0;
}

// Devices that nobody else has: random keys, and hashes of some 1,100 random bytes unless `bare`.
class Supply {
 public:
  Supply(std::uint64_t seed, bool is_bare) : random_(seed), is_bare_(is_bare) {}

  std::unique_ptr<record::RecordBatch> batch(std::uint64_t rows) {
    auto batch = std::make_unique<record::RecordBatch>();
    for (std::uint64_t at = 0; at < rows; ++at) add_row(*batch);
    return batch;
  }

 private:
  void add_row(record::RecordBatch& batch) {
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

  void add_hash(record::RecordBatch& batch, record::BatchRow& row) {
    row.hash_form = record::HashForm::canonical;
    row.captured_at = 820'540'800;
    row.hash_offset = static_cast<std::uint32_t>(batch.pack.size());
    row.hash_length = 900 + static_cast<std::uint32_t>(random_.next() % 400);
    while (batch.pack.size() < row.hash_offset + row.hash_length) {
      batch.pack.push_back(static_cast<std::uint8_t>(random_.next()));
    }
  }

  SeededRandom random_;
  bool is_bare_;
  std::uint64_t line_ = 0;
};

// User and system time of this thread: what is left on a busy machine.
double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Measured {
  double seconds = 0;
  double cpu = 0;
  double longest_commit = 0;
};

// One submission of `records` rows, committed every limits::kRecordsPerCommit.
Measured append(ledger::Ledger& ledger, Supply& supply, std::uint64_t records,
                const Options& options) {
  Measured measured;
  SubmissionId submission;
  const UtcTime now{std::chrono::milliseconds(1'800'000'000'000)};
  const auto commit = [&] {
    const MonoTime start = SystemClock().now_mono();
    auto done = ledger.commit();
    require(done.has_value(), done ? "" : done.error().message());
    measured.longest_commit = std::max(measured.longest_commit, seconds_since(start));
  };
  MonoTime start = SystemClock().now_mono();
  double cpu_start = cpu_seconds();
  require(ledger.begin().has_value(), "begin");
  auto random = SystemRandom();
  auto destination = ledger.intake().ensure_destination(Uuid::random(random), "Batch", "main");
  require(destination.has_value(), "destination");
  ledger::SeenFile file;
  file.uuid = Uuid::random(random);
  file.destination = *destination;
  file.name = "bench.csv";
  submission = ledger.intake().record_seen({&file, 1}, now)->front();
  std::uint64_t in_commit = 0;
  for (std::uint64_t done = 0; done < records;) {
    measured.seconds += seconds_since(start);
    measured.cpu += cpu_seconds() - cpu_start;
    const std::uint64_t rows = std::min(options.rows_by_batch, records - done);
    const auto batch = supply.batch(rows);
    start = SystemClock().now_mono();
    cpu_start = cpu_seconds();
    auto appended = ledger.attempt([&]() -> Result<void> {
      auto counts = ledger.intake().append(submission, *batch, now);
      if (!counts) return fail(Error(counts.error()));
      require(counts->pending == rows, "a made-up device was taken for a known one");
      return {};
    });
    require(appended.has_value(), appended ? "" : appended.error().message());
    done += rows;
    in_commit += rows;
    if (in_commit < limits::kRecordsPerCommit) continue;
    in_commit = 0;
    commit();
    require(ledger.begin().has_value(), "begin");
  }
  require(ledger.intake().complete(submission, {}, now).has_value(), "complete");
  commit();
  measured.seconds += seconds_since(start);
  measured.cpu += cpu_seconds() - cpu_start;
  return measured;
}

std::unique_ptr<ledger::Ledger> open(const std::string& path) {
  SystemRandom random;
  auto opened = ledger::open_ledger(path, random);
  require(opened.has_value(), opened ? "" : opened.error().message());
  return std::move(*opened);
}

// In a process of its own, so that its memory does not count.
void preload(const std::string& path, const Options& options) {
  if (options.known == 0) return;
  const MonoTime start = SystemClock().now_mono();
  const pid_t child = fork();
  require(child >= 0, "fork");
  if (child == 0) {
    auto ledger = open(path);
    Supply supply(1, true);
    const Measured measured = append(*ledger, supply, options.known, options);
    ledger.reset();
    std::printf("preload: longest commit %.3f s, peak RSS %llu MB\n", measured.longest_commit,
                static_cast<unsigned long long>(number_in("/proc/self/status", "VmHWM:") / 1024));
    std::fflush(stdout);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  require(status == 0, "preloading failed");
  std::printf("preload: %llu devices in %.1f s\n", static_cast<unsigned long long>(options.known),
              seconds_since(start));
  std::fflush(stdout);
}

void measure(const Options& options) {
  const std::string folder = options.folder + "/ledger_bench." + std::to_string(getpid());
  std::filesystem::create_directories(folder);
  const std::string path = folder + "/ledger.db";
  preload(path, options);
  const MonoTime before_open = SystemClock().now_mono();
  auto ledger = open(path);
  std::printf("open: %.3f s\n", seconds_since(before_open));
  Supply supply(2, false);
  for (int round = 0; round < options.rounds; ++round) {
    const int syncs = g_syncs;
    const std::uint64_t written = number_in("/proc/self/io", "write_bytes:");
    const Measured measured = append(*ledger, supply, options.records, options);
    std::printf(
        "append: %.3f s (CPU %.3f), %.0f records/s, %d syncs, %.1f MB written, longest commit %.3f "
        "s, "
        "RSS %llu MB, peak %llu MB\n",
        measured.seconds, measured.cpu, static_cast<double>(options.records) / measured.seconds,
        g_syncs - syncs,
        static_cast<double>(number_in("/proc/self/io", "write_bytes:") - written) / 1e6,
        measured.longest_commit,
        static_cast<unsigned long long>(number_in("/proc/self/status", "VmRSS:") / 1024),
        static_cast<unsigned long long>(number_in("/proc/self/status", "VmHWM:") / 1024));
    std::fflush(stdout);
  }
  ledger.reset();
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace devicebatch

int main(int argc, char** argv) {
  devicebatch::Options options;
  CLI::App app("Measures how fast the ledger takes records in.");
  app.add_option("--records", options.records, "records of each round");
  app.add_option("--known", options.known, "devices known before the first round");
  app.add_option("--rounds", options.rounds, "how often");
  app.add_option("--rows-by-batch", options.rows_by_batch, "rows of one batch");
  app.add_option("--folder", options.folder, "a folder on the disk to be measured");
  CLI11_PARSE(app, argc, argv);
  devicebatch::measure(options);
  return 0;
}
