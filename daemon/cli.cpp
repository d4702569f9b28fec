#include "daemon/cli.hpp"

#include "daemon/ask_commands.hpp"
#include "daemon/check_command.hpp"
#include "daemon/decode_hash_command.hpp"
#include "daemon/doctor/doctor_command.hpp"
#include "daemon/exit_codes.hpp"
#include "daemon/load_config.hpp"
#include "daemon/login_command.hpp"
#include "daemon/operator/operator_cli.hpp"
#include "daemon/run_command.hpp"
#include "settings/clouds.hpp"
#include "settings/load.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <functional>

namespace devicebatch::daemon {
namespace {

// Everything the options can set; the verb chosen reads what is its own.
struct Invocation {
  AskOptions ask;
  RunOptions run;
  CheckCommandOptions check;
  SubmitOptions submit;
  LoginOptions login;
  DoctorOptions doctor;
  bool verify = false;
  std::string query;
  std::string hash;
  long timeout_s = 600;
  std::function<int()> verb;
};

int check_config_command(const AskOptions& options) {
  settings::Settings settings;
  if (const int failed = load_config(options.config, settings); failed != kOk) return failed;
  for (const std::string& warning : settings::warnings_of(settings)) {
    std::fprintf(stderr, "devicebatchd: warning: %s\n", warning.c_str());
  }
  if (options.json) {
    std::printf("{\"ok\":true}\n");
  } else {
    std::fputs(settings::to_yaml(settings).c_str(), stdout);
  }
  return kOk;
}

CLI::App* add_verb(CLI::App& app, Invocation& invocation, const char* name, const char* help) {
  CLI::App* verb = app.add_subcommand(name, help);
  verb->add_flag("--json", invocation.ask.json, "print JSON");
  return verb;
}

CLI::App* add_asking_verb(CLI::App& app, Invocation& invocation, const char* name,
                          const char* help) {
  CLI::App* verb = add_verb(app, invocation, name, help);
  verb->add_option("-c,--config", invocation.ask.config, "settings")->capture_default_str();
  return verb;
}

void add_service_verbs(CLI::App& app, Invocation& invocation) {
  CLI::App* run = add_asking_verb(app, invocation, "run", "run the service");
  run->add_flag("--once", invocation.run.once, "end when every file is finished");
  run->callback([&invocation] {
    invocation.verb = [&invocation] {
      invocation.run.config = invocation.ask.config;
      return run_command(invocation.run);
    };
  });
  CLI::App* check_config = add_asking_verb(app, invocation, "check-config",
                                           "say everything that is wrong with the settings");
  check_config->callback([&invocation] {
    invocation.verb = [&invocation] { return check_config_command(invocation.ask); };
  });
}

void add_account_verbs(CLI::App& app, Invocation& invocation) {
  CLI::App* login = app.add_subcommand("login", "a person's consent, for mode: app_user");
  login->add_option("-c,--config", invocation.ask.config, "settings")->capture_default_str();
  login->add_option("account", invocation.login.account, "its name in the settings")->required();
  bool& by_code = invocation.login.device_code;
  CLI::Option* code = login->add_flag("--device-code", by_code, "enter a code on any machine");
  login->add_flag("!--paste", by_code, "paste the answer of a browser (default)")->excludes(code);
  login
      ->add_option("--redirect-uri", invocation.login.redirect_uri,
                   "with --paste: as registered for the application")
      ->capture_default_str();
  login->callback([&invocation] {
    invocation.verb = [&invocation] {
      invocation.login.config = invocation.ask.config;
      return login_command(invocation.login);
    };
  });
  CLI::App* doctor = add_asking_verb(app, invocation, "doctor", "what is wrong around the service");
  doctor->add_flag("--site", invocation.doctor.site, "only folders, disks, ledger and sockets");
  doctor->add_flag("--first-batch", invocation.doctor.first_batch,
                   "only whether devices were registered");
  doctor->add_flag("--auth", invocation.doctor.auth, "only tokens and rights of the accounts");
  doctor->add_flag("--ask-service", invocation.doctor.asks_service,
                   "list the batches of a destination of each account too");
  doctor->callback([&invocation] {
    invocation.verb = [&invocation] {
      invocation.doctor.config = invocation.ask.config;
      invocation.doctor.json = invocation.ask.json;
      return doctor_command(invocation.doctor);
    };
  });
}

void add_offline_verbs(CLI::App& app, Invocation& invocation) {
  CLI::App* check =
      add_verb(app, invocation, "check", "the verdicts the daemon would give, offline");
  check->add_option("file", invocation.check.files, "device files")->required();
  check->add_flag("--documented", invocation.check.documented,
                  "as a source with `validation: documented`");
  check->add_option("--batch", invocation.check.batch, "warn about other group tags");
  check->add_option("--source", invocation.check.source,
                    "as files of this source or queue of the settings are read");
  check->add_option("-c,--config", invocation.check.config, "settings, for --source")
      ->default_val(kDefaultConfig);
  check->callback([&invocation] {
    invocation.verb = [&invocation] {
      invocation.check.json = invocation.ask.json;
      return check_command(invocation.check);
    };
  });
  CLI::App* decode = add_verb(app, invocation, "decode-hash", "what a hardware hash says");
  decode->add_option("hash", invocation.hash, "the hash, or - for standard input")->required();
  decode->callback([&invocation] {
    invocation.verb = [&invocation] {
      return decode_hash_command(invocation.hash, invocation.ask.json);
    };
  });
}

void add_question_verbs(CLI::App& app, Invocation& invocation) {
  CLI::App* status = add_asking_verb(app, invocation, "status", "what is open, and since when");
  status->add_flag("--verify", invocation.verify, "check the ledger's integrity and balance");
  status->callback([&invocation] {
    invocation.verb = [&invocation] { return status_command(invocation.ask, invocation.verify); };
  });
  CLI::App* explain = add_asking_verb(app, invocation, "explain", "the whole story of a device");
  explain->add_option("what", invocation.query, "serial, PKID, hash, file, chunk:N, any id")
      ->required();
  explain->callback([&invocation] {
    invocation.verb = [&invocation] { return explain_command(invocation.ask, invocation.query); };
  });
}

void add_changing_verbs(CLI::App& app, Invocation& invocation) {
  CLI::App* submit = add_asking_verb(app, invocation, "submit", "hand a file to the daemon");
  submit->add_option("file", invocation.submit.file, "a device file")->required();
  submit->add_option("--source", invocation.submit.source, "as if dropped there");
  submit->add_flag("--wait", invocation.submit.wait, "stay until every row has its verdict");
  submit->add_option("--timeout", invocation.timeout_s, "seconds to wait")->capture_default_str();
  submit->callback([&invocation] {
    invocation.verb = [&invocation] {
      invocation.submit.timeout = std::chrono::seconds(invocation.timeout_s);
      return submit_command(invocation.ask, invocation.submit);
    };
  });
}

}  // namespace

int run_cli(int argc, char** argv) {
  CLI::App app{"Registers device records with Microsoft Partner Center."};
  app.set_version_flag("--version", "devicebatchd " DEVICEBATCH_VERSION);
  app.require_subcommand(1);
  Invocation invocation;
  invocation.ask.config = kDefaultConfig;
  add_service_verbs(app, invocation);
  add_account_verbs(app, invocation);
  add_offline_verbs(app, invocation);
  add_question_verbs(app, invocation);
  add_changing_verbs(app, invocation);
  add_operator_verbs(app, {invocation.ask, invocation.verb});
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? kOk : kUsage;
  }
  return invocation.verb();
}

}  // namespace devicebatch::daemon
