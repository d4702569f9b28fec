// daemon/operator/list_commands.hpp - commands that only look: list, show, audit.
//
// Errors:    exit codes of daemon/exit_codes.hpp. Work with the daemon down, too.
#pragma once

#include "daemon/ask_commands.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>

namespace devicebatch::daemon {

struct ListOptions {
  std::string what;  // submissions, records, conflicts, chunks, jobs or audit
  boost::json::object where;
  std::uint64_t limit = 100;  // 0: all
  std::uint64_t after = 0;    // of the audit log, which begins with the latest: before
  bool ids = false;           // names only, as other verbs take them
};

// Row after row as the pages come, so that the length of a listing costs no memory.
int list_command(const AskOptions& ask, const ListOptions& options);

// `what`: submission, record, conflict, chunk or job.
int show_command(const AskOptions& ask, const std::string& what, const std::string& id);

}  // namespace devicebatch::daemon
