// What a person asks the service and has it change, through the daemon; and who may only look.
#include "integration/device_rows.hpp"
#include "integration/site.hpp"
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

namespace devicebatch::integration {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

using Strings = std::vector<std::string>;

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

json::object json_of(const Ended& ended) {
  INFO(ended.exit_code << ": " << ended.out << ended.err);
  REQUIRE_FALSE(ended.out.empty());
  return parse_json(ended.out).as_object();
}

std::string text(const json::value& object, std::string_view name) {
  return std::string(object.at(name).as_string());
}

// Verb, detail of the audit log, latest first.
std::vector<std::pair<std::string, std::string>> audit_of(const Site& site) {
  std::vector<std::pair<std::string, std::string>> entries;
  const json::object log = json_of(site.run({"audit", "--json", "--limit", "0"}));
  for (const json::value& row : log.at("rows").as_array()) {
    entries.emplace_back(text(row, "verb"), text(row, "detail"));
  }
  return entries;
}

json::array devices_of(const Site& site) {
  return json_of(site.run({"devices", "list", "line", "--json"})).at("rows").as_array();
}

std::string serial_of(std::uint64_t index) {
  return support::make_spec(index).serial;
}

}  // namespace

TEST_CASE("batches and devices are listed as the service has them, page by page", "[operators]") {
  SiteOptions options;
  options.sandbox = {"--page-size", "2"};
  Site site(options);
  site.start();
  site.drop("a.csv", rows_of(1, 5));
  site.wait_finished(1);
  const Ended batches = site.run({"batches", "list", "line"});
  INFO(batches.out << batches.err);
  CHECK(contains(batches.out, "5        LINE\n"));
  CHECK(site.run({"batches", "list", std::string(kCustomer)}).out == batches.out);
  CHECK(devices_of(site).size() == 5);
  const Ended one = site.run({"devices", "list", "line", "--serial", serial_of(3)});
  CHECK(contains(one.out, serial_of(3)));
  CHECK_FALSE(contains(one.out, serial_of(2)));
  CHECK(site.run({"devices", "list", "line", "--serial", "NEVER"}).exit_code == 1);
  const std::string customer(kCustomer);
  CHECK(site.run({"devices", "list", customer}).exit_code == 1);  // of which batch?
  CHECK(contains(site.run({"devices", "list", customer, "--batch", "line"}).out, serial_of(5)));
  const Ended nowhere = site.run({"devices", "list", "nowhere"});
  CHECK(nowhere.exit_code == 1);
  CHECK(contains(nowhere.err, "no destination of the settings and no customer id"));
}

TEST_CASE("a device of the service is changed and removed, and the log tells both ends",
          "[operators]") {
  Site site;
  site.start();
  site.drop("a.csv", rows_of(1, 2));
  site.wait_finished(1);
  CHECK(site.run({"devices", "delete", "line", serial_of(1)}).exit_code == 64);  // why?
  const Ended changed = site.run(
      {"devices", "update", "line", serial_of(1), "--model", "Book 2", "--reason", "misprinted"});
  INFO(changed.out << changed.err);
  CHECK(changed.exit_code == 0);
  CHECK(contains(site.run({"devices", "list", "line"}).out, "Book 2"));
  CHECK(site.run({"devices", "update", "line", serial_of(1), "--reason", "x"}).exit_code == 1);

  const std::string id = text(devices_of(site).at(1), "device_id");
  const Ended removed = site.run({"devices", "delete", "line", id, "--reason", "sold"});
  INFO(removed.out << removed.err);
  CHECK(removed.exit_code == 0);
  CHECK(contains(removed.out, "is removed"));
  CHECK(devices_of(site).size() == 1);
  CHECK(site.run({"devices", "delete", "line", id, "--reason", "sold"}).exit_code == 1);
  const auto log = audit_of(site);
  REQUIRE(log.size() == 4);
  CHECK(log[0] == std::pair<std::string, std::string>("devices.delete", "done: HTTP 204"));
  CHECK(log[1].second == "asked for: remove device " + id + ", serial " + serial_of(2) +
                             " from batch LINE of destination line");
  CHECK(log[2].second == "done: HTTP 200");
  CHECK(contains(log[3].second, "change model"));
}

TEST_CASE("a change whose fate nobody knows is told as such and never repeated", "[operators]") {
  Site site;
  site.start();
  site.drop("a.csv", rows_of(1, 1));
  site.wait_finished(1);
  site.sandbox().set_rules(
      R"([{"match": {"method": "POST", "path": "policies"}, "fault": "drop_after"},
      {"match": {"method": "DELETE"}, "fault": 403, "code": "20002", "description": "no"}])");
  const Ended lost = site.run({"policies", "create", "line", "--name", "Kiosk", "--reason", "x"});
  INFO(lost.out << lost.err);
  CHECK(lost.exit_code == 5);
  CHECK(contains(lost.err, "may or may not have happened"));
  const Ended refused = site.run({"devices", "delete", "line", serial_of(1), "--reason", "x"});
  CHECK(refused.exit_code == 1);
  CHECK(contains(refused.err, "HTTP 403 code 20002"));
  const json::array policies =
      json_of(site.run({"policies", "list", "line", "--json"})).at("rows").as_array();
  CHECK(policies.size() == 1);
  const auto log = audit_of(site);
  REQUIRE(log.size() == 4);
  CHECK(contains(log[0].second, "HTTP 403"));
  CHECK(contains(log[2].second, "may or may not have happened"));
}

