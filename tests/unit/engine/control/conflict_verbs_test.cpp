// Conflicts over the control socket: the questions and the one order.
#include "engine/control/ledger_questions.hpp"
#include "engine/control/record_changes.hpp"

#include "unit/ledger/ledger_desk.hpp"
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::engine;
using namespace devicebatch::ledger;
using Catch::Matchers::Contains;

namespace {

namespace json = boost::json;

// Records 1 to 3 are known; 4 to 6 have their mainboards under other serial numbers.
struct Desk {
  Desk() {
    book.add(desk.destination(), "contoso");
    BatchBuilder known(desk->key_seed());
    known.devices(1, 3);
    desk.submission("a.csv", known);
    BatchBuilder clones(desk->key_seed());
    for (const std::uint64_t number : {1U, 2U, 3U}) {
      auto clone = support::make_spec(10 + number);
      clone.tpm_seed = support::make_spec(number).tpm_seed;
      clones.device(clone);
    }
    desk.submission("b.csv", clones);
  }
  ~Desk() { desk.check_soundness(); }

  Result<json::object> ask(json::object request) {
    Result<json::object> answer = fail(Errc::cancelled, "not run");
    ok(desk.in_transaction([&]() -> Result<void> {
      answer = answer_from_ledger(*desk, request, book, at(100));
      return {};
    }));
    return answer;
  }
  Result<json::object> change(json::object request) {
    Result<json::object> answer = fail(Errc::cancelled, "not run");
    const Actor alice{"alice (1000)", "asked the line"};
    ok(desk.in_transaction([&]() -> Result<void> {
      answer = change_by_hand(*desk, request, book, alice, at(100));
      return {};
    }));
    return answer;
  }
  std::size_t listed() {
    return ok(ask({{"verb", "list"}, {"what", "conflicts"}})).at("rows").as_array().size();
  }

  LedgerDesk desk;
  DestinationBook book;
};

std::size_t size_of(const json::object& answer, std::string_view name) {
  return answer.at(name).as_array().size();
}

}  // namespace

TEST_CASE("conflicts are a listing of their own, for monitors, too") {
  Desk desk;
  CHECK(find_question("list")->audience == Audience::monitors);
  CHECK(find_question("show")->audience == Audience::monitors);
  const auto page = ok(desk.ask({{"verb", "list"}, {"what", "conflicts"}}));
  REQUIRE(size_of(page, "rows") == 3);
  const json::object& row = page.at("rows").as_array()[0].as_object();
  CHECK(row.at("record") == 4);
  CHECK(row.at("first_record") == 1);
  CHECK(row.at("code") == "conflict.board_reused");
  CHECK(row.at("destination") == "contoso");
  const auto second =
      ok(desk.ask({{"verb", "list"}, {"what", "conflicts"}, {"after", 4}, {"limit", 1}}));
  CHECK(second.at("rows").as_array()[0].as_object().at("record") == 5);
  const auto of_code = ok(
      desk.ask({{"verb", "list"}, {"what", "conflicts"}, {"where", {{"code", "conflict.pkid*"}}}}));
  CHECK(size_of(of_code, "rows") == 0);
}

TEST_CASE("a conflict is shown beside what it contradicts") {
  Desk desk;
  const auto shown = ok(desk.ask({{"verb", "show"}, {"what", "conflict"}, {"id", "record:4"}}));
  CHECK(shown.at("record") == 4);
  REQUIRE(size_of(shown, "others") == 1);
  const json::object& other = shown.at("others").as_array()[0].as_object();
  CHECK(other.at("record") == 1);
  CHECK(other.at("between") == "conflict.board_reused");
  CHECK_THAT(json::serialize(other.at("differs")),
             Contains(R"({"name":"serial","here":"CONTOSO-0000011","there":"CONTOSO-0000001"})"));
  CHECK_THAT(json::serialize(other.at("agrees")), Contains(R"("name":"tpm")"));
  for (const char* id : {"1", "record:99", "chunk:1", "x"}) {
    INFO(id);
    CHECK_FALSE(desk.ask({{"verb", "show"}, {"what", "conflict"}, {"id", id}}));
  }
}

TEST_CASE("many conflicts are settled at once, each with its answer") {
  Desk desk;
  const auto how = GENERATE(std::string("keep"), std::string("send"), std::string("drop"));
  const auto answer = ok(desk.change({{"verb", "resolve"}, {"how", how}, {"ids", {4, 5, 1, 77}}}));
  CHECK(answer.at("verb") == "resolve");
  CHECK(answer.at("how").as_string() == how);
  CHECK(size_of(answer, "changed") == 2);
  REQUIRE(size_of(answer, "refused") == 2);
  CHECK_THAT(json::serialize(answer.at("refused")),
             Contains("is no conflict; it is waiting") && Contains("there is no record 77"));
  CHECK(desk.listed() == 1);
}

TEST_CASE("conflicts are chosen by conditions, too") {
  Desk desk;
  const auto answer = ok(
      desk.change({{"verb", "resolve"}, {"how", "drop"}, {"where", {{"destination", "contoso"}}}}));
  CHECK(size_of(answer, "changed") == 3);
  CHECK(size_of(answer, "refused") == 0);
  CHECK(desk.listed() == 0);
}

TEST_CASE("a conflict is not settled without a word how") {
  Desk desk;
  for (const char* how : {"", "burn", "KEEP"}) {
    const auto refused = desk.change({{"verb", "resolve"}, {"how", how}, {"ids", {4}}});
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message(), Contains("keep, send or drop"));
  }
  CHECK(desk.listed() == 3);
}
