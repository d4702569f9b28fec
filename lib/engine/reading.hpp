// engine/reading.hpp - what the settings say about rows, in the words of lib/format and lib/record.
//
// Threading: pure; any thread.
// Source:    docs/formats.md and docs/operations.md have the keys.
#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "format/submission_reader.hpp"
#include "record/row_checker.hpp"
#include "settings/settings.hpp"

#include <map>
#include <string>

namespace devicebatch::engine {

format::ReadOptions read_options(const settings::Reading& reading);

// `batch` is that of the destination; `group_tags` lead to the ledger's numbers of destinations.
record::CheckOptions check_options(const settings::Reading& reading, const std::string& batch,
                                   std::uint64_t key_seed, UtcTime now,
                                   std::map<std::string, DestinationId> group_tags = {});

}  // namespace devicebatch::engine
