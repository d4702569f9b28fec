// Member names are a promise to scripts: each is spelled out here.
#include "engine/control/report_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

namespace devicebatch::engine {
namespace {

namespace json = boost::json;

constexpr UtcTime kNoon{std::chrono::milliseconds(1'767'268'800'000)};  // 2026-01-01T12:00Z

std::vector<std::string> names_of(const json::object& object) {
  std::vector<std::string> names;
  for (const auto& member : object) names.emplace_back(member.key());
  return names;
}

std::string known_name(DestinationId) {
  return "line";
}

}  // namespace

TEST_CASE("a status counts records, submissions and chunks by their words") {
  ledger::StatusReport report;
  report.totals.records_in = 9;
  report.totals.verdicts = {1, 2, 0, 3, 0, 3, 0, 0};
  report.totals.submissions = {0, 0, 0, 1, 4};
  report.oldest_open = kNoon;
  report.oldest_open_name = "a\nb.csv";
  const json::object status = status_json(report, known_name);
  CHECK(names_of(status) == std::vector<std::string>{"records", "verdicts", "submissions", "chunks",
                                                     "ages", "oldest_open", "oldest_open_name",
                                                     "stalled_jobs", "unconfirmed_chunks",
                                                     "oldest_unconfirmed", "held", "dead_letters",
                                                     "accounts", "destinations"});
  CHECK(json::serialize(status.at("verdicts")) ==
        R"({"pending":1,"registered":2,"already_registered":0,"duplicate":3,"superseded":0,)"
        R"("rejected":3,"failed":0,"conflict":0})");
  CHECK(json::serialize(status.at("submissions")) ==
        R"({"seen":0,"claimed":0,"ingesting":0,"pending":1,"finished":4})");
  CHECK(status.at("oldest_open") == "2026-01-01T12:00:00.000Z");
  CHECK(status.at("oldest_open_name") == "a\\x0ab.csv");
}

TEST_CASE("a destination shows a pause only while there is one") {
  ledger::StatusReport report;
  report.destinations.resize(2);
  report.destinations[1].destination.paused_code = "http.403";
  report.destinations[1].destination.paused_reason = "Ask.";
  report.destinations[1].destination.paused_at = kNoon;
  const json::object status = status_json(report, known_name);
  const json::array& destinations = status.at("destinations").as_array();
  CHECK_FALSE(destinations[0].as_object().contains("paused"));
  CHECK(destinations[0].at("name") == "line");
  CHECK(destinations[0].at("next_attempt").is_null());
  CHECK(destinations[0].at("account") == "");
  CHECK(status.at("accounts").as_array().empty());
  CHECK(json::serialize(destinations[1].at("paused")) ==
        R"({"code":"http.403","reason":"Ask.","since":"2026-01-01T12:00:00.000Z"})");
}

TEST_CASE("a submission shows times as texts, and null for what has not happened") {
  ledger::SubmissionSummary summary;
  summary.state = ledger::SubmissionState::pending;
  summary.seen_at = kNoon;
  const json::object object = summary_json(summary);
  CHECK(object.at("state") == "pending");
  CHECK(object.at("seen") == "2026-01-01T12:00:00.000Z");
  CHECK(object.at("finished").is_null());
  CHECK_FALSE(object.contains("refused"));
  CHECK_FALSE(object.contains("repeats"));
}

TEST_CASE("a chunk without a job has no tracking id") {
  ledger::ChunkRow chunk;
  chunk.id = ChunkId{5};
  chunk.state = ledger::ChunkState::unconfirmed;
  const json::object before = chunk_json(chunk);
  CHECK(before.at("chunk").to_number<int>() == 5);
  CHECK(before.at("state") == "unconfirmed");
  CHECK_FALSE(before.contains("tracking_id"));
  chunk.tracking_id = *Uuid::parse("11111111-2222-4333-8444-555555555555");
  CHECK(chunk_json(chunk).at("tracking_id") == "11111111-2222-4333-8444-555555555555");
}

TEST_CASE("a story that was not found is empty, and escapes what was asked") {
  ledger::Story story;
  story.asked = "x\x1b";
  const json::object object = story_json(story);
  CHECK(object.at("asked") == "x\\x1b");
  CHECK(object.at("found_as") == "");
  CHECK(object.at("records").as_array().empty());
  CHECK(object.at("is_cut") == false);
}

TEST_CASE("a verification keeps its checks in order") {
  ledger::Verification verification;
  verification.is_sound = true;
  verification.lines = {"one: ok", "two: ok"};
  CHECK(json::serialize(verification_json(verification)) ==
        R"({"is_sound":true,"checks":["one: ok","two: ok"]})");
}

}  // namespace devicebatch::engine
