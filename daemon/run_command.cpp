#include "daemon/run_command.hpp"

#include "daemon/exit_codes.hpp"
#include "daemon/load_config.hpp"
#include "daemon/service.hpp"

#include <malloc.h>
#include <sys/resource.h>

#include <cstdio>

namespace devicebatch::daemon {

int run_command(const RunOptions& options) {
  // A core dump would hold tokens and secrets (promise I8).
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);

  // Two heaps are enough for threads that mostly wait; one for each would triple the memory.
  mallopt(M_ARENA_MAX, 2);

  settings::Settings settings;
  if (const int failed = load_config(options.config, settings); failed != kOk) return failed;
  Result<std::unique_ptr<World>> world = World::make(std::move(settings));
  if (!world) {
    std::fprintf(stderr, "devicebatchd: %s\n", world.error().message().c_str());
    return exit_code_for(world.error().code());
  }
  return Service(**world, options).run();
}

}  // namespace devicebatch::daemon
