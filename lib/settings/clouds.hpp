// settings/clouds.hpp - the addresses of each cloud.
//
// Purpose:   `cloud:` stands for three addresses, each of which the file may replace.
// Threading: pure; any thread.
// Source:    docs/protocol.md, "Clouds".
#pragma once

#include "settings/settings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace devicebatch::settings {

// Empty for a cloud we know; else the end of a sentence, as text_rules.hpp.
std::string wrong_cloud(std::string_view text);

// Fills each address that is empty with that of the cloud. A cloud that is not known fills as the
// commercial one does.
void fill_addresses(Service& service);

// What is allowed and may still not work, each a sentence for the operator.
std::vector<std::string> warnings_of(const Settings& settings);

}  // namespace devicebatch::settings
