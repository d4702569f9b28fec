// engine/context.hpp - the world a loop lives in, handed in by whoever owns it.
//
// Lifecycle: everything behind the references outlives every loop.
// Threading: the loop's thread, except where a member says otherwise.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "engine/ledger_port.hpp"
#include "engine/observer.hpp"
#include "settings/settings.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace devicebatch::engine {

struct Context {
  asio::io_context& loop;
  asio::any_io_executor workers;
  ledger::JobQueue& ledger_queue;  // any thread
  http::Transport& transport;      // any thread
  const Clock& clock;              // any thread
  Random& random;
  const settings::Settings& settings;
  LogSink log;         // any thread
  Observer& observer;  // any thread
  std::string credentials_directory;
  std::string owner;  // of leases: host and process id
};

}  // namespace devicebatch::engine
