// What a person does about records by hand: over the real socket, with every change in the audit
// log.
#include "integration/device_rows.hpp"
#include "integration/site.hpp"
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <unistd.h>

#include <algorithm>
#include <sstream>

namespace devicebatch::integration {
namespace {

namespace json = boost::json;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

json::object json_of(const Ended& ended) {
  INFO(ended.exit_code << ": " << ended.out << ended.err);
  REQUIRE_FALSE(ended.out.empty());
  return parse_json(ended.out).as_object();
}

std::int64_t number(const json::object& object, std::string_view name) {
  return object.at(name).to_number<std::int64_t>();
}

// A file of devices that the service refuses for good, each with its published number.
std::string refused_rows(std::uint64_t start, std::uint64_t rows, const std::string& code) {
  std::vector<support::HashSpec> specs;
  for (std::uint64_t at = 0; at < rows; ++at) {
    support::HashSpec spec = support::make_spec(start + at);
    spec.serial = "FAIL-" + code + "-" + std::to_string(start + at);
    specs.push_back(spec);
  }
  return file_of(specs);
}

// A site whose destination is paused and has records that wait.
void start_with_waiting(Site& site, std::uint64_t rows) {
  site.start();
  REQUIRE(site.run({"pause", "line", "--reason", "line 3 is moved"}).exit_code == 0);
  site.drop("a.csv", rows_of(1, rows));
  REQUIRE(eventually(
      [&] { return site.status().at("submissions").at("pending").to_number<int>() == 1; }));
}

// The audit log as "VERB TARGET", latest first.
std::vector<std::string> audit_of(const Site& site) {
  std::vector<std::string> entries;
  const json::object log = json_of(site.run({"audit", "--json", "--limit", "0"}));
  for (const json::value& row : log.at("rows").as_array()) {
    entries.push_back(std::string(row.at("verb").as_string()) + " " +
                      std::string(row.at("target").as_string()));
  }
  return entries;
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("a person holds, releases, cancels and retries, and the log tells who and why",
          "[operators]") {
  Site site;
  start_with_waiting(site, 3);
  CHECK(site.run({"hold", "record:1", "--reason", "wrong label"}).out ==
        "held 1 records, 0 refused\n");
  const Ended again = site.run({"hold", "1", "--reason", "wrong label"});
  CHECK(again.exit_code == 4);
  CHECK(again.out ==
        "refused: record 1 is held; release or cancel it\nheld 0 records, 1 refused\n");
  const Ended held = site.run({"list", "records", "--stage", "held"});
  CHECK(contains(held.out, "record:1"));
  CHECK(contains(held.out, "operator.held"));
  CHECK_FALSE(contains(held.out, "record:2"));
  CHECK(site.run({"release", "1", "--reason", "label is right"}).exit_code == 0);
  CHECK(site.run({"cancel", "2", "3", "--reason", "scrapped"}).exit_code == 0);
  CHECK(site.run({"retry", "3", "--reason", "not scrapped"}).exit_code == 0);
  CHECK(site.run({"resume", "line", "--reason", "moved"}).exit_code == 0);
  site.wait_finished(1);
  CHECK(site.verdicts() == Verdicts{{"registered", 2}, {"failed", 1}});
  site.check_promises(2);

  CHECK(audit_of(site) == Strings{"resume destination:line", "retry record:3", "cancel record:3",
                                  "cancel record:2", "release record:1", "hold record:1",
                                  "pause destination:line"});
  const json::object log = json_of(site.run({"audit", "--json", "--limit", "1"}));
  const json::value& latest = log.at("rows").at(0);
  CHECK(contains(std::string(latest.at("who").as_string()), "uid " + std::to_string(getuid())));
  CHECK(latest.at("why").as_string() == "moved");
  CHECK(contains(std::string(latest.at("detail").as_string()), "line 3 is moved"));
  CHECK(contains(site.run({"audit"}).out, "label is right"));
}

TEST_CASE("a change says why, and says which", "[operators]") {
  Site site;
  start_with_waiting(site, 1);
  for (const Strings& arguments :
       {Strings{"hold", "1"}, Strings{"hold", "--reason", "x"},
        Strings{"hold", "one", "--reason", "x"}, Strings{"hold", "chunk:1", "--reason", "x"},
        Strings{"hold", "1", "--where", "serial=A", "--reason", "x"},
        Strings{"hold", "--where", "serial", "--reason", "x"},
        Strings{"retry", "1", "--rate", "fast", "--reason", "x"},
        Strings{"retry", "1", "--look", "--reason", "x"}}) {
    const Ended ended = site.run(arguments);
    INFO(arguments.back() << ": " << ended.out << ended.err);
    CHECK(ended.exit_code == 64);
    CHECK_FALSE(ended.err.empty());
  }
  const Ended unknown = site.run({"hold", "--where", "colour=red", "--reason", "x"});
  CHECK(unknown.exit_code == 1);
  CHECK(contains(unknown.err, "choose by: destination submission chunk code verdict stage"));
  CHECK(site.run({"hold", "--where", "all=all", "--reason", "x"}).exit_code == 1);
  CHECK(
      site.run({"hold", "--where", "all=ALL", "--where", "serial=A", "--reason", "x"}).exit_code ==
      1);
  CHECK(site.run({"hold", "--where", "stage=nowhere", "--reason", "x"}).exit_code == 1);
  CHECK(site.run({"hold", "--where", "destination=nowhere", "--reason", "x"}).exit_code == 1);
  CHECK(site.run({"hold", "99", "--reason", "x"}).exit_code == 4);
  CHECK(site.run({"retry", "--where", "dead_letter=true", "--reason", "x"}).exit_code == 1);
  for (const json::object& everything :
       {json::object{{"verb", "cancel"}, {"reason", "x"}},
        json::object{{"verb", "cancel"}, {"reason", "x"}, {"where", json::object()}}}) {
    const auto reply = site.try_ask(everything);
    REQUIRE(reply);
    CHECK(contains(json::serialize(*reply), "all=ALL for everything"));
  }
  const std::string key = "ABCDE-FGHJK-MNPQR-TVWXY-23467";
  const Ended secret = site.run({"hold", "1", "--reason", "key " + key});
  CHECK(secret.exit_code == 1);
  CHECK_FALSE(contains(secret.err, key));
  CHECK(audit_of(site) == Strings{"pause destination:line"});
}

TEST_CASE("a dry run tells what would be changed and changes nothing", "[operators]") {
  Site site;
  start_with_waiting(site, 4);
  const Ended dry = site.run({"cancel", "--where", "all=ALL", "--dry-run"});
  INFO(dry.out << dry.err);
  CHECK(dry.exit_code == 0);
  CHECK(contains(dry.out, "would cancel 4 records, 0 refused\n"));
  CHECK(contains(dry.out, "record:4"));
  CHECK(json_of(site.run({"list", "records", "--stage", "waiting", "--json"}))
            .at("rows")
            .as_array()
            .size() == 4);
  CHECK(audit_of(site).size() == 1);
  CHECK(site.run({"cancel", "--where", "all=ALL", "--reason", "scrapped"}).out ==
        "cancelled 4 records, 0 refused\n");
  CHECK(audit_of(site).size() == 5);
  const Ended nothing = site.run({"cancel", "--where", "all=ALL", "--reason", "scrapped"});
  CHECK(nothing.exit_code == 4);
  CHECK(nothing.out == "nothing is chosen by that\n");
}

TEST_CASE("dead letters are listed by code, shown, and driven again at a rate", "[operators]") {
  Site site;
  site.start();
  site.drop("a.csv", refused_rows(1, 3, "808"));
  site.wait_finished(1);
  site.drop("b.csv", refused_rows(4, 1, "802"));
  site.wait_finished(2);
  const Ended listed = site.run({"dead-letter", "list", "--code", "device.808"});
  INFO(listed.out);
  CHECK(lines_of(listed.out).size() == 4);
  CHECK(contains(listed.out, "FAIL-808-1"));
  CHECK_FALSE(contains(listed.out, "FAIL-802-4"));
  const Ended shown = site.run({"dead-letter", "show", "record:1"});
  CHECK(contains(shown.out, "what to do"));
  CHECK(contains(shown.out, "a.csv:2"));

  REQUIRE(site.run({"pause", "line", "--reason", "a test"}).exit_code == 0);
  const Ended driven = site.run({"dead-letter", "redrive", "--where", "code=device.*", "--rate",
                                 "1/h", "--reason", "released by the other tenant", "--json"});
  const json::object sum = json_of(driven);
  CHECK(driven.exit_code == 0);
  CHECK(number(sum, "changed") == 4);
  CHECK_FALSE(sum.at("changes").at(0).as_object().contains("due"));
  CHECK(sum.at("changes").at(1).as_object().contains("due"));
  const json::object waiting =
      json_of(site.run({"list", "records", "--stage", "waiting", "--json"}));
  std::vector<std::string> times;
  for (const json::value& row : waiting.at("rows").as_array()) {
    times.emplace_back(row.at("not_before").as_string());
  }
  CHECK(times.size() == 4);
  CHECK(std::is_sorted(times.begin(), times.end()));
  CHECK(std::adjacent_find(times.begin(), times.end()) == times.end());
  CHECK(site.run({"dead-letter", "list"}).out == "none\n");
  // Due at once: they fail again and are dead letters as before.
  CHECK(site.run({"retry", "--where", "stage=waiting", "--reason", "no need to wait"}).exit_code ==
        0);
  CHECK(site.run({"resume", "line", "--reason", "a test"}).exit_code == 0);
  site.wait_finished(2);
  CHECK(lines_of(site.run({"dead-letter", "list", "--ids"}).out).size() == 4);
}

TEST_CASE("what is refused is told apart from what was done", "[operators]") {
  Site site;
  site.start();
  site.drop("a.csv",
            rows_of(1, 1) + refused_rows(2, 1, "808").substr(std::string(kFamilyA).size()));
  site.wait_finished(1);
  REQUIRE(site.run({"pause", "line", "--reason", "a test"}).exit_code == 0);
  const Ended partly = site.run({"retry", "1", "2", "7", "--reason", "again"});
  INFO(partly.out << partly.err);
  CHECK(partly.exit_code == 3);
  CHECK(contains(partly.out, "refused: record 1 is registered; there is nothing to try again\n"));
  CHECK(contains(partly.out, "refused: there is no record 7\n"));
  CHECK(contains(partly.out, "retried 1 records, 2 refused\n"));
  const json::object told =
      json_of(site.run({"retry", "1", "--reason", "again", "--json", "--dry-run"}));
  CHECK(number(told, "changed") == 0);
  CHECK(told.at("refusals").at(0).at("id").to_number<int>() == 1);
}

TEST_CASE("listings go page by page, with the daemon and without", "[operators]") {
  Site site;
  site.start();
  site.drop("a.csv", rows_of(1, 5));
  site.wait_finished(1);
  site.drop("b.csv", rows_of(11, 1));
  site.wait_finished(2);
  const auto check = [&site] {
    const json::object first =
        json_of(site.run({"list", "records", "--limit", "2", "--verdict", "registered", "--json"}));
    CHECK(first.at("rows").as_array().size() == 2);
    CHECK(number(first, "next") == 2);
    const json::object rest = json_of(site.run({"list", "records", "--after", "2", "--json"}));
    CHECK(rest.at("rows").as_array().size() == 4);
    CHECK(rest.at("next").is_null());
    CHECK(site.run({"list", "records", "--limit", "1", "--ids"}).out == "record:1\n");
    CHECK(
        contains(site.run({"list", "records", "--limit", "1"}).out, "(there is more: --after 1)"));
    const json::object files = json_of(site.run({"list", "submissions", "--json"}));
    REQUIRE(files.at("rows").as_array().size() == 2);
    CHECK(site.run({"list", "submissions", "--open"}).out == "none\n");
    CHECK(site.run({"list", "submissions", "--source", "second"}).out == "none\n");
    const std::string id(files.at("rows").at(0).at("submission").as_string());
    CHECK(contains(site.run({"show", "submission", id}).out, "5 registered"));
    CHECK(lines_of(site.run({"list", "records", "--submission", id, "--ids"}).out).size() == 5);
    CHECK(contains(site.run({"list", "chunks", "--state", "settled"}).out, "chunk:2"));
    CHECK(site.run({"list", "chunks", "--open"}).out == "none\n");
    CHECK(site.run({"list", "jobs"}).out == "none\n");
    const json::object chunk = json_of(site.run({"show", "chunk", "chunk:1", "--json"}));
    CHECK(chunk.at("records").as_array().size() == 5);
    const std::string tracking(chunk.at("tracking_id").as_string());
    CHECK(json_of(site.run({"show", "job", tracking, "--json"})).at("chunk") == chunk.at("chunk"));
    CHECK(contains(site.run({"show", "record", "6"}).out, "b.csv:2"));
    CHECK(site.run({"show", "record", "7"}).exit_code == 1);
    CHECK(site.run({"show", "job", "nothing"}).exit_code == 1);
  };
  check();
  REQUIRE(site.stop() == 0);
  check();
  CHECK(site.run({"retry", "1", "--reason", "again"}).exit_code == 69);
}

TEST_CASE("a chunk of unknown fate is hurried, or looked for, because a person says so",
          "[operators]") {
  const bool looks = GENERATE(false, true);
  SiteOptions options;
  options.delivery = "retry_first: 1h, retry_ceiling: 1h, ";
  Site site(options);
  site.sandbox().set_rules(R"([{"match": {"method": "POST", "path": "deviceBatches"},
      "fault": "drop_after"}])");
  site.start();
  site.drop("a.csv", rows_of(1, 2));
  REQUIRE(eventually([&] {
    return contains(site.run({"list", "chunks", "--state", "unconfirmed"}).out, "chunk:1");
  }));
  site.sandbox().set_rules("[]");
  CHECK(contains(site.run({"list", "chunks", "--open"}).out, "unconfirmed (resend)"));
  const Ended refused = site.run({"cancel", "1", "--reason", "x"});
  CHECK(refused.exit_code == 4);
  CHECK(contains(refused.out, "whose fate is unknown"));
  Strings arguments{"retry", "chunk:1", "--reason", "the network is back"};
  if (looks) arguments.insert(arguments.begin() + 1, "--look");
  const Ended hurried = site.run(arguments);
  INFO(hurried.out << hurried.err);
  CHECK(hurried.exit_code == 0);
  site.wait_finished(1);
  CHECK(site.verdicts() == Verdicts{{"registered", 2}});
  CHECK(site.sandbox().requests("/LINE/devices").empty() == !looks);
  site.check_promises(2);
  CHECK(audit_of(site) == Strings{looks ? "look chunk:1" : "hurry chunk:1"});
  const Ended settled = site.run(arguments);
  CHECK(settled.exit_code == 4);
  CHECK(contains(settled.out, "settled"));
}

TEST_CASE("an account is paused and resumed like a destination", "[operators]") {
  Site site;
  site.start();
  CHECK(site.run({"pause", "contoso", "--reason", "audit day"}).out ==
        "account contoso is paused\n");
  site.drop("a.csv", rows_of(1, 2));
  REQUIRE(eventually(
      [&] { return site.status().at("submissions").at("pending").to_number<int>() == 1; }));
  CHECK(lines_of(site.run({"list", "records", "--stage", "waiting", "--ids"}).out).size() == 2);
  const json::object status = site.status();
  CHECK(contains(std::string(status.at("accounts").at(0).at("paused").at("reason").as_string()),
                 "audit day"));
  CHECK(site.run({"resume", "account:contoso", "--reason", "a test"}).exit_code == 0);
  site.wait_finished(1);
  CHECK(audit_of(site) == Strings{"resume account:contoso", "pause account:contoso"});
  const Ended unexplained = site.run({"pause", "contoso"});
  CHECK(unexplained.exit_code != 0);
  CHECK_THAT(unexplained.err, Catch::Contains("--reason"));
  CHECK(site.run({"pause", "nobody", "--reason", "a test"}).exit_code == 1);
  CHECK(site.run({"pause", "destination:contoso", "--reason", "a test"}).exit_code == 1);
  site.check_promises(2);
}

}  // namespace devicebatch::integration