TEST_CASE("a policy is made and applied, and its job is followed to the end", "[operators]") {
  Site site;
  site.start();
  site.drop("a.csv", rows_of(1, 3));
  site.wait_finished(1);
  const json::object made = json_of(
      site.run({"policies", "create", "line", "--name", "Kiosk", "--setting", "skip_eula",
                "--setting", "oobe_user_not_local_admin", "--reason", "new customer", "--json"}));
  CHECK(made.at("settings").as_array().size() == 2);
  const std::string id = text(made, "policy");
  CHECK(contains(site.run({"policies", "list", "line"}).out, "Kiosk"));
  CHECK(site.run({"policies", "create", "line", "--name", "X", "--setting", "fly", "--reason", "x"})
            .exit_code == 1);
  const Ended applied = site.run(
      {"policies", "apply", "line", "Kiosk", serial_of(1), serial_of(2), "--reason", "as ordered"});
  INFO(applied.out << applied.err);
  CHECK(applied.exit_code == 0);
  CHECK(contains(applied.out, "2 done, 0 failed of 2 devices\n"));
  CHECK(text(devices_of(site).at(0).at("policies").at(0), "value") == id);
  CHECK(devices_of(site).at(2).at("policies").as_array().empty());
  const auto log = audit_of(site);
  CHECK(contains(log.at(0).second, "is over: 2 done, 0 failed"));
  CHECK(contains(log.at(2).second, "apply policy " + id + " (Kiosk)"));
  CHECK(site.run({"policies", "apply", "line", "Kiosk", "NEVER", "--reason", "x"}).exit_code == 1);
  CHECK(
      site.run({"policies", "apply", "line", "Nothing", serial_of(1), "--reason", "x"}).exit_code ==
      1);

  site.sandbox().set_options(R"({"job_ms": 60000})");
  const Ended open = site.run(
      {"policies", "apply", "line", id, serial_of(3), "--timeout", "0", "--reason", "as ordered"});
  INFO(open.out << open.err);
  CHECK(open.exit_code == 5);
  CHECK(contains(open.out, "not over yet"));
}

TEST_CASE("reconcile tells what only one side has", "[operators]") {
  SiteOptions options;
  options.sandbox = {"--page-size", "2"};
  Site site(options);
  site.sandbox().create_batch_as_somebody_else("LINE", "FOREIGN-1");
  site.start();
  site.drop("a.csv", rows_of(1, 5));
  site.wait_finished(1);
  const Ended added = site.run({"reconcile", "line"});
  INFO(added.out << added.err);
  CHECK(added.exit_code == 1);
  CHECK(added.out.starts_with("+ FOREIGN-1  device "));
  CHECK(contains(added.out, "5 in both, 1 only on the service (+), 0 only in the ledger (-)\n"));
  REQUIRE(site.run({"devices", "delete", "line", "FOREIGN-1", "--reason", "not ours"}).exit_code ==
          0);
  CHECK(site.run({"reconcile", "line"}).out ==
        "5 in both, 0 only on the service (+), 0 only in the ledger (-)\n");
  CHECK(site.run({"reconcile", "line"}).exit_code == 0);
  REQUIRE(site.run({"devices", "delete", "line", serial_of(2), "--reason", "sold"}).exit_code == 0);
  const Ended missing = site.run({"reconcile", "line"});
  CHECK(missing.exit_code == 1);
  CHECK(missing.out.starts_with("- " + serial_of(2) + "  record:2 registered\n"));
  const json::object difference = json_of(site.run({"reconcile", "line", "--json"}));
  CHECK_FALSE(difference.at("is_equal").as_bool());
  CHECK(difference.at("only_in_ledger").as_array().size() == 1);

  site.sandbox().set_rules(R"([{"match": {"path": "deviceBatches/LINE/devices"}, "fault": 200,
      "body": {"totalCount": 1, "items": [{"id": "1"}], "continuationToken": "again"}}])");
  const Ended endless = site.run({"reconcile", "line"});
  CHECK(endless.exit_code == 74);
  CHECK(endless.out.empty());
  CHECK(contains(endless.err, "not whole"));
  CHECK(site.run({"reconcile", "nowhere"}).exit_code == 1);
}

