#include "fault/sim/simulation.hpp"

#include "ledger/open.hpp"

#include "fault/sim/disk_vfs.hpp"
#include "fault/sim/world.hpp"

namespace devicebatch::sim {
namespace {

using namespace std::chrono_literals;

// More of either is a run that does not come to an end.
constexpr std::size_t kStepsMax = 400'000;
constexpr auto kPatience = 24h;

}  // namespace

MemoryDisk::Image make_fresh_ledger() {
  Dice dice(1, Dice::Stream::disk);
  MemoryDisk disk(dice);
  use_disk(disk, dice);
  {
    auto ledger = ledger::open_ledger(kLedgerPath, dice.random(), kDiskVfs);
    DEVICEBATCH_CHECK(ledger.has_value());
  }
  return disk.image();
}

Outcome simulate(const Scenario& scenario, const MemoryDisk::Image& fresh,
                 const RunOptions& options) {
  World world(scenario, fresh, options);
  while (!world.is_broken() && !world.is_over()) {
    if (world.steps() > kStepsMax) world.broken("I7", "it does not come to rest");
    if (world.since_calm() > kPatience) world.broken("I7", "it does not end: " + world.open_work());
    world.step();
  }
  if (!world.is_broken()) world.check_end();
  return world.outcome();
}

}  // namespace devicebatch::sim
