// What a request on the control socket may say.
#include "engine/control/request_fields.hpp"

#include "base/random.hpp"
#include "ledger/open.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

namespace devicebatch::engine {
namespace {

namespace json = boost::json;

json::object object_from(std::string_view text) {
  return json::parse(text).as_object();
}

DestinationBook book() {
  DestinationBook names;
  names.add(DestinationId{4}, "line");
  return names;
}

Result<RecordChoice> choose(std::string_view where) {
  SystemRandom random;
  auto ledger = ledger::open_ledger(":memory:", random);
  REQUIRE(ledger);
  REQUIRE((*ledger)->begin());
  const json::object request{{"where", json::parse(where)}};
  Result<RecordChoice> choice = read_record_choice(request, book(), **ledger);
  REQUIRE((*ledger)->commit());
  return choice;
}

std::string refusal_of(std::string_view where) {
  const Result<RecordChoice> choice = choose(where);
  REQUIRE_FALSE(choice);
  return choice.error().message();
}

}  // namespace

TEST_CASE("conditions become the filter of the ledger") {
  const auto choice =
      choose(R"({"destination":"line","chunk":"chunk:3","code":"device.*","verdict":"pending",)"
             R"("stage":"held","serial":"S1","dead_letter":"true"})");
  REQUIRE(choice);
  CHECK(choice->filter.destination == DestinationId{4});
  CHECK(choice->filter.chunk == ChunkId{3});
  CHECK(choice->filter.code == "device.*");
  CHECK(choice->filter.verdict == Verdict::none);
  CHECK(choice->filter.stage == ledger::RecordStage::held);
  CHECK(choice->filter.serial == "S1");
  CHECK(choice->filter.is_dead_letter);
  CHECK_FALSE(choice->is_all);
  CHECK_FALSE(is_unbounded(choice->filter));
}

TEST_CASE("everything is chosen by one word in capitals, alone") {
  CHECK(choose(R"({"all":"ALL"})")->is_all);
  CHECK(is_unbounded(choose(R"({"all":"ALL"})")->filter));
  CHECK(refusal_of(R"({"all":"all"})") == "everything is chosen by all=ALL, in capitals");
  CHECK(refusal_of(R"({"all":"ALL","serial":"S1"})") ==
        "all=ALL stands alone: another condition would make it less");
}

TEST_CASE("a condition that cannot be meant is refused with what could be") {
  CHECK(refusal_of(R"({"colour":"red"})") ==
        "nothing is chosen by \"colour\"; choose by: destination submission chunk code verdict "
        "stage serial dead_letter all");
  CHECK(refusal_of(R"({"verdict":"fine"})") ==
        "\"fine\" is no verdict; it is one of: pending registered already_registered duplicate "
        "superseded rejected failed conflict");
  CHECK(refusal_of(R"({"stage":"x"})").find("arriving waiting held") != std::string::npos);
  CHECK(refusal_of(R"({"destination":"x"})") == "no destination \"x\" in the settings");
  CHECK(refusal_of(R"({"submission":"x"})") == "\"x\" is no submission id");
  CHECK(refusal_of(R"({"submission":"01890000-0000-7000-8000-000000000000"})") ==
        "no submission 01890000-0000-7000-8000-000000000000");
  CHECK(refusal_of(R"({"chunk":"x"})") == "\"x\" is no chunk");
  CHECK(refusal_of(R"({"serial":7})") == "serial needs a value");
  CHECK(refusal_of(R"({"serial":""})") == "serial needs a value");
  CHECK(refusal_of(R"(["serial"])") == "\"where\" must be an object of texts");
  const std::string key = "ABCDE-FGHJK-MNPQR-TVWXY-23467";
  const std::string refused = refusal_of(R"({"serial":")" + key + R"("})");
  CHECK(refused.find("product key") != std::string::npos);
  CHECK(refused.find(key) == std::string::npos);
}

TEST_CASE("ids are a bounded list of positive numbers") {
  CHECK(*numbers_field(object_from(R"({"ids":[1,2]})"), "ids") == std::vector<std::int64_t>{1, 2});
  CHECK(numbers_field(object_from("{}"), "ids")->empty());
  for (const char* wrong :
       {R"({"ids":7})", R"({"ids":[0]})", R"({"ids":["1"]})", R"({"ids":[1.5]})", R"({"ids":[-3]})",
        R"({"ids":[18446744073709551615]})"}) {
    INFO(wrong);
    CHECK_FALSE(numbers_field(object_from(wrong), "ids"));
  }
  json::array many;
  for (std::size_t at = 0; at <= kPageRows; ++at) many.emplace_back(1);
  CHECK_FALSE(numbers_field({{"ids", many}}, "ids"));
}

TEST_CASE("a page has a length, whatever is asked for") {
  CHECK(page_rows(object_from("{}")) == kPageRows);
  CHECK(page_rows(object_from(R"({"limit":7})")) == 7);
  CHECK(page_rows(object_from(R"({"limit":-7})")) == kPageRows);
  CHECK(page_rows(object_from(R"({"limit":100000000})")) == kPageRows);
  CHECK(page_rows({{"limit", std::uint64_t{9}}}) == 9);
}

TEST_CASE("a sentence is bounded") {
  CHECK(check_text(std::string(500, 'x'), "the reason"));
  CHECK(check_text(std::string(501, 'x'), "the reason").error().message() ==
        "the reason is longer than 500 bytes");
}

TEST_CASE("submissions and chunks have conditions of their own") {
  const auto submissions = read_submission_filter(
      object_from(R"({"where":{"state":"pending","source":"line-1","open":"true"}})"), book());
  REQUIRE(submissions);
  CHECK(submissions->state == ledger::SubmissionState::pending);
  CHECK(submissions->source == "line-1");
  CHECK(submissions->is_open);
  const auto chunks = read_chunk_filter(
      object_from(R"({"where":{"state":"unconfirmed","destination":"line","stalled":"false"}})"),
      book());
  REQUIRE(chunks);
  CHECK(chunks->state == ledger::ChunkState::unconfirmed);
  CHECK(chunks->destination == DestinationId{4});
  CHECK_FALSE(chunks->is_stalled);
  CHECK_FALSE(read_chunk_filter(object_from(R"({"where":{"open":"yes"}})"), book()));
  CHECK_FALSE(read_chunk_filter(object_from(R"({"where":{"source":"x"}})"), book()));
}

}  // namespace devicebatch::engine
