#include "daemon/service.hpp"

#include "daemon/notify.hpp"
#include "engine/async.hpp"
#include "settings/clouds.hpp"
#include "settings/load.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <pthread.h>

#include <csignal>
#include <cstdio>

namespace devicebatch::daemon {

namespace asio = boost::asio;
using engine::spawn;

namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
// Between looks at whether everything is finished, with --once.
constexpr std::chrono::milliseconds kIdleLook{100};

template <class T>
using Verb = std::function<Result<T>(ledger::Ledger&)>;

bool is_everything_finished(const ledger::Totals& totals) {
  std::uint64_t open = 0;
  for (std::size_t state = 0; state < totals.submissions.size(); ++state) {
    if (static_cast<ledger::SubmissionState>(state) != ledger::SubmissionState::finished) {
      open += totals.submissions[state];
    }
  }
  return open == 0;
}

std::string status_line(const ledger::StatusReport& report) {
  const auto& verdicts = report.totals.verdicts;
  const std::uint64_t pending = verdicts[static_cast<std::size_t>(Verdict::none)];
  const std::uint64_t done = report.totals.records_in - pending;
  std::string line = std::to_string(done) + " of " + std::to_string(report.totals.records_in) +
                     " records have a verdict";
  for (const ledger::DestinationReport& destination : report.destinations) {
    if (!destination.destination.paused_code.empty()) {
      line += "; paused: " + destination.destination.paused_code;
    }
  }
  if (report.stalled_jobs > 0) line += "; stalled jobs: " + std::to_string(report.stalled_jobs);
  return line;
}

}  // namespace

Service::Service(World& world, RunOptions options)
    : world_(world),
      options_(std::move(options)),
      ledger_(*world.ledger, world.log.sink()),
      signals_(world.loop, SIGTERM, SIGINT, SIGHUP),
      drain_deadline_(world.loop) {}

int Service::run() {
  pthread_setname_np(pthread_self(), "loop");
  spawn(world_.loop, start());
  spawn(world_.loop, watch_signals());
  try {
    world_.loop.run();
  } catch (const engine::LedgerBroken& broken) {
    log(world_.log.sink(), LogLevel::critical, "service.failed", broken.what());
    exit_code_ = kIoError;
  }
  notify_stopping();
  world_.control->close();
  if (world_.monitor) world_.monitor->close();
  stop_threads();
  log(world_.log.sink(), LogLevel::info, "service.stopped", "", {{"exit_code", exit_code_}});
  return exit_code_;
}

// Readers end because the ledger takes nothing more, requests because the transport goes away.
void Service::stop_threads() {
  world_.ledger->stop();
  world_.workers->join();
  world_.transport.reset();
}

void Service::fail_start(const Error& error) {
  log(world_.log.sink(), LogLevel::critical, "service.not_started", error.message());
  exit_code_ = exit_code_for(error.code());
  world_.loop.stop();
}

asio::awaitable<void> Service::start() {
  Result<void> prepared = co_await world_.engine->prepare();
  if (!prepared) {
    fail_start(prepared.error());
    co_return;
  }
  if (!world_.settings.metrics_listen.empty()) {
    auto handler = [this](std::string path) { return page(std::move(path)); };
    world_.pages = std::make_unique<engine::HttpListener>(world_.loop, std::move(handler));
    Result<void> listening = world_.pages->open(world_.settings.metrics_listen);
    if (!listening) {
      fail_start(listening.error());
      co_return;
    }
    world_.pages->start();
  }
  world_.engine->run();
  world_.control->start();
  if (world_.monitor) world_.monitor->start();
  is_ready_ = true;
  notify_ready();
  const int port = world_.pages ? world_.pages->port() : 0;
  log(world_.log.sink(), LogLevel::info, "service.ready", "",
      {{"version", DEVICEBATCH_VERSION},
       {"sources", world_.settings.sources.size()},
       {"destinations", world_.settings.destinations.size()},
       {"ledger", world_.settings.ledger_path},
       {"control", world_.settings.control_socket},
       {"metrics_port", port}});
  for (const std::string& warning : settings::warnings_of(world_.settings)) {
    log(world_.log.sink(), LogLevel::warning, "settings.warning", warning);
  }
  if (watchdog_interval() || has_service_manager()) spawn(world_.loop, feed_watchdog());
  if (options_.once) spawn(world_.loop, end_when_idle());
}

asio::awaitable<void> Service::watch_signals() {
  for (;;) {
    const auto [error, signal] = co_await signals_.async_wait(kAsTuple);
    if (error) co_return;
    if (signal == SIGHUP) {
      co_await reload();
      continue;
    }
    if (is_draining_) {
      log(world_.log.sink(), LogLevel::warning, "service.stopping_now", "second signal");
      world_.loop.stop();
      co_return;
    }
    drain();
  }
}

