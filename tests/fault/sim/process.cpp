#include "fault/sim/process.hpp"

#include <boost/asio/co_spawn.hpp>

namespace devicebatch::sim {

Process::Process(ProcessWorld& world, std::unique_ptr<ledger::Ledger> ledger)
    : world_(world),
      queue_(std::move(ledger), world.disk, world.dice),
      random_(world.dice.number()),
      context_{loop_,        loop_.get_executor(),    queue_,    world.network, world.clock,
               random_,      world.scenario.settings, world.log, observer_,     "",
               "simulated:1"},
      settled_(loop_.get_executor()),
      delivery_(context_, settled_),
      intake_(world.intake, queue_, delivery_),
      kick_(loop_) {
  const auto prepared = [this](std::exception_ptr thrown, Result<void> result) {
    if (thrown) std::rethrow_exception(thrown);
    started(std::move(result));
  };
  engine::asio::co_spawn(loop_, delivery_.prepare(), prepared);
}

Process::~Process() {
  // Whoever waits for a reply dies before what it refers to.
  world_.network.forget_clients();
}

void Process::started(Result<void> prepared) {
  if (!prepared) {
    failure_.emplace(std::move(prepared.error()));
    return;
  }
  is_prepared_ = true;
  delivery_.run(
      [this](engine::asio::awaitable<void> loop) { engine::spawn(loop_, std::move(loop)); });
}

bool Process::run_ready() {
  loop_.restart();
  return loop_.poll() > 0;
}

void Process::clock_moved() {
  // Asio learns of it by a timer that is the first of all and over.
  kick_.expires_at(world_.clock.now_mono() - std::chrono::hours(1));
  kick_.async_wait([](const boost::system::error_code&) {});
}

void Process::retry_authentication() {
  engine::spawn(loop_, delivery_.retry_authentication());
}

}  // namespace devicebatch::sim
