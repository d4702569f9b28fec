#include "daemon/operator/service_cli.hpp"

#include "daemon/operator/reconcile_command.hpp"
#include "daemon/operator/service_commands.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>

#include <memory>

namespace devicebatch::daemon {
namespace {

namespace json = boost::json;

void add_place(CLI::App* verb, PlaceOptions& place) {
  verb->add_option("destination", place.destination,
                   "its name in the settings, or the id of a customer")
      ->required();
  verb->add_option("--account", place.account, "whose customer it is, if no destination is of it");
}

void add_batch(CLI::App* verb, PlaceOptions& place) {
  verb->add_option("--batch", place.batch, "of a customer given by id");
}

CLI::App* add_group(CLI::App& app, const char* name, const char* help) {
  CLI::App* group = app.add_subcommand(name, help);
  group->require_subcommand(1);
  return group;
}

std::shared_ptr<ServiceListOptions> add_listing(CLI::App& group, const OperatorCli& cli,
                                                const char* what, CLI::App*& verb) {
  auto options = std::make_shared<ServiceListOptions>();
  options->what = what;
  verb = add_asking_verb(group, cli, "list", "as the service lists them",
                         [&ask = cli.ask, options] { return service_list_command(ask, *options); });
  add_place(verb, options->place);
  return options;
}

std::shared_ptr<ServiceChangeOptions> add_change(CLI::App& group, const OperatorCli& cli,
                                                 const char* name, const char* help,
                                                 CLI::App*& verb) {
  auto options = std::make_shared<ServiceChangeOptions>();
  verb = add_asking_verb(group, cli, name, help, [&ask = cli.ask, options] {
    return service_change_command(ask, *options);
  });
  add_place(verb, options->place);
  verb->add_option("--reason", options->reason, "why; kept in the audit log");
  return options;
}

// --KEY VALUE as the member of that name.
CLI::Option* add_member(CLI::App* verb, const std::shared_ptr<ServiceChangeOptions>& options,
                        const std::string& option, const char* key, const char* help) {
  const auto set = [options, key](const std::string& value) { options->request[key] = value; };
  return verb->add_option_function<std::string>(option, set, help);
}

void add_devices(CLI::App& app, const OperatorCli& cli) {
  CLI::App* group = add_group(app, "devices", "what the service has in a batch");
  CLI::App* verb = nullptr;
  auto listing = add_listing(*group, cli, "devices", verb);
  add_batch(verb, listing->place);
  verb->add_option("--serial", listing->serial, "only this one");
  auto removal = add_change(*group, cli, "delete", "remove a device from the service", verb);
  removal->request["verb"] = "delete_device";
  add_batch(verb, removal->place);
  add_member(verb, removal, "device", "device", "its id or serial number")->required();
  auto update = add_change(*group, cli, "update", "change a device of the service", verb);
  update->request["verb"] = "update_device";
  add_batch(verb, update->place);
  add_member(verb, update, "device", "device", "its id or serial number")->required();
  add_member(verb, update, "--policy", "policy", "the id of its policy");
  add_member(verb, update, "--manufacturer", "manufacturer", "as it is to be listed");
  add_member(verb, update, "--model", "model", "as it is to be listed");
}

void add_policies(CLI::App& app, const OperatorCli& cli) {
  CLI::App* group = add_group(app, "policies", "Autopilot profiles of a customer");
  CLI::App* verb = nullptr;
  add_listing(*group, cli, "policies", verb);
  auto creation = add_change(*group, cli, "create", "make one", verb);
  creation->request["verb"] = "create_policy";
  add_member(verb, creation, "--name", "name", "as people call it")->required();
  add_member(verb, creation, "--description", "description", "for people");
  const auto set = [creation](const std::vector<std::string>& settings) {
    json::array all(settings.begin(), settings.end());
    creation->request["settings"] = std::move(all);
  };
  verb->add_option_function<std::vector<std::string>>(
          "--setting", set, "remove_oem_preinstalls, oobe_user_not_local_admin, ...; repeatable")
      ->allow_extra_args(false);
  auto options = std::make_shared<ApplyOptions>();
  verb =
      add_asking_verb(*group, cli, "apply", "assign one to devices and follow the job",
                      [&ask = cli.ask, options] { return policies_apply_command(ask, *options); });
  add_place(verb, options->place);
  add_batch(verb, options->place);
  verb->add_option("policy", options->policy, "its id or name")->required();
  verb->add_option("device", options->devices, "ids or serial numbers; - reads standard input")
      ->required();
  verb->add_option("--reason", options->reason, "why; kept in the audit log");
  verb->add_option("--timeout", options->timeout_s, "seconds to wait for the end of the job")
      ->capture_default_str();
}

}  // namespace

void add_service_verbs(CLI::App& app, OperatorCli cli) {
  CLI::App* verb = nullptr;
  add_listing(*add_group(app, "batches", "batches of a customer"), cli, "batches", verb);
  add_devices(app, cli);
  add_policies(app, cli);
  auto destination = std::make_shared<std::string>();
  verb = add_asking_verb(
      app, cli, "reconcile", "what the service has against what the ledger says",
      [&ask = cli.ask, destination] { return reconcile_command(ask, *destination); });
  verb->add_option("destination", *destination, "its name in the settings")->required();
}

}  // namespace devicebatch::daemon
