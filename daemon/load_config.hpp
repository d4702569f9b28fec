// daemon/load_config.hpp - settings for a command, or every mistake on standard error.
#pragma once

#include "settings/settings.hpp"

#include <string>

namespace devicebatch::daemon {

inline constexpr const char* kDefaultConfig = "/etc/devicebatchd/devicebatchd.yaml";

// kOk and the settings, or kBadConfig after saying what is wrong, each mistake with file and line.
int load_config(const std::string& path, settings::Settings& settings);

}  // namespace devicebatch::daemon
