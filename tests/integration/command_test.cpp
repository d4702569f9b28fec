// The command line, with the daemon and without.
#include "integration/device_rows.hpp"
#include "integration/site.hpp"
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

namespace devicebatch::integration {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

// A command that needs no daemon and no settings.
Ended run_offline(const Site& site, const std::vector<std::string>& arguments) {
  std::vector<std::string> words{DEVICEBATCHD};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return run_to_end(words, site.dir());
}

std::string write(const Site& site, const std::string& name, const std::string& content) {
  const fs::path path = site.dir() / name;
  support::write_file(path, content);
  return path.string();
}

std::string found_as(const Site& site, const std::string& query) {
  const Ended ended = site.run({"explain", query, "--json"});
  INFO(query.substr(0, 80) << ": " << ended.out.substr(0, 400) << ended.err);
  CHECK(ended.exit_code == 0);
  return std::string(parse_json(ended.out).at("found_as").as_string());
}

// Line and code of every row with a verdict.
std::vector<std::string> answers(const json::value& result) {
  std::vector<std::string> found;
  for (const json::value& row : result.at("rows").as_array()) {
    const json::object& object = row.as_object();
    if (!object.contains("code")) continue;
    found.push_back(json::serialize(object.at("line")) + " " +
                    std::string(object.at("verdict").as_string()) + " " +
                    std::string(object.at("code").as_string()));
  }
  return found;
}

}  // namespace

TEST_CASE("status, explain and verify answer for people and for programs", "[commands]") {
  Site site;
  site.start();
  site.drop("a.csv", rows_of(1, 3));
  site.wait_finished(1);
  CHECK(site.run({"status"}).out.starts_with("records 3: 3 registered\n"));
  const json::value status = parse_json(site.run({"status", "--json"}).out);
  CHECK(status.at("records").to_number<int>() == 3);
  CHECK(status.at("destinations").at(0).at("name").as_string() == "line");
  const Ended verified = site.run({"status", "--verify"});
  CHECK(verified.exit_code == 0);
  CHECK(verified.out.ends_with("sound\n"));
  CHECK(parse_json(site.run({"status", "--verify", "--json"}).out).at("is_sound").as_bool());

  const support::HashSpec spec = support::make_spec(1);
  const std::string story = site.run({"explain", spec.serial}).out;
  INFO(story);
  for (const char* part : {"a.csv", "chunk 1", "verdict registered", "request", "correlation"}) {
    INFO(part);
    CHECK(story.find(part) != std::string::npos);
  }
  CHECK(site.run({"explain", "NEVER-SEEN"}).exit_code == 1);
}

TEST_CASE("a device is found by everything that it is known by", "[commands]") {
  Site site;
  site.start();
  site.drop("a.csv", rows_of(1, 3));
  site.wait_finished(1);
  const json::value row = site.result("done", "a.csv").at("rows").at(0);
  const auto text = [&row](const char* name) { return std::string(row.at(name).as_string()); };
  CHECK(found_as(site, text("serial")) == "serial");
  CHECK(found_as(site, text("pkid")) == "PKID");
  CHECK(found_as(site, "a.csv") == "file");
  CHECK(found_as(site, "chunk:1") == "chunk");
  CHECK(found_as(site, text("tracking_id")) == "tracking id");
  const json::value submission = site.result("done", "a.csv").at("submission");
  CHECK(found_as(site, std::string(submission.as_string())) == "submission");
  const json::value chunk =
      site.ask({{"verb", "explain"}, {"query", "chunk:1"}}).at("chunks").at(0);
  CHECK(found_as(site, std::string(chunk.at("request_id").as_string())) == "request id");
  CHECK(found_as(site, support::make_hash_text(support::make_spec(1))) == "hash");
}

TEST_CASE("submit hands a file over and its exit code says what became of it", "[commands]") {
  Site site;
  site.start();
  const std::string good = write(site, "good.csv", rows_of(1, 2));
  const std::string bad = write(site, "bad.csv", support::bad_file(101).content);
  const std::string hopeless = write(site, "hopeless.csv", std::string(kFamilyA) + "X1,,AAAA\r\n");
  const Ended accepted = site.run({"submit", good, "--source", "line", "--wait"});
  INFO(accepted.out << accepted.err);
  CHECK(accepted.exit_code == 0);
  CHECK(site.run({"submit", bad, "--source", "line", "--wait"}).exit_code == 3);
  CHECK(site.run({"submit", hopeless, "--source", "line", "--wait"}).exit_code == 4);
  CHECK(site.run({"submit", good, "--source", "line", "--wait"}).exit_code == 0);  // again
  site.wait_finished(4);
  CHECK(support::read_file(site.folder() / "done" / "good.csv") == rows_of(1, 2));
  CHECK(fs::exists(good));

  site.ask({{"verb", "pause"}, {"destination", "line"}, {"reason", "a test"}});
  const std::string late = write(site, "late.csv", rows_of(11, 2));
  const Ended pending =
      site.run({"submit", late, "--source", "line", "--wait", "--timeout", "0", "--json"});
  CHECK(pending.exit_code == 5);
  CHECK(parse_json(pending.out).at("state").as_string() == "pending");

  const Ended unwaited = site.run({"submit", good, "--source", "line", "--json"});
  CHECK(parse_json(unwaited.out).at("submission").as_string().size() == 36);
  CHECK(site.run({"submit", good}).exit_code == 78);  // there are two sources
  CHECK(site.run({"submit", "/nowhere/a.csv", "--source", "line"}).exit_code == 66);
  CHECK(site.run({"submit", good, "--source", "nowhere"}).exit_code != 0);
}

