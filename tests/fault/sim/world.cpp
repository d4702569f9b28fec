#include "fault/sim/world.hpp"

#include "ledger/open.hpp"

#include "fault/sim/disk_vfs.hpp"

#include <algorithm>

namespace devicebatch::sim {
namespace {

using namespace std::chrono_literals;

// More than ever follow from one event, even with a dozen devices and ten chunks.
constexpr std::size_t kStepsWithoutTime = 2'000;

}  // namespace

World::World(const Scenario& scenario, const MemoryDisk::Image& fresh, const RunOptions& options)
    : scenario_(scenario),
      options_(options),
      files_(scenario.files),
      agenda_(clock_),
      disk_dice_(scenario.seed, Dice::Stream::disk),
      network_dice_(scenario.seed, Dice::Stream::network),
      server_dice_(scenario.seed, Dice::Stream::server),
      schedule_dice_(scenario.seed, Dice::Stream::schedule),
      process_dice_(scenario.seed, Dice::Stream::process),
      disk_(disk_dice_),
      server_(clock_, agenda_, server_dice_, scenario),
      oracle_(scenario, server_),
      network_(agenda_, network_dice_, scenario.network, server_, oracle_),
      intake_world_{scenario, files_, clock_, folder_, oracle_, process_dice_, {}, {}},
      process_world_{scenario, clock_, disk_, network_, process_dice_, intake_world_, {}} {
  disk_.load(fresh);
  use_disk(disk_, disk_dice_);
  engine::LoopClock::use(&clock_);
  if (options_.trace) {
    const auto say = [this](const std::string& what) { tell(what); };
    network_.tell = say;
    server_.tell = say;
    intake_world_.tell = say;
  }
  process_world_.log = [this](const LogLine& line) {
    if (!options_.trace) return;
    std::string text = "engine: " + std::string(line.event) + " " + line.message;
    for (const LogField& field : line.fields)
      text += " " + std::string(field.name) + "=" + field.value;
    tell(text);
  };
  server_.registered_twice = [this](const std::string& key, const std::string& before,
                                    const std::string& now) {
    oracle_.registered_twice(key, before, now);
  };
  network_.on_post = [this] {
    if (std::exchange(ends_at_post_, false)) disk_.kill();
  };
  intake_world_.on_receipt = [this] {
    if (!std::exchange(ends_at_receipt_, false)) return;
    ending_ = MemoryDisk::Ending::power_loss;
    disk_.kill();
  };
  network_.sabotage(options_.sabotage);
  if (options_.sabotage == Sabotage::no_sync) disk_.ignore_syncs();
  plan();
  start_at_ = clock_.now_mono();
}

World::~World() {
  disk_.kill();
  process_.reset();
  engine::LoopClock::use(nullptr);
}

void World::tell(const std::string& what) const {
  if (options_.trace) options_.trace(format_utc(clock_.now_utc()) + " " + what);
}

void World::plan() {
  for (std::size_t at = 0; at < files_.size(); ++at) {
    agenda_.in(files_[at].at, [this, at] {
      tell("dropped: " + files_[at].name);
      folder_.drop(files_[at].name, at);
    });
  }
  for (const TroublePlan& trouble : scenario_.troubles) {
    agenda_.in(trouble.at, [this, &trouble] { apply(trouble); });
  }
  agenda_.in(scenario_.calm_at, [this] { calm_down(); });
}

MonoTime::duration World::since_calm() const {
  return calm_since_ ? clock_.now_mono() - *calm_since_ : MonoTime::duration::zero();
}

void World::start() {
  start_at_.reset();
  auto ledger = ledger::open_ledger(kLedgerPath, process_dice_.random(), kDiskVfs);
  if (!ledger) {
    const Errc code = ledger.error().code();
    if (code != Errc::full && code != Errc::transient) {
      broken("I4", "the ledger does not open: " + ledger.error().message());
    }
    start_at_ = clock_.now_mono() + 5s;
    return;
  }
  tell("process: started");
  auto begun = (*ledger)->begin();
  Result<void> checked;
  if (begun) {
    checked = (*ledger)->attempt([&] { return oracle_.check_ledger(**ledger); });
    (void)(*ledger)->commit();
  }
  process_ = std::make_unique<Process>(process_world_, std::move(*ledger));
  if (options_.sabotage == Sabotage::commit_after_send) process_->queue().answer_early();
}

void World::end(MemoryDisk::Ending ending) {
  const bool is_crash = ending == MemoryDisk::Ending::crash;
  ++(is_crash ? crashes_ : power_losses_);
  tell(is_crash ? "process: killed" : "process: the power is gone");
  disk_.kill();
  process_.reset();
  if (engine::LoopClock::next_end()) broken("engine", "a timer outlives its loop");
  const bool was_full = disk_.is_full();
  disk_.restart(ending);
  disk_.set_full(was_full);
  if (!is_crash) folder_.lose_power(schedule_dice_);
  has_io_failed_ = false;
  ends_at_post_ = false;
  ends_at_receipt_ = false;
  start_at_ = clock_.now_mono() + schedule_dice_.time(0ms, 30s);
}

void World::step() {
  ++steps_;
  if (++steps_without_time_ > kStepsWithoutTime) broken("I7", "it spins while time stands still");
  if (disk_.is_dead()) return end(ending_);
  if (start_at_ && *start_at_ <= clock_.now_mono()) return start();
  try {
    if (process_) {
      step_process();
    } else if (!agenda_.run_one()) {
      advance_time();
    }
  } catch (const engine::LedgerBroken& lost) {
    has_io_failed_ = disk_.take_io_failure() || has_io_failed_;
    if (!has_io_failed_ && !disk_.is_dead()) broken("engine", lost.what());
    tell(std::string("engine: ends, ") + lost.what());
    if (!is_broken()) end(MemoryDisk::Ending::crash);
  }
}

bool World::run_something() {
  Process& process = *process_;
  if (process.run_ready()) return true;
  const bool can_take_in = process.is_prepared();
  for (std::size_t tries = 0, first = schedule_dice_.below(3); tries < 3; ++tries) {
    switch ((first + tries) % 3) {
      case 0:
        if (!process.queue().has_work()) break;
        process.queue().commit_some();
        return true;
      case 1:
        if (agenda_.run_one()) return true;
        break;
      default:
        if (can_take_in && process.intake().advance()) return true;
        break;
    }
  }
  return false;
}

void World::step_process() {
  if (run_something()) return;
  if (process_->failure()) {
    const Error& error = *process_->failure();
    if (error.code() != Errc::full && error.code() != Errc::transient) {
      broken("engine", "it does not start: " + error.message());
    }
    return end(MemoryDisk::Ending::crash);
  }
  process_->queue().commit_late();
  if (disk_.is_dead()) return;
  // Asking the ledger may have answered others, too.
  const std::uint64_t commits = process_->queue().commits();
  look_for_end();
  if (!is_over_ && !has_news_ && commits == process_->queue().commits()) advance_time();
  has_news_ = false;
}

void World::advance_time() {
  std::optional<MonoTime> next = agenda_.next();
  const auto consider = [&](std::optional<MonoTime> other) {
    const bool is_ever = other && *other < MonoTime::max();
    if (is_ever && (!next || *other < *next)) next = other;
  };
  consider(engine::LoopClock::next_end());
  consider(start_at_);
  if (process_) consider(process_->intake().next_try());
  if (!next) {
    broken("I7", "nothing happens any more: " + open_work());
    return;
  }
  if (*next > clock_.now_mono()) steps_without_time_ = 0;
  clock_.advance_to(std::max(*next, clock_.now_mono()));
  if (process_) process_->clock_moved();
}

void World::in_ledger(const std::function<Result<void>(ledger::Ledger&)>& verb) {
  if (!process_ || disk_.is_dead()) return;
  (void)process_->queue().run(verb);  // an operator's command may fail
}

std::string World::open_work() const {
  std::string open;
  for (const auto& [name, entry] : folder_.entries()) {
    if (entry.place != Place::done) open += " " + name;
  }
  return open.empty() ? "all files are done" : "not done:" + open;
}

void World::look_for_end() {
  if (!calm_since_ || !process_->is_prepared()) return;
  const auto& entries = folder_.entries();
  const bool is_done = std::all_of(entries.begin(), entries.end(), [](const auto& entry) {
    return entry.second.place == Place::done;
  });
  if (fresh_since_) {
    const auto limit = 30s + 2 * scenario_.server.job_most;
    if (is_done && process_->intake().finished() > 0) is_over_ = true;
    if (clock_.now_mono() - *fresh_since_ > limit) {
      broken("I7", "a fresh file is not done after " +
                       std::to_string((clock_.now_mono() - *fresh_since_) / 1s) + " s");
    }
    return;
  }
  if (!is_done || since_calm() < 10min || looked_at_ == clock_.now_mono()) return;
  looked_at_ = clock_.now_mono();  // a look is a commit, which wakes others that look
  bool is_open = true;
  in_ledger([&](ledger::Ledger& ledger) -> Result<void> {
    auto totals = ledger.reports().totals();
    if (!totals) return fail(std::move(totals.error()));
    is_open = false;
    for (std::size_t state = 0; state < 4; ++state)
      is_open = is_open || totals->submissions[state] > 0;
    return {};
  });
  if (!is_open) drop_fresh_file();
}

void World::drop_fresh_file() {
  FilePlan& file = files_.emplace_back();
  file.name = "fresh.csv";
  file.source = schedule_dice_.below(scenario_.settings.destinations.size());
  SimDevice device;
  device.serial = "CONTOSO-9999999";
  device.model = "Contoso Book 14";
  file.rows.push_back(device);
  folder_.drop(file.name, files_.size() - 1);
  fresh_since_ = clock_.now_mono();
  has_news_ = true;
  tell("dropped: fresh.csv");
}

void World::check_end() {
  in_ledger([&](ledger::Ledger& ledger) -> Result<void> {
    auto known = oracle_.check_ledger(ledger);
    if (!known) return known;
    auto page = ledger.operators().submissions(ledger::SubmissionFilter(), SubmissionId(), 100);
    if (!page) return fail(std::move(page.error()));
    if (page->rows.size() != files_.size()) {
      broken("I1", "the ledger has " + std::to_string(page->rows.size()) + " submissions for " +
                       std::to_string(files_.size()) + " files");
    }
    for (const ledger::SubmissionSummary& summary : page->rows) {
      auto rows = ledger.receipts().results(summary.id, 0, 1000);
      if (!rows) return fail(std::move(rows.error()));
      for (const FilePlan& file : files_) {
        if (file.name == summary.name) oracle_.check_rows(file, *rows);
      }
    }
    return oracle_.check_balance(ledger);
  });
}

Outcome World::outcome() const {
  Outcome outcome;
  outcome.broken = oracle_.verdict();
  outcome.steps = steps_;
  outcome.crashes = crashes_;
  outcome.power_losses = power_losses_;
  outcome.posts = oracle_.posts();
  for (const auto& [key, registration] : server_.registry()) {
    outcome.registered += registration.times > 0 ? 1 : 0;
  }
  outcome.virtual_time = std::chrono::duration_cast<milliseconds>(clock_.now_mono() - MonoTime(1h));
  return outcome;
}

}  // namespace devicebatch::sim
