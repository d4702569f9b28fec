// engine/control/report_json.hpp - the ledger's reports as JSON, for the control socket, `--json`
// and tests.
//
// Threading: pure; any thread.
// Source:    docs/operations.md, "JSON". Member names are stable; times are UTC texts.
#pragma once

#include "ledger/report_verbs.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <string>

namespace devicebatch::engine {

// How a destination is called in the settings; empty when it is no longer there.
using DestinationNames = std::function<std::string(DestinationId)>;

boost::json::object status_json(const ledger::StatusReport& report, const DestinationNames& names);
boost::json::object verification_json(const ledger::Verification& verification);
boost::json::object story_json(const ledger::Story& story);
boost::json::object summary_json(const ledger::SubmissionSummary& summary);
boost::json::object chunk_json(const ledger::ChunkRow& chunk);

}  // namespace devicebatch::engine
