// Two stories about one device, from the drop folder to a person's word and the receipt after it.
#include "integration/device_rows.hpp"
#include "integration/site.hpp"
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

#include <fstream>

namespace devicebatch::integration {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// Device `number` with the mainboard of `board`.
support::HashSpec clone_of(std::uint64_t board, std::uint64_t number) {
  support::HashSpec spec = support::make_spec(number);
  spec.tpm_seed = support::make_spec(board).tpm_seed;
  return spec;
}

// Devices 1 to 3 are registered; records 4 to 6 have their mainboards under other serial numbers.
void start_with_conflicts(Site& site) {
  site.start();
  site.drop("a.csv", rows_of(1, 3));
  site.wait_finished(1);
  site.drop("b.csv", file_of({clone_of(1, 11), clone_of(2, 12), clone_of(3, 13)}));
  site.wait_finished(2);
}

// The result of a file, wherever it is archived.
json::object result_of(const Site& site, const std::string& name) {
  for (const char* place : {"done", "done-with-issues", "rejected"}) {
    const fs::path path = site.folder() / place / (name + ".result.json");
    if (fs::exists(path)) return parse_json(support::read_file(path)).as_object();
  }
  FAIL("no result for " + name);
  return {};
}

std::string verdict_of(const json::object& result, std::size_t row) {
  return std::string(result.at("rows").at(row).at("verdict").as_string());
}

Ended through_shell(const Site& site, const std::string& script) {
  const std::string whole = "devicebatchd() { " DEVICEBATCHD " \"$@\" --config '" +
                            site.config().string() + "'; }\n" + script;
  support::write_file(site.dir() / "script.sh", whole);
  return run_to_end({"/bin/sh", (site.dir() / "script.sh").string()}, site.dir());
}

}  // namespace

TEST_CASE("conflicts are held with an explanation, and a person settles each", "[conflicts]") {
  Site site;
  start_with_conflicts(site);
  CHECK(site.verdicts() == Verdicts{{"registered", 3}, {"conflict", 3}});
  const Ended list = site.run({"conflicts", "list"});
  CHECK(contains(list.out, "record:4"));
  CHECK(contains(list.out, "conflict.board_reused"));
  CHECK(contains(list.out, "It came on line 2 of a.csv"));
  const Ended show = site.run({"conflicts", "show", "record:4"});
  CHECK(contains(show.out, "record:1: registered, conflict.board_reused"));
  CHECK(contains(show.out, "CONTOSO-0000011 here, CONTOSO-0000001 there"));
  CHECK(contains(show.out, "conflicts resolve record:4 --keep|--send|--drop"));

  CHECK(site.run({"conflicts", "resolve", "4", "--keep", "--reason", "label swapped"}).out ==
        "resolved 1 conflicts, 0 refused\n");
  CHECK(site.run({"conflicts", "resolve", "5", "--drop", "--reason", "a clone"}).exit_code == 0);
  CHECK(site.run({"conflicts", "resolve", "6", "--send", "--reason", "board re-used"}).exit_code ==
        0);
  site.wait_finished(2);
  CHECK(site.run({"conflicts", "list"}).out == "none\n");
  CHECK(site.verdicts() == Verdicts{{"registered", 4}, {"superseded", 1}, {"rejected", 1}});
  site.check_promises(4);

  // The receipt tells who decided, and why.
  const json::object result = result_of(site, "b.csv");
  CHECK(verdict_of(result, 0) == "superseded");
  CHECK(verdict_of(result, 1) == "rejected");
  CHECK(verdict_of(result, 2) == "registered");
  const std::string text = json::serialize(result);
  CHECK(contains(text, "decided that the earlier record stands: label swapped"));
  CHECK(contains(text, "decided that this row is wrong: a clone"));
  CHECK(contains(text, "conflict.sent: "));

  const Ended story = site.run({"explain", support::make_spec(13).serial});
  CHECK(contains(story.out, "identity: it contradicts record 3"));
  CHECK(contains(story.out, "identity: a person decided that it is sent, too, beside record 3"));
  const Ended audit = site.run({"audit"});
  CHECK(contains(audit.out, "resolve"));
  CHECK(contains(audit.out, "board re-used"));
  // The mainboard is known under its new serial number only.
  support::HashSpec later = clone_of(3, 13);
  later.captured_at += 60;
  site.drop("c.csv", file_of({later}));
  site.wait_finished(3);
  CHECK(verdict_of(result_of(site, "c.csv"), 0) == "duplicate");
}

TEST_CASE("many conflicts are settled from standard input, after a dry run", "[conflicts]") {
  Site site;
  start_with_conflicts(site);
  const Ended dry = site.run({"conflicts", "resolve", "4", "5", "--drop", "--dry-run"});
  CHECK(contains(dry.out, "would resolve 2 conflicts, 0 refused"));
  const Ended done =
      through_shell(site,
                    "devicebatchd conflicts list --ids --limit 0 |"
                    " devicebatchd conflicts resolve - --drop --reason 'all clones' --json\n");
  INFO(done.err);
  const json::object sum = parse_json(done.out).as_object();
  CHECK(sum.at("changed").to_number<int>() == 3);
  CHECK(sum.at("refused").to_number<int>() == 0);
  site.wait_finished(2);
  CHECK(site.verdicts() == Verdicts{{"registered", 3}, {"rejected", 3}});
  const Ended again = site.run({"conflicts", "resolve", "4", "--keep", "--reason", "x"});
  CHECK(again.exit_code == 4);
  CHECK(contains(again.out, "record 4 is no conflict; it is rejected"));
  site.check_promises(3);
}

TEST_CASE("a conflict is settled in one way, and with a reason", "[conflicts]") {
  Site site;
  start_with_conflicts(site);
  using Strings = std::vector<std::string>;
  for (const Strings& arguments :
       {Strings{"conflicts", "resolve", "4", "--reason", "x"},
        Strings{"conflicts", "resolve", "4", "--keep"},
        Strings{"conflicts", "resolve", "4", "--keep", "--send", "--reason", "x"},
        Strings{"conflicts", "resolve", "--keep", "--reason", "x"}}) {
    const Ended ended = site.run(arguments);
    INFO(ended.out << ended.err);
    CHECK(ended.exit_code == 64);
  }
  CHECK(site.run({"conflicts", "show", "1"}).exit_code != 0);
  const json::object listed = parse_json(site.run({"conflicts", "list", "--json"}).out).as_object();
  CHECK(listed.at("what").as_string() == "conflicts");
  CHECK(listed.at("rows").as_array().size() == 3);
  // With the daemon down the ledger is read by itself.
  site.stop();
  CHECK(contains(site.run({"conflicts", "list"}).out, "record:4"));
  CHECK(site.run({"conflicts", "show", "4"}).exit_code == 0);
}

}  // namespace devicebatch::integration
