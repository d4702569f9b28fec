#include "daemon/load_config.hpp"

#include "daemon/exit_codes.hpp"
#include "settings/load.hpp"

#include <cstdio>

namespace devicebatch::daemon {

int load_config(const std::string& path, settings::Settings& settings) {
  Result<settings::Loaded> loaded = settings::load_settings_file(path);
  if (!loaded) {
    std::fprintf(stderr, "devicebatchd: %s\n", loaded.error().message().c_str());
    return kBadConfig;
  }
  if (!loaded->problems.empty()) {
    std::fputs(settings::describe(path, loaded->problems).c_str(), stderr);
    return kBadConfig;
  }
  settings = std::move(loaded->settings);
  return kOk;
}

}  // namespace devicebatch::daemon
