// daemon/operator/reconcile_command.hpp - `devicebatchd reconcile DESTINATION`.
//
// Errors:    kOk: both sides have the same devices; kFailed: they differ; kIoError: the listing is
//            not whole, so nothing is concluded from it.
#pragma once

#include "daemon/ask_commands.hpp"

#include <string>

namespace devicebatch::daemon {

int reconcile_command(const AskOptions& ask, const std::string& destination);

}  // namespace devicebatch::daemon