TEST_CASE("check gives the verdicts that the daemon gives, without one", "[commands]") {
  Site site;
  const std::string path = write(site, "bad.csv", support::bad_file(1).content);
  const Ended checked = run_offline(site, {"check", path, "--json"});
  INFO(checked.out << checked.err);
  CHECK(checked.exit_code == 1);
  site.start();
  site.drop("bad.csv", support::bad_file(1).content);
  site.wait_finished(1);
  CHECK(answers(parse_json(checked.out)) == answers(site.result("done-with-issues", "bad.csv")));

  const Ended told = run_offline(site, {"check", path});
  CHECK(told.out.find(path + ":3: rejected: ") != std::string::npos);
  CHECK(told.out.find("[hash.damaged]") != std::string::npos);
  CHECK(told.out.find("7 rows, 2 would be sent") != std::string::npos);
  const std::string good = write(site, "good.csv", support::autopilot_file(1, 5));
  CHECK(run_offline(site, {"check", good}).exit_code == 0);
  CHECK(run_offline(site, {"check", "/nowhere.csv"}).exit_code == 66);
  CHECK(run_offline(site, {"check"}).exit_code == 64);
}

TEST_CASE("decode-hash tells what a hash says, and why one is none", "[commands]") {
  Site site;
  const support::HashSpec spec = support::make_spec(7);
  const Ended decoded = run_offline(site, {"decode-hash", support::make_hash_text(spec), "--json"});
  INFO(decoded.out << decoded.err);
  REQUIRE(decoded.exit_code == 0);
  const json::value said = parse_json(decoded.out);
  CHECK(said.at("serial").as_string() == std::string_view(spec.serial));
  CHECK(said.at("manufacturer").as_string() == std::string_view(spec.manufacturer));
  CHECK(said.at("model").as_string() == std::string_view(spec.model));
  CHECK(said.at("pkid").as_string() == std::string_view(spec.pkid));
  const Ended refused = run_offline(site, {"decode-hash", "DummyHash1234"});
  CHECK(refused.exit_code == 1);
  CHECK(refused.err.find("hash.not_a_hash") != std::string::npos);
}

TEST_CASE("check-config prints what is in effect", "[commands]") {
  Site site;
  const Ended checked = site.run({"check-config"});
  CHECK(checked.exit_code == 0);
  CHECK(checked.out.find("in_flight: 4") != std::string::npos);
  CHECK(checked.out.find(site.options().secret) == std::string::npos);
  CHECK(parse_json(site.run({"check-config", "--json"}).out).at("ok").as_bool());
}

TEST_CASE("with the daemon down the same questions are answered from its ledger", "[commands]") {
  Site site;
  CHECK(site.run({"status"}).exit_code == 69);
  site.start();
  site.drop("a.csv", rows_of(1, 3));
  site.wait_finished(1);
  const Ended before = site.run({"explain", "a.csv", "--json"});
  const Ended told = site.run({"status", "--json"});
  REQUIRE(site.stop() == 0);
  CHECK(site.run({"explain", "a.csv", "--json"}).out == before.out);
  CHECK(site.run({"status", "--json"}).out == told.out);
  CHECK(site.run({"status", "--verify"}).exit_code == 0);
  const std::string path = write(site, "b.csv", rows_of(1, 1));
  CHECK(site.run({"submit", path, "--source", "line"}).exit_code == 69);
  site.start();
  site.kill();  // leaves its socket behind
  CHECK(site.run({"status", "--json"}).out == told.out);
}

TEST_CASE("a wrong word on the command line is told apart from a wrong file", "[commands]") {
  Site site;
  CHECK(run_offline(site, {"stauts"}).exit_code == 64);
  CHECK(run_offline(site, {}).exit_code == 64);
  CHECK(run_offline(site, {"--help"}).exit_code == 0);
  CHECK(run_offline(site, {"--version"}).out.starts_with("devicebatchd "));
}

TEST_CASE("the control socket answers nonsense and goes on", "[commands]") {
  Site site;
  site.start();
  for (const json::object& request :
       {json::object{}, json::object{{"verb", 7}}, json::object{{"verb", "fly"}},
        json::object{{"verb", "submission"}, {"submission", "x"}},
        json::object{{"verb", "submit"}, {"source", "line"}, {"name", "../x"}, {"bytes", 0}}}) {
    const auto reply = site.try_ask(request);
    REQUIRE(reply);
    INFO(json::serialize(*reply));
    CHECK_FALSE(reply->at("ok").as_bool());
    CHECK_FALSE(reply->at("error").at("message").as_string().empty());
  }
  CHECK(site.status().at("records").to_number<int>() == 0);
}

}  // namespace devicebatch::integration
