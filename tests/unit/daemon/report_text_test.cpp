// What a person reads on a terminal.
#include "daemon/report_text.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

namespace devicebatch::daemon {
namespace {

boost::json::object object_from(std::string_view text) {
  return boost::json::parse(text).as_object();
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a status begins with the records and leaves out what is zero") {
  const std::string text = status_text(
      object_from(R"({"records":7,"verdicts":{"pending":2,"registered":5,"failed":0}})"));
  CHECK(text.starts_with("records 7: 2 pending, 5 registered\n"));
  CHECK_FALSE(contains(text, "failed"));
  CHECK_FALSE(contains(text, "STALLED"));
  CHECK_FALSE(contains(text, "unconfirmed chunks"));
}

TEST_CASE("a status shows its queues, and shouts about one that cannot be reached") {
  const std::string text = status_text(object_from(
      R"({"records":0,"queues":[{"name":"mes","is_connected":true,"in_flight":3,"accepted":5,)"
      R"("released":0,"rejected":1,"replies":2},{"name":"far","is_connected":false,)"
      R"("last_error":"refused"}]})"));
  INFO(text);
  CHECK(contains(text, "queue mes: connected, in flight 3, accepted 5, rejected 1, replies 2\n"));
  CHECK(contains(text, "queue far: NOT CONNECTED: refused\n"));
}

TEST_CASE("a status shouts what a person must do") {
  const std::string text = status_text(object_from(
      R"({"records":0,"stalled_jobs":2,"unconfirmed_chunks":1,"destinations":[{"name":"line",)"
      R"("batch":"LINE","paused":{"code":"http.403","reason":"Ask the customer.","since":"today"},)"
      R"("last_error":"HTTP 403"}]})"));
  INFO(text);
  CHECK(contains(text, "STALLED jobs 2\n"));
  CHECK(contains(text, "unconfirmed chunks 1\n"));
  CHECK(contains(text, "PAUSED"));
  CHECK(contains(text, "http.403 since today"));
  CHECK(contains(text, "Ask the customer."));
  CHECK(contains(text, "HTTP 403"));
}

TEST_CASE("a report of another version, with members missing or of another kind, is still text") {
  CHECK_FALSE(status_text({}).empty());
  CHECK_FALSE(status_text(object_from(R"({"records":"x","verdicts":[],"ages":{"seen":1},)"
                                      R"("destinations":[1,null,{"paused":7}]})"))
                  .empty());
  CHECK_FALSE(
      story_text(object_from(R"({"found_as":"serial","records":[1],"chunks":"x"})")).empty());
  CHECK(verification_text({}) == "NOT SOUND\n");
  CHECK_FALSE(submission_text({}).empty());
}

TEST_CASE("a story tells the record, its file and what happened in order") {
  const std::string text = story_text(object_from(
      R"({"asked":"S1","found_as":"serial","records":[{"record":3,"line":9,"serial":"S1",)"
      R"("pkid":"3305000000001","manufacturer":"Contoso","model":"Book","verdict":"rejected",)"
      R"("code":"hash.damaged","message":"Damaged.","fix":"Again.","submission":{"file":"a.csv"},)"
      R"("events":[{"at":"t1","what":"first"},{"at":"t2","what":"second"}]}],"is_cut":true})"));
  INFO(text);
  CHECK(text.starts_with("S1 is a serial\n"));
  for (const char* part :
       {"record 3: serial S1, PKID 3305000000001, Contoso Book", "line 9 of a.csv",
        "verdict rejected [hash.damaged]", "Damaged.", "Again.", "(there is more)"}) {
    INFO(part);
    CHECK(contains(text, part));
  }
  CHECK(text.find("first") < text.find("second"));
}

TEST_CASE("nothing found is said as such") {
  CHECK(story_text(object_from(R"({"asked":"S1","found_as":""})")) ==
        "nothing is known about S1\n");
}

TEST_CASE("a submission says where its file is, or why it was refused") {
  const std::string done = submission_text(
      object_from(R"({"submission":"id","file":"a.csv","state":"finished","records":1,)"
                  R"("verdicts":{"registered":1},"archived_as":"done/a.csv","repeats":"other"})"));
  CHECK(contains(done, "rows 1: 1 registered"));
  CHECK(contains(done, "archived as done/a.csv"));
  CHECK(contains(done, "the same file as submission other"));
  const std::string refused = submission_text(
      object_from(R"({"refused":{"code":"file.empty","reason":"Empty.","fix":"Drop again."}})"));
  CHECK(contains(refused, "refused [file.empty] Empty. Drop again."));
}

}  // namespace devicebatch::daemon
