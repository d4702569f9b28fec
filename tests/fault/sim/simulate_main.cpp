// Runs seeds of the simulation and says which of them break a promise.
#include "fault/sim/simulation.hpp"
#include <CLI/CLI.hpp>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace {

using namespace devicebatch;
using namespace devicebatch::sim;

struct Options {
  std::uint64_t seed = 1;
  std::uint64_t count = 1;
  std::uint64_t stride = 1;
  double seconds = 0;
  bool traces = false;
  bool prints_seeds = false;
  std::string sabotage;
};

volatile std::sig_atomic_t has_seed = 0;
std::uint64_t current_seed = 0;

// Which seed it was that broke an invariant of the program itself.
void say_seed(int signal_number) {
  char text[64];
  const int length = std::snprintf(text, sizeof text, "simulate: seed %llu ended by signal %d\n",
                                   static_cast<unsigned long long>(current_seed), signal_number);
  if (has_seed != 0) (void)!write(STDERR_FILENO, text, static_cast<std::size_t>(length));
  (void)signal(signal_number, SIG_DFL);
  (void)raise(signal_number);
}

// The client secret of all simulated accounts, gone when the program ends.
class SecretFile {
 public:
  SecretFile() {
    std::string pattern = (std::filesystem::temp_directory_path() / "simulate-XXXXXX").string();
    const int file = mkstemp(pattern.data());
    path_ = pattern;
    (void)!::write(file, "not a secret", 12);
    ::close(file);
  }
  ~SecretFile() { std::filesystem::remove(path_); }
  SecretFile(const SecretFile&) = delete;
  SecretFile& operator=(const SecretFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Sabotage sabotage_named(const std::string& name) {
  if (name == "resend-under-new-id") return Sabotage::new_id_for_resend;
  if (name == "forget-unconfirmed") return Sabotage::forget_unconfirmed;
  if (name == "commit-after-send") return Sabotage::commit_after_send;
  if (name == "no-sync") return Sabotage::no_sync;
  return Sabotage::none;
}

struct Sums {
  std::uint64_t seeds = 0;
  std::uint64_t failed = 0;
  Outcome all;

  void add(const Outcome& outcome) {
    ++seeds;
    failed += outcome.broken.empty() ? 0 : 1;
    all.steps += outcome.steps;
    all.crashes += outcome.crashes;
    all.power_losses += outcome.power_losses;
    all.posts += outcome.posts;
    all.registered += outcome.registered;
  }
};

int run(const Options& options) {
  const SecretFile secret;
  const SystemClock clock;
  const MonoTime begin = clock.now_mono();
  const auto took = [&] { return std::chrono::duration<double>(clock.now_mono() - begin).count(); };
  const MemoryDisk::Image fresh = make_fresh_ledger();
  RunOptions run_options;
  run_options.sabotage = sabotage_named(options.sabotage);
  if (options.traces) run_options.trace = [](const std::string& line) { std::puts(line.c_str()); };
  Sums sums;
  has_seed = 1;
  for (std::uint64_t number = 0; number < options.count; ++number) {
    if (options.seconds > 0 && took() > options.seconds) break;
    current_seed = options.seed + number * options.stride;
    const Scenario scenario = make_scenario(current_seed, secret.path());
    const Outcome outcome = simulate(scenario, fresh, run_options);
    sums.add(outcome);
    const bool is_broken = !outcome.broken.empty();
    if (is_broken || options.prints_seeds) {
      std::printf("seed %llu steps=%zu virtual_s=%lld %s\n",
                  static_cast<unsigned long long>(current_seed), outcome.steps,
                  static_cast<long long>(outcome.virtual_time.count() / 1000),
                  is_broken ? outcome.broken.c_str() : "ok");
      std::fflush(stdout);
    }
    if (is_broken && run_options.sabotage != Sabotage::none) break;
  }
  std::printf(
      "simulate: %s seeds=%llu steps=%zu crashes=%zu power_losses=%zu posts=%zu "
      "registered=%zu failed=%llu took=%.1fs\n",
      sums.failed == 0 ? "ok" : "FAILED", static_cast<unsigned long long>(sums.seeds),
      sums.all.steps, sums.all.crashes, sums.all.power_losses, sums.all.posts, sums.all.registered,
      static_cast<unsigned long long>(sums.failed), took());
  return sums.failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Simulates the delivery of devices, seed by seed");
  app.add_option("--seed", options.seed, "the first seed");
  app.add_option("--count", options.count, "how many seeds");
  app.add_option("--stride", options.stride, "from one seed to the next");
  app.add_option("--time", options.seconds, "begin no seed after so many seconds");
  app.add_flag("--trace", options.traces, "print every event");
  app.add_flag("--seeds", options.prints_seeds, "print every seed");
  app.add_option("--break", options.sabotage, "break the world on purpose; some seed must fail")
      ->check(CLI::IsMember(
          {"resend-under-new-id", "forget-unconfirmed", "commit-after-send", "no-sync"}));
  CLI11_PARSE(app, argc, argv);
  (void)signal(SIGABRT, say_seed);
  (void)signal(SIGSEGV, say_seed);
  return run(options);
}
