// devicebatch-intake-bench: takes what lies in a drop folder, once, with the code of the daemon.
//
//   devicebatch-intake-bench FOLDER --ledger LEDGER
//
// Every file of FOLDER is listed, judged complete, claimed, read, verified, stored and
// acknowledged, large ones one by one, small ones in groups, as the intake loop does it; the settle
// time is not waited for. Prints one JSON line and leaves the ledger and the folder behind. With
// one large file this is "CSV to ledger", with many small ones the burst.
#include "base/limits.hpp"
#include "engine/take_files.hpp"
#include "format/submission_reader.hpp"

#include "bench/ledger_load.hpp"
#include <CLI/CLI.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <pthread.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <mutex>

namespace devicebatch::bench {
namespace {

constexpr std::size_t kFilesPerLook = 20'000;
constexpr std::uint64_t kLargeFile = 4 << 20;

class NoTransport final : public http::Transport {
 public:
  void start(http::Request, http::Completion completion) override {
    completion(fail(Errc::cancelled, "this program sends nothing"));
  }
};

class NobodyCounts final : public engine::Observer {
 public:
  void http_exchange(std::string_view, int, std::chrono::nanoseconds) override {}
  void chunk_attempt(std::string_view) override {}
  void job_poll(std::string_view) override {}
  void token_refresh(bool) override {}
  void ledger_commit(std::size_t, std::chrono::nanoseconds) override {}
  void folder_listed(std::string_view, std::string_view) override {}
  void files_waiting(std::string_view, std::size_t) override {}
};

settings::Settings make_settings(const std::string& folder) {
  settings::Settings settings;
  settings::Account account;
  account.name = "contoso";
  settings.accounts.push_back(account);
  settings::Destination destination;
  destination.name = "line";
  destination.account = account.name;
  destination.customer = "66666666-7777-8888-9999-000000000000";
  destination.batch = "LINE";
  settings.destinations.push_back(destination);
  settings::Source source;
  source.name = "line";
  source.path = folder;
  source.destination = destination.name;
  settings.sources.push_back(source);
  return settings;
}

// What a Context refers to, without a service.
class World {
 public:
  World(const std::string& folder, std::unique_ptr<ledger::Ledger> ledger)
      : settings_(make_settings(folder)),
        ledger_(std::move(ledger)),
        context_{loop_,     workers_.get_executor(), ledger_,   transport_, clock_, random_,
                 settings_, [](const LogLine&) {},   observer_, "",         "bench"},
        account_(context_, settings_.accounts.front()),
        destination_(context_, settings_.destinations.front(), register_destination(), account_),
        source_(settings_.sources.front(), [this](std::string_view) { return &destination_; }) {
    Result<spool::DropFolder> opened = spool::DropFolder::open(folder);
    require(opened.has_value(), opened ? "" : opened.error().message());
    source_.folder = std::make_shared<const spool::DropFolder>(std::move(*opened));
  }

  engine::Context& context() { return context_; }
  const engine::Source& source() const { return source_; }
  ledger::LedgerThread& ledger() { return ledger_; }

 private:
  DestinationId register_destination() {
    const settings::Destination& config = settings_.destinations.front();
    DestinationId id;
    const Result<void> done = ledger_.run([&](ledger::Ledger& verbs) -> Result<void> {
      auto made = verbs.intake().ensure_destination(*Uuid::parse(config.customer), config.batch,
                                                    config.account);
      if (!made) return fail(std::move(made.error()));
      id = *made;
      return {};
    });
    require(done.has_value(), done ? "" : done.error().message());
    return id;
  }