TEST_CASE("who belongs to the monitoring group may look and not touch", "[operators]") {
  if (getuid() != 0) {
    WARN("needs root, to be somebody else for a while");
    return;
  }
  Site site;
  std::string config = support::read_file(site.config());
  const std::string control = "control: {";
  config.replace(config.find(control), control.size(), control + "monitor_group: nogroup, ");
  support::write_file(site.config(), config);
  fs::permissions(site.dir(), fs::perms(0755));
  site.start();
  site.drop("a.csv", rows_of(1, 1));
  site.wait_finished(1);
  struct stat socket {};
  REQUIRE(stat((site.dir() / "monitor.sock").c_str(), &socket) == 0);
  CHECK((socket.st_mode & 0777) == 0660);

  // A user of the group that monitors, and one of another group.
  const auto run_as = [&site](const std::string& group, Strings arguments) {
    Strings command{"/usr/bin/setpriv", "--reuid=65533", "--regid=" + group, "--clear-groups",
                    DEVICEBATCHD};
    command.insert(command.end(), arguments.begin(), arguments.end());
    command.insert(command.end(), {"--config", site.config().string()});
    return run_to_end(command, site.dir());
  };
  for (const Strings& question :
       {Strings{"status"}, Strings{"list", "records"}, Strings{"show", "record", "1"},
        Strings{"explain", "a.csv"}, Strings{"dead-letter", "list"}, Strings{"conflicts", "list"},
        Strings{"audit"}}) {
    const Ended answered = run_as("nogroup", question);
    INFO(question.front() << ": " << answered.out << answered.err);
    CHECK(answered.exit_code == 0);
    CHECK(answered.out == site.run(question).out);
    CHECK(run_as("daemon", question).exit_code == 77);
  }
  for (const Strings& change :
       {Strings{"retry", "1", "--reason", "x"}, Strings{"pause", "line", "--reason", "a test"},
        Strings{"status", "--verify"}, Strings{"devices", "list", "line"},
        Strings{"reconcile", "line"}, Strings{"hold", "--where", "all=ALL", "--dry-run"},
        Strings{"conflicts", "resolve", "1", "--keep", "--reason", "x"}}) {
    const Ended refused = run_as("nogroup", change);
    INFO(change.front() << ": " << refused.out << refused.err);
    CHECK(refused.exit_code == 77);
    CHECK(contains(refused.err, "this socket only answers questions"));
  }
  CHECK(site.run({"audit"}).out == "none\n");
}

TEST_CASE("the examples of the manual do what they say", "[operators]") {
  Site site;
  site.start();
  std::string rows = rows_of(1, 3);
  for (const std::uint64_t index : {4, 5}) {
    support::HashSpec spec = support::make_spec(index);
    spec.serial = "FAIL-808-" + std::to_string(index);
    rows += file_of({spec}).substr(std::string_view(kFamilyA).size());
  }
  site.drop("a.csv", rows);
  site.wait_finished(1);
  REQUIRE(site.run({"pause", "line", "--reason", "a test"}).exit_code == 0);
  site.drop("b.csv", rows_of(6, 4));
  REQUIRE(eventually(
      [&] { return site.status().at("submissions").at("pending").to_number<int>() == 1; }));
  // Each line as it stands, by a shell in which the command has the settings of this site.
  const std::string manual = support::read_file(DEVICEBATCH_DOCS "/operations.md");
  const std::size_t begin = manual.find("```sh\ndevicebatchd list") + 6;
  REQUIRE(begin > 6);
  std::istringstream lines(manual.substr(begin, manual.find("```", begin) - begin));
  std::string script =
      "devicebatchd() { " DEVICEBATCHD " \"$@\" --config '" + site.config().string() + "'; }\n";
  for (std::string line; std::getline(lines, line);) {
    // The file is finished before its devices are compared.
    if (contains(line, "reconcile")) {
      script += "until devicebatchd list submissions --open | grep -qx none; do sleep 0.2; done\n";
    }
    script +=
        line + " || printf 'status %s: %s\\n' $? '" + line.substr(0, line.find('\'')) + "' >&2\n";
  }
  support::write_file(site.dir() / "examples.sh", script);
  const Ended ended = run_to_end({"/bin/sh", (site.dir() / "examples.sh").string()}, site.dir());
  INFO(script << ended.out);
  CHECK(ended.err.empty());
  CHECK(contains(ended.out, "would release 4 records, 0 refused"));
  CHECK(contains(ended.out, "retried 2 records, 0 refused"));
  CHECK(contains(ended.out, "in both, 0 only on the service (+), 0 only in the ledger (-)"));
  CHECK(contains(ended.out, "2 done, 0 failed of 2 devices"));
}

TEST_CASE("the socket for monitoring is not there when none is wanted", "[operators]") {
  Site site;
  std::string config = support::read_file(site.config());
  const std::string control = "control: {";
  config.replace(config.find(control), control.size(), control + "monitor_socket: \"\", ");
  support::write_file(site.config(), config);
  site.start();
  CHECK_FALSE(fs::exists(site.dir() / "monitor.sock"));
  CHECK(fs::exists(site.dir() / "control.sock"));
  CHECK(site.stop() == 0);
  CHECK_FALSE(fs::exists(site.dir() / "control.sock"));
}

}  // namespace devicebatch::integration
