#include "daemon/world.hpp"

#include "daemon/surroundings.hpp"
#include "ledger/open.hpp"

#include <boost/asio/post.hpp>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <latch>
#include <thread>

namespace devicebatch::daemon {
namespace {

std::string lease_owner() {
  char host[256] = "localhost";
  gethostname(host, sizeof host - 1);
  return std::string(host) + ":" + std::to_string(getpid());
}

// The pool has no hook for its threads: as many jobs as threads, none of which ends before all
// began.
void name_workers(engine::asio::thread_pool& workers, unsigned count) {
  auto everyone = std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(count));
  for (unsigned worker = 0; worker < count; ++worker) {
    boost::asio::post(workers, [everyone] {
      pthread_setname_np(pthread_self(), "ingest");
      everyone->arrive_and_wait();
    });
  }
}

}  // namespace

unsigned worker_count() {
  return std::clamp(std::thread::hardware_concurrency(), 2U, 4U);
}

World::World(settings::Settings effective)
    : settings(std::move(effective)), log(settings, clock), metrics(clock.now_utc()) {}

World::~World() = default;

Result<std::unique_ptr<World>> World::make(settings::Settings settings) {
  std::unique_ptr<World> world(new World(std::move(settings)));
  Result<std::unique_ptr<ledger::Ledger>> opened =
      ledger::open_ledger(world->settings.ledger_path, world->random);
  if (!opened) return fail(std::move(opened), "ledger " + world->settings.ledger_path);
  Metrics& metrics = world->metrics;
  world->ledger = std::make_unique<ledger::LedgerThread>(
      std::move(*opened), [&metrics](std::size_t jobs, std::chrono::nanoseconds took) {
        metrics.ledger_commit(jobs, took);
      });
  world->transport = std::make_unique<http::CurlTransport>(curl_options(world->settings.service));
  world->workers = std::make_unique<engine::asio::thread_pool>(worker_count());
  name_workers(*world->workers, worker_count());
  world->context.reset(new engine::Context{world->loop, world->workers->get_executor(),
                                           *world->ledger, *world->transport, world->clock,
                                           world->random, world->settings, world->log.sink(),
                                           world->metrics, credentials_directory(), lease_owner()});
  world->engine = std::make_unique<engine::Engine>(*world->context);
  world->verbs = std::make_unique<engine::ControlVerbs>(*world->context, *world->engine);
  engine::ControlVerbs& verbs = *world->verbs;
  const engine::ControlHandler answer = [&verbs](boost::json::object request,
                                                 engine::Payload& payload, engine::Caller caller) {
    return verbs.handle(std::move(request), payload, caller);
  };
  Result<void> listening = world->listen(answer);
  if (!listening) return fail(std::move(listening.error()));
  return world;
}

Result<void> World::listen(const engine::ControlHandler& answer) {
  control = std::make_unique<engine::ControlServer>(loop, answer);
  Result<std::string> opened = control->open({settings.control_socket, "", true});
  if (!opened) return fail(std::move(opened.error()));
  if (settings.monitor_socket.empty()) return {};
  monitor = std::make_unique<engine::ControlServer>(loop, answer);
  opened = monitor->open({settings.monitor_socket, settings.monitor_group, false});
  if (!opened) return fail(std::move(opened.error()));
  if (!opened->empty()) devicebatch::log(log.sink(), LogLevel::warning, "monitor.group", *opened);
  return {};
}

}  // namespace devicebatch::daemon