  settings::Settings settings_;
  engine::asio::io_context loop_;
  boost::asio::thread_pool workers_{1};
  ledger::LedgerThread ledger_;
  NoTransport transport_;
  SystemClock clock_;
  SystemRandom random_;
  NobodyCounts observer_;
  engine::Context context_;
  engine::Account account_;
  engine::Destination destination_;
  engine::Source source_;
};

// What one look offers: listed and judged, but not waited for.
std::vector<spool::Sighting> look(const spool::DropFolder& folder) {
  Result<spool::Listing> listing = folder.list(kFilesPerLook);
  require(listing.has_value(), listing ? "" : listing.error().message());
  std::vector<spool::Sighting> ready;
  for (spool::Sighting& file : listing->files) {
    const Result<spool::DropFolder::Ends> ends = folder.read_ends(file.name);
    if (!ends) continue;
    if (format::judge_completeness(ends->head, ends->tail) != format::Completeness::complete) {
      continue;
    }
    ready.push_back(std::move(file));
  }
  return ready;
}

using Groups = std::deque<std::vector<spool::Sighting>>;

Groups cut(std::span<const spool::Sighting> files, std::size_t size) {
  Groups groups;
  for (std::size_t begin = 0; begin < files.size(); begin += size) {
    const auto group = files.subspan(begin, std::min(size, files.size() - begin));
    groups.emplace_back(group.begin(), group.end());
  }
  return groups;
}

std::size_t take_groups(World& world, Groups& groups, std::mutex& mutex) {
  std::size_t accepted = 0;
  for (;;) {
    std::unique_lock lock(mutex);
    if (groups.empty()) return accepted;
    const std::vector<spool::Sighting> group = std::move(groups.front());
    groups.pop_front();
    lock.unlock();
    const engine::TakeResult taken = engine::FileTaker(world.context(), world.source()).take(group);
    require(!taken.last_error, taken.last_error ? taken.last_error->message() : "");
    require(taken.accepted == group.size(), "a file was not taken");
    accepted += taken.accepted;
  }
}

// Small files in two lanes, then large ones one by one, as IntakeLoop::take() does it.
std::size_t take_look(World& world, std::vector<spool::Sighting> ready) {
  const auto large = std::stable_partition(
      ready.begin(), ready.end(),
      [](const spool::Sighting& file) { return file.state.bytes <= kLargeFile; });
  Groups small_files = cut(std::span(ready.begin(), large), limits::kFilesPerClaim);
  Groups large_files = cut(std::span(large, ready.end()), 1);
  std::mutex mutex;
  const auto lane = [&] {
    pthread_setname_np(pthread_self(), "reader");
    return take_groups(world, small_files, mutex);
  };
  std::future<std::size_t> other;
  if (small_files.size() > 1) other = std::async(std::launch::async, lane);
  std::size_t accepted = take_groups(world, small_files, mutex);
  if (other.valid()) accepted += other.get();
  return accepted + take_groups(world, large_files, mutex);
}

std::size_t take_all(World& world) {
  std::size_t accepted = 0;
  for (;;) {
    std::vector<spool::Sighting> ready = look(*world.source().folder);
    if (ready.empty()) return accepted;
    accepted += take_look(world, std::move(ready));
  }
}

double process_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// CPU time of the living threads by name; those that ended are in the process' total only.
boost::json::object thread_cpu_seconds() {
  std::map<std::string, double> by_name;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::ifstream(task.path() / "comm") >> name;
    double nanoseconds = 0;
    std::ifstream(task.path() / "schedstat") >> nanoseconds;
    by_name[name] += nanoseconds / 1e9;
  }
  boost::json::object seconds;
  for (const auto& [name, spent] : by_name) seconds[name] = spent;
  return seconds;
}

void add_counts(boost::json::object& line, ledger::LedgerThread& ledger) {
  ledger::Totals totals;
  const Result<void> read = ledger.run([&](ledger::Ledger& verbs) -> Result<void> {
    auto found = verbs.reports().totals();
    if (!found) return fail(std::move(found.error()));
    totals = *found;
    return {};
  });
  require(read.has_value(), read ? "" : read.error().message());
  line["records"] = totals.records_in;
  line["pending"] = totals.verdicts[static_cast<std::size_t>(Verdict::none)];
}

void measure(const std::string& folder, const std::string& ledger_path) {
  pthread_setname_np(pthread_self(), "reader");
  const MonoTime before_open = SystemClock().now_mono();
  auto ledger = open_ledger(ledger_path);
  boost::json::object line;
  line["open_s"] = seconds_since(before_open);
  World world(folder, std::move(ledger));
  const std::uint64_t read = number_in("/proc/self/io", "rchar:");
  const std::uint64_t written = number_in("/proc/self/io", "write_bytes:");
  const double cpu = process_cpu_seconds();
  const MonoTime start = SystemClock().now_mono();
  line["files"] = take_all(world);
  line["wall_s"] = seconds_since(start);
  line["cpu_s"] = process_cpu_seconds() - cpu;
  line["read_bytes"] = number_in("/proc/self/io", "rchar:") - read;
  line["write_bytes"] = number_in("/proc/self/io", "write_bytes:") - written;
  line["cpu_by_thread_s"] = thread_cpu_seconds();
  add_counts(line, world.ledger());
  line["rss_peak_kb"] = number_in("/proc/self/status", "VmHWM:");
  std::printf("%s\n", boost::json::serialize(line).c_str());
}

}  // namespace
}  // namespace devicebatch::bench

int main(int argc, char** argv) {
  CLI::App app("Takes what lies in a drop folder, once, and says what it cost.");
  std::string folder;
  std::string ledger;
  app.add_option("folder", folder, "a drop folder with files in it")->required();
  app.add_option("--ledger", ledger, "the ledger, existing or not")->required();
  CLI11_PARSE(app, argc, argv);
  devicebatch::bench::measure(folder, ledger);
  return 0;
}