void Service::drain() {
  is_draining_ = true;
  notify_stopping();
  log(world_.log.sink(), LogLevel::info, "service.draining", "",
      {{"deadline_ms", world_.settings.drain_deadline.count()}});
  drain_deadline_.expires_after(world_.settings.drain_deadline);
  drain_deadline_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    log(world_.log.sink(), LogLevel::warning, "service.drain_deadline",
        "requests under way are looked into at the next start");
    world_.loop.stop();
  });
  world_.engine->drain([this] { world_.loop.stop(); });
}

asio::awaitable<void> Service::reload() {
  notify_reloading();
  Result<settings::Loaded> loaded = settings::load_settings_file(options_.config);
  if (!loaded || !loaded->problems.empty()) {
    const std::string why =
        loaded ? settings::describe(options_.config, loaded->problems) : loaded.error().message();
    log(world_.log.sink(), LogLevel::error, "settings.not_reloaded", why);
  } else {
    world_.log.set_level(loaded->settings.log_level);
    settings::Settings comparable = loaded->settings;
    comparable.log_level = world_.settings.log_level;
    const bool needs_restart = settings::to_yaml(comparable) != settings::to_yaml(world_.settings);
    log(world_.log.sink(), needs_restart ? LogLevel::warning : LogLevel::info, "settings.reloaded",
        needs_restart ? "the log level and secrets are in use; other changes need a restart" : "");
  }
  co_await world_.engine->retry_authentication();
  world_.engine->wake_up();
  notify_ready();
}

// Alive means that the loop, the ledger and the workers all did something just now.
asio::awaitable<bool> Service::is_alive() {
  std::optional<ledger::StatusReport> report;
  if (!world_.verbs->is_verifying()) report = co_await status();
  bool worked = false;
  std::function<void()> work = [&worked] { worked = true; };
  co_await engine::run_on_worker(world_.workers->get_executor(), work);
  if (report) notify_status(status_line(*report));
  co_return worked;
}

asio::awaitable<void> Service::feed_watchdog() {
  constexpr std::chrono::seconds kStatusOnly{30};
  const auto watched = watchdog_interval();
  const auto pause = watched ? *watched / 3 : std::chrono::microseconds(kStatusOnly);
  asio::steady_timer timer(world_.loop);
  for (;;) {
    const bool is_well = co_await is_alive();
    if (is_well) notify_watchdog();
    timer.expires_after(pause);
    const auto [error] = co_await timer.async_wait(kAsTuple);
    if (error) co_return;
  }
}

asio::awaitable<void> Service::end_when_idle() {
  asio::steady_timer timer(world_.loop);
  while (!is_draining_) {
    timer.expires_after(kIdleLook);
    const auto [error] = co_await timer.async_wait(kAsTuple);
    if (error) co_return;
    if (!world_.engine->is_quiet()) continue;
    Verb<ledger::Totals> read = [](ledger::Ledger& verbs) { return verbs.reports().totals(); };
    Result<ledger::Totals> totals = co_await ledger_.ask<ledger::Totals>(read);
    if (totals && is_everything_finished(*totals) && !is_draining_) drain();
  }
}

asio::awaitable<std::optional<ledger::StatusReport>> Service::status() {
  const UtcTime now = world_.clock.now_utc();
  Verb<ledger::StatusReport> read = [now](ledger::Ledger& verbs) {
    return verbs.reports().status(now);
  };
  Result<ledger::StatusReport> report = co_await ledger_.ask<ledger::StatusReport>(read);
  if (!report) co_return std::nullopt;
  co_return std::move(*report);
}

engine::DestinationNames Service::names() {
  return [this](DestinationId id) {
    const engine::Destination* found = world_.engine->destination(id);
    return found == nullptr ? std::string() : found->name;
  };
}

asio::awaitable<engine::Page> Service::page(std::string path) {
  engine::Page page;
  if (path == "/livez") {
    page.status = 200;
    page.body = "ok\n";
    co_return page;
  }
  if (path != "/readyz" && path != "/metrics") co_return page;
  std::optional<ledger::StatusReport> report = co_await status();
  const bool is_ready = is_ready_ && !is_draining_ && report.has_value();
  if (path == "/readyz") {
    page.status = is_ready ? 200 : 503;
    page.body = is_ready ? "ready\n" : "not ready\n";
  } else if (report) {
    page.status = 200;
    page.content_type = "text/plain; version=0.0.4; charset=utf-8";
    page.body = world_.metrics.render(*report, names(), world_.clock.now_utc());
  } else {
    page.status = 503;
    page.body = "the ledger does not answer\n";
  }
  co_return page;
}

}  // namespace devicebatch::daemon
