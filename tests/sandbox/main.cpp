// devicebatch-sandbox: Partner Center and its token endpoint, on loopback.

#include "sandbox/sandbox.hpp"
#include "sandbox/tls/make_tls.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace {

using devicebatch::sandbox::Knob;
using devicebatch::sandbox::Options;

constexpr int kExitConfig = 78;  // sysexits: EX_CONFIG

std::string as_flag(std::string name) {
  for (char& c : name) c = c == '_' ? '-' : c;
  return "--" + name;
}

// Kept for later, because a scenario is read first.
void add_knobs(CLI::App& app, Options& options) {
  for (const Knob& knob : devicebatch::sandbox::knobs()) {
    const auto set = [&knob, &options](const CLI::results_t& values) {
      const std::string value = values.empty() || values[0] == "{}" ? "" : values[0];
      options.overrides.emplace_back(knob.name, value);
      Options unused;
      return knob.set(unused, value);
    };
    app.add_option(as_flag(knob.name), set, knob.help)->expected(0, 1)->type_name("VALUE");
  }
}

void add_plain_options(CLI::App& app, Options& options) {
  app.add_option("--listen", options.listen, "ADDRESS:PORT, port 0 for any");
  app.add_flag("--allow-remote", options.allows_remote, "accept an address that is not loopback");
  app.add_option("--port-file", options.port_file, "written with the port once it listens");
  app.add_option("--ledger", options.ledger_file,
                 "JSON lines of what happened; read back at start");
  app.add_option("--scenario", options.scenario_file,
                 "options, faults, customers and devices in one file (YAML or JSON)");
  app.add_option("--rules", options.rules_file, "faults by rule (YAML or JSON)");
  app.add_option("--registry", options.registry_file,
                 "devices registered by others (JSON or YAML)");
  app.add_option("--request-log", options.request_log_file, "JSON lines, one for each request");
  app.add_option("--seed", options.seed, "makes identifiers and probabilities repeatable");
  app.add_flag("--print-requests", options.prints_requests, "a line for each request");
  app.add_option("--tls-cert", options.tls_certificate, "PEM file: speak TLS, with this");
  app.add_option("--tls-key", options.tls_key, "PEM file with its key");
  app.add_option("--tls-versions", options.tls_versions, "1.0 to 1.3: one, or LOWEST-HIGHEST");
}

int complain(const devicebatch::Error& error) {
  std::fprintf(stderr, "devicebatch-sandbox: %s\n", error.message().c_str());
  return kExitConfig;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  std::string tls_folder;
  CLI::App app("A local stand-in for Partner Center and its token endpoint.");
  add_plain_options(app, options);
  app.add_option("--make-tls", tls_folder, "write a test CA and certificates there, and end");
  add_knobs(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitConfig;  // --help is no error
  }

  if (!tls_folder.empty()) {
    const auto made = devicebatch::sandbox::make_tls(tls_folder);
    return made ? 0 : complain(made.error());
  }
  devicebatch::sandbox::Sandbox sandbox(options);
  sandbox.stop_on_signals();
  if (const auto opened = sandbox.open(); !opened) return complain(opened.error());
  std::printf("devicebatch-sandbox: listening on port %u\n", unsigned{sandbox.port()});
  std::fflush(stdout);
  sandbox.run();
  return 0;
}
