// daemon/world.hpp - owns every real object, in the order of the layers.
//
// Lifecycle: make() builds everything that can fail before anything runs; objects die in reverse
//            order.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "daemon/log_spdlog.hpp"
#include "daemon/metrics.hpp"
#include "engine/control/control_verbs.hpp"
#include "engine/http_listener.hpp"
#include "http/curl_transport.hpp"

#include <boost/asio/thread_pool.hpp>

#include <memory>

namespace devicebatch::daemon {

class World {
 public:
  static Result<std::unique_ptr<World>> make(settings::Settings settings);
  ~World();

  // Declared in layer order: what is below outlives what is above.
  settings::Settings settings;
  SystemClock clock;
  SystemRandom random;
  LogWriter log;
  Metrics metrics;
  engine::asio::io_context loop{1};
  std::unique_ptr<ledger::LedgerThread> ledger;
  std::unique_ptr<http::CurlTransport> transport;
  std::unique_ptr<engine::asio::thread_pool> workers;
  std::unique_ptr<engine::Context> context;
  std::unique_ptr<engine::Engine> engine;
  std::unique_ptr<engine::ControlVerbs> verbs;
  std::unique_ptr<engine::ControlServer> control;
  std::unique_ptr<engine::ControlServer> monitor;  // null: none is wanted
  std::unique_ptr<engine::HttpListener> pages;

 private:
  explicit World(settings::Settings effective);
  Result<void> listen(const engine::ControlHandler& answer);
};

// Workers: as many as cores, at most four, at least two so that a large file does not stop the
// rest.
unsigned worker_count();

}  // namespace devicebatch::daemon
