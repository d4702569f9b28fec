// daemon/cli.hpp - the command line: verbs, options, exit codes.
#pragma once

namespace devicebatch::daemon {

// Parses and runs; what main() returns.
int run_cli(int argc, char** argv);

}  // namespace devicebatch::daemon
