// How fast the ledger takes records in, on an empty file and on one that knows many devices.
//
//   ledger_bench --records 100000 --known 5000000 --rounds 3 --folder /var/tmp
//
// Times are those of the ledger's thread: appending batches and committing them, the last fsync
// included. Reading, verifying and hashing are not part of it. Nothing here fails a build.
#include "bench/ledger_load.hpp"
#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

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

namespace devicebatch::bench {
namespace {

struct Options {
  std::uint64_t records = 100'000;
  std::uint64_t known = 0;
  std::uint64_t rows_by_batch = 260;
  int rounds = 3;
  std::string folder = "/var/tmp";
};

// In a process of its own, so that its memory does not count.
void preload(const std::string& path, const Options& options) {
  if (options.known == 0) return;
  const MonoTime start = SystemClock().now_mono();
  const pid_t child = fork();
  require(child >= 0, "fork");
  if (child == 0) {
    auto ledger = open_ledger(path);
    DeviceSupply supply(1, true);
    const LoadCosts measured = load_devices(*ledger, supply, options.known, options.rows_by_batch);
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
  auto ledger = open_ledger(path);
  std::printf("open: %.3f s\n", seconds_since(before_open));
  DeviceSupply supply(2, false);
  for (int round = 0; round < options.rounds; ++round) {
    const int syncs = g_syncs;
    const std::uint64_t written = number_in("/proc/self/io", "write_bytes:");
    const LoadCosts measured =
        load_devices(*ledger, supply, options.records, options.rows_by_batch);
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
}  // namespace devicebatch::bench

int main(int argc, char** argv) {
  devicebatch::bench::Options options;
  CLI::App app("Measures how fast the ledger takes records in.");
  app.add_option("--records", options.records, "records of each round");
  app.add_option("--known", options.known, "devices known before the first round");
  app.add_option("--rounds", options.rounds, "how often");
  app.add_option("--rows-by-batch", options.rows_by_batch, "rows of one batch");
  app.add_option("--folder", options.folder, "a folder on the disk to be measured");
  CLI11_PARSE(app, argc, argv);
  devicebatch::bench::measure(options);
  return 0;
}
