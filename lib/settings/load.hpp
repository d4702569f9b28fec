// settings/load.hpp - YAML to Settings, with every problem at once.
//
// Errors:    Problem::line counts from 1; 0 means the file as a whole.
#pragma once

#include "settings/settings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace devicebatch::settings {

struct Problem {
  int line = 0;
  std::string
      message;  // names the key, what is wrong, and the nearest valid key where there is one
};

struct Loaded {
  Settings settings;  // meaningful only when there are no problems
  std::vector<Problem> problems;
};

Loaded load_settings(std::string_view yaml);
// Reads the file; Errc of the file system when it cannot be read.
Result<Loaded> load_settings_file(const std::string& path);

// "FILE:LINE: MESSAGE" for each, one a line.
std::string describe(const std::string& path, const std::vector<Problem>& problems);

// The effective settings as YAML, secrets as references, for `check-config`.
std::string to_yaml(const Settings& settings);

}  // namespace devicebatch::settings
