// settings/cross_checks.hpp - what no key can know alone.
//
// Purpose:   names are unique and lead somewhere, folders do not overlap, limits fit each other,
//            plain http stays on this machine.
// Threading: pure; any thread.
#pragma once

#include "settings/load.hpp"

#include <map>
#include <string>

namespace devicebatch::settings {

// Where a value stands: "sources[0].path" -> line.
using Lines = std::map<std::string, int>;

// Adds its problems to those of `loaded`. Values that were wrong in themselves are not judged
// again.
void check_across(Loaded& loaded, const Lines& lines);

}  // namespace devicebatch::settings
