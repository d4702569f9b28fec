// daemon/operator/service_cli.hpp - batches, devices, policies and reconcile on the command line.
//
// Lifecycle: as operator_cli.hpp.
#pragma once

#include "daemon/operator/operator_cli.hpp"

namespace devicebatch::daemon {

void add_service_verbs(CLI::App& app, OperatorCli cli);

}  // namespace devicebatch::daemon
