// devicebatch-bench-preload: makes a ledger that knows many devices.
//
//   devicebatch-bench-preload LEDGER 5000000
//
// Each device has its five identity keys and no hash, so that the file is about what the index and
// the rows take. All belong to one pending submission of a destination that no settings name.
#include "bench/ledger_load.hpp"
#include <CLI/CLI.hpp>

#include <cstdio>

int main(int argc, char** argv) {
  namespace bench = devicebatch::bench;
  CLI::App app("Makes a ledger that knows many devices.");
  std::string path;
  std::uint64_t devices = 0;
  std::uint64_t seed = 1;
  app.add_option("ledger", path, "its file")->required();
  app.add_option("devices", devices, "how many")->required();
  app.add_option("--seed", seed, "other numbers give other devices");
  CLI11_PARSE(app, argc, argv);
  const auto ledger = bench::open_ledger(path);
  bench::DeviceSupply supply(seed, true);
  const bench::LoadCosts costs = bench::load_devices(*ledger, supply, devices, 260);
  std::printf("{\"devices\":%llu,\"wall_s\":%.3f,\"cpu_s\":%.3f,\"longest_commit_s\":%.3f}\n",
              static_cast<unsigned long long>(devices), costs.seconds, costs.cpu,
              costs.longest_commit);
  return 0;
}
