#include "daemon/operator/operator_cli.hpp"

#include "daemon/operator/change_command.hpp"
#include "daemon/operator/list_commands.hpp"
#include "daemon/operator/service_cli.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace devicebatch::daemon {
namespace {

namespace json = boost::json;

// --OPTION VALUE as the condition of that name.
void add_condition(CLI::App* verb, const std::shared_ptr<ListOptions>& options, const char* key,
                   const char* help) {
  const auto set = [options, key](const std::string& value) { options->where[key] = value; };
  verb->add_option_function<std::string>("--" + std::string(key), set, help);
}

void add_condition_flag(CLI::App* verb, const std::shared_ptr<ListOptions>& options,
                        const char* key, const char* help) {
  const auto set = [options, key](std::int64_t) { options->where[key] = "true"; };
  verb->add_flag_function("--" + std::string(key), set, help);
}

std::shared_ptr<ListOptions> add_listing(CLI::App& parent, const OperatorCli& cli, const char* name,
                                         const char* help, CLI::App*& verb) {
  auto options = std::make_shared<ListOptions>();
  options->what = name;
  verb = add_asking_verb(parent, cli, name, help,
                         [&ask = cli.ask, options] { return list_command(ask, *options); });
  verb->add_option("--limit", options->limit, "rows at most; 0: all")->capture_default_str();
  return options;
}

void add_ids_and_place(CLI::App* verb, const std::shared_ptr<ListOptions>& options) {
  verb->add_option("--after", options->after, "go on behind this place");
  verb->add_flag("--ids", options->ids, "only the names, one a line, as other verbs take them");
}

void add_record_conditions(CLI::App* verb, const std::shared_ptr<ListOptions>& options) {
  add_condition(verb, options, "destination", "its name in the settings");
  add_condition(verb, options, "submission", "its id");
  add_condition(verb, options, "code", "of its outcome; device.* for all that begin so");
  add_condition(verb, options, "serial", "exactly this serial number");
  add_ids_and_place(verb, options);
}

void add_list(CLI::App& app, const OperatorCli& cli) {
  CLI::App* list = app.add_subcommand("list", "rows of the ledger, oldest first");
  list->require_subcommand(1);
  CLI::App* verb = nullptr;

  auto submissions = add_listing(*list, cli, "submissions", "files that came in", verb);
  add_condition(verb, submissions, "destination", "its name in the settings");
  add_condition(verb, submissions, "source", "its name in the settings");
  add_condition(verb, submissions, "state", "seen, claimed, ingesting, pending or finished");
  add_condition_flag(verb, submissions, "open", "not finished");
  add_ids_and_place(verb, submissions);

  auto records = add_listing(*list, cli, "records", "device rows", verb);
  add_condition(verb, records, "verdict", "pending, registered, failed, ...");
  add_condition(verb, records, "stage", "waiting, held, planned, sending, submitted, ...");
  add_condition(verb, records, "chunk", "its number");
  add_record_conditions(verb, records);

  auto chunks = add_listing(*list, cli, "chunks", "requests with devices", verb);
  add_condition(verb, chunks, "destination", "its name in the settings");
  add_condition(verb, chunks, "state", "planned, sending, unconfirmed, submitted or settled");
  add_condition_flag(verb, chunks, "open", "not settled");
  add_condition_flag(verb, chunks, "stalled", "whose job takes too long");
  add_ids_and_place(verb, chunks);

  auto jobs = add_listing(*list, cli, "jobs", "what the service works on", verb);
  add_condition(verb, jobs, "destination", "its name in the settings");
  add_condition_flag(verb, jobs, "stalled", "only those that take too long");
  add_ids_and_place(verb, jobs);
}

void add_showing(CLI::App& parent, const OperatorCli& cli, const char* name, const char* what,
                 const char* help) {
  auto id = std::make_shared<std::string>();
  CLI::App* verb = add_asking_verb(
      parent, cli, name, help, [&ask = cli.ask, id, what] { return show_command(ask, what, *id); });
  verb->add_option("id", *id, "which one")->required();
}

void add_show(CLI::App& app, const OperatorCli& cli) {
  CLI::App* show = app.add_subcommand("show", "one row of the ledger");
  show->require_subcommand(1);
  add_showing(*show, cli, "submission", "submission", "by its id");
  add_showing(*show, cli, "record", "record", "by its number");
  add_showing(*show, cli, "chunk", "chunk", "by its number or request id");
  add_showing(*show, cli, "job", "job", "by its tracking id or the number of its chunk");
}

void add_audit(CLI::App& app, const OperatorCli& cli) {
  CLI::App* verb = nullptr;
  auto audit = add_listing(app, cli, "audit", "who changed what, when and why; latest first", verb);
  verb->add_option("--before", audit->after, "go on before this entry");
}

std::shared_ptr<ChangeOptions> add_change(CLI::App& parent, const OperatorCli& cli,
                                          const char* name, const char* help, CLI::App*& verb) {
  auto options = std::make_shared<ChangeOptions>();
  options->verb = name;
  verb = add_asking_verb(parent, cli, name, help,
                         [&ask = cli.ask, options] { return change_command(ask, *options); });
  verb->add_option("--where", options->where,
                   "KEY=VALUE, all must hold: destination, submission, chunk, code, verdict, "
                   "stage, serial; all=ALL for everything")
      ->allow_extra_args(false);
  verb->add_option("--reason", options->reason, "why; kept in the audit log");
  verb->add_flag("--dry-run", options->dry_run, "only say what would be changed");
  return options;
}

void add_ids(CLI::App* verb, const std::shared_ptr<ChangeOptions>& options) {
  verb->add_option("id", options->targets, "record:17 or 17; - reads standard input");
}

void add_changes(CLI::App& app, const OperatorCli& cli) {
  CLI::App* verb = nullptr;
  auto retry = add_change(app, cli, "retry", "try failed records again; hurry a chunk", verb);
  verb->add_option("--rate", retry->rate, "spread them: 60/min, 5/s, 1000/h");
  verb->add_flag("--look", retry->look, "look for an unconfirmed chunk in its batch");
  add_ids(verb, retry);
  add_ids(verb, add_change(app, cli, "hold", "keep waiting records back", verb));
  add_ids(verb, add_change(app, cli, "release", "let held records go on", verb));
  add_ids(verb, add_change(app, cli, "cancel", "give waiting or held records up", verb));
}

void add_dead_letter(CLI::App& app, const OperatorCli& cli) {
  CLI::App* dead = app.add_subcommand("dead-letter", "records that failed for good");
  dead->require_subcommand(1);
  CLI::App* verb = nullptr;
  auto listing = add_listing(*dead, cli, "list", "with the reason of each", verb);
  listing->what = "records";
  listing->where["dead_letter"] = "true";
  add_record_conditions(verb, listing);
  add_showing(*dead, cli, "show", "record", "by its number");
  auto redrive = add_change(*dead, cli, "redrive", "try them again", verb);
  redrive->verb = "retry";
  redrive->redrive = true;
  verb->add_option("--rate", redrive->rate, "spread them: 60/min, 5/s, 1000/h");
}

void add_conflicts(CLI::App& app, const OperatorCli& cli) {
  CLI::App* conflicts =
      app.add_subcommand("conflicts", "records that tell another story about a known device");
  conflicts->require_subcommand(1);
  CLI::App* verb = nullptr;
  auto listing = add_listing(*conflicts, cli, "list", "with the explanation of each", verb);
  listing->what = "conflicts";
  add_record_conditions(verb, listing);
  add_showing(*conflicts, cli, "show", "conflict", "by its number, beside what it contradicts");
  auto resolve = add_change(*conflicts, cli, "resolve", "settle them", verb);
  auto* ways = verb->add_option_group("how");
  ways->add_flag("--keep", resolve->keep, "the earlier record stands; this one is superseded");
  ways->add_flag("--send", resolve->send, "deliver this one, too; the device is its from now on");
  ways->add_flag("--drop", resolve->drop, "this one is wrong; it is rejected");
  add_ids(verb, resolve);
}

void add_pauses(CLI::App& app, const OperatorCli& cli) {
  for (const bool pauses : {true, false}) {
    auto options = std::make_shared<PauseOptions>();
    options->pauses = pauses;
    CLI::App* verb =
        add_asking_verb(app, cli, pauses ? "pause" : "resume",
                        pauses ? "stop sending to a destination or account" : "send again",
                        [&ask = cli.ask, options] { return pause_command(ask, *options); });
    verb->add_option("name", options->name, "of a destination or account in the settings")
        ->required();
    verb->add_option("--reason", options->reason, "why; kept in the audit log");
  }
}

}  // namespace

CLI::App* add_asking_verb(CLI::App& parent, const OperatorCli& cli, const char* name,
                          const char* help, std::function<int()> run) {
  CLI::App* verb = parent.add_subcommand(name, help);
  verb->add_flag("--json", cli.ask.json, "print JSON");
  verb->add_option("-c,--config", cli.ask.config, "settings")->capture_default_str();
  verb->callback([&chosen = cli.chosen, run = std::move(run)] { chosen = run; });
  return verb;
}

void add_operator_verbs(CLI::App& app, OperatorCli cli) {
  add_list(app, cli);
  add_show(app, cli);
  add_changes(app, cli);
  add_dead_letter(app, cli);
  add_conflicts(app, cli);
  add_pauses(app, cli);
  add_audit(app, cli);
  add_service_verbs(app, cli);
}

}  // namespace devicebatch::daemon
