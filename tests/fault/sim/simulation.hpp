// sim/simulation.hpp - one seed, from its first event to its last check.
//
// Purpose:   the same seed makes the same events, in the same order, on every machine.
// Threading: one thread; one at a time, because the loop's clock is the process's.
#pragma once

#include "fault/sim/process.hpp"

namespace devicebatch::sim {

struct Outcome {
  std::string broken;  // empty: every promise held
  std::size_t steps = 0;
  std::size_t crashes = 0;
  std::size_t power_losses = 0;
  std::size_t posts = 0;
  std::size_t registered = 0;
  std::chrono::milliseconds virtual_time{0};
};

struct RunOptions {
  Sabotage sabotage = Sabotage::none;
  std::function<void(const std::string&)> trace;
};

// A fresh ledger as files, made once for all runs.
MemoryDisk::Image make_fresh_ledger();

Outcome simulate(const Scenario& scenario, const MemoryDisk::Image& fresh,
                 const RunOptions& options);

}  // namespace devicebatch::sim
