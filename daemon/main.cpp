#include "daemon/cli.hpp"

int main(int argc, char** argv) {
  return devicebatch::daemon::run_cli(argc, argv);
}
