// sandbox/control/scenario.hpp - options, rules, customers, accounts and devices in one file.
//
// Threading: at start.
// Errors:    Errc::bad_config with the file and the line.
// Source:    tests/sandbox/scenarios shows what can be said.
#pragma once

#include "sandbox/world.hpp"

#include <boost/json/fwd.hpp>

#include <string>

namespace devicebatch::sandbox {

// Fills the world from `options.scenario_file`; its options are changed, too.
Result<void> load_scenario(World& world, const std::string& path);

// [{"serialNumber": ..., "productKey": ..., "hardwareHash": ..., "customer": GUID}]
Result<void> load_devices(World& world, const boost::json::value& list);

// A knob's value as text, however it was written.
Result<void> set_knob_from_json(Options& options, std::string_view name,
                                const boost::json::value& value);

}  // namespace devicebatch::sandbox
