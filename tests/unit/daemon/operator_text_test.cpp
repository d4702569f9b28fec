// What the operator's verbs answer, as a person reads it.
#include "daemon/operator/operator_text.hpp"

#include "daemon/operator/service_text.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

namespace devicebatch::daemon {
namespace {

namespace json = boost::json;

json::array rows_from(std::string_view text) {
  return json::parse(text).as_array();
}

json::object object_from(std::string_view text) {
  return json::parse(text).as_object();
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("records stand in columns, the state of one without a verdict is its stage") {
  const std::string text = rows_text(
      "records",
      rows_from(R"([{"record":7,"serial":"S1","verdict":"failed","stage":"finished","chunk":3,)"
                R"("destination":"line","file":"a.csv","line":4,"code":"device.808",)"
                R"("message":"Taken."},{"record":12345,"verdict":"pending","stage":"held",)"
                R"("chunk":null,"file":"b.csv","line":5}])"));
  CHECK(text ==
        "RECORD        STATE   SERIAL  DESTINATION  CHUNK    FILE:LINE  CODE\n"
        "record:7      failed  S1      line         chunk:3  a.csv:4    device.808: Taken.\n"
        "record:12345  held    -       -            -        b.csv:5\n");
}

TEST_CASE("a conflict is shown beside the other record, with what differs and what to do") {
  const std::string text = shown_text(
      "conflict",
      object_from(R"({"record":7,"serial":"S2","verdict":"conflict","stage":"finished",)"
                  R"("code":"conflict.board_reused","message":"Known.","file":"b.csv","line":2,)"
                  R"("others":[{"record":3,"verdict":"registered","stage":"finished",)"
                  R"("between":"conflict.board_reused","file":"a.csv","line":9,)"
                  R"("agrees":[{"name":"tpm"},{"name":"model"}],)"
                  R"("differs":[{"name":"serial","here":"S2","there":"S1"},)"
                  R"({"name":"pkid","here":"","there":"3305000000001"}]}]})"));
  CHECK(contains(text, "record:7: conflict\n"));
  CHECK(contains(text,
                 "record:3: registered, conflict.board_reused\n"
                 "  from          a.csv:9\n"
                 "  the same      tpm, model\n"
                 "  serial        S2 here, S1 there\n"
                 "  pkid          - here, 3305000000001 there\n"));
  CHECK(contains(text, "conflicts resolve record:7 --keep|--send|--drop --reason TEXT\n"));
  CHECK(contains(shown_text("conflict", object_from(R"({"others":[{}]})")),
                 "contradicts it no longer"));
}

TEST_CASE("jobs shout when they are stalled, chunks tell what is asked about them") {
  CHECK(contains(rows_text("jobs", rows_from(R"([{"chunk":3,"tracking_id":"T","is_stalled":true,)"
                                             R"("submitted":"2026-01-01T12:00:00.000Z"}])")),
                 "2026-01-01T12:00:00Z"));
  CHECK(contains(rows_text("jobs", rows_from(R"([{"chunk":3,"is_stalled":true}])")), "STALLED\n"));
  CHECK(contains(
      rows_text("chunks",
                rows_from(R"([{"chunk":3,"state":"unconfirmed","inquiry":"look","devices":5}])")),
      "unconfirmed (look)"));
}

TEST_CASE("a row of another version, with members missing or of another kind, is still text") {
  for (const char* what : {"submissions", "records", "conflicts", "chunks", "jobs", "audit"}) {
    INFO(what);
    CHECK_FALSE(
        rows_text(what, rows_from(R"([{},7,null,{"record":"x","chunk":[],"at":1}])")).empty());
  }
  for (const char* what : {"submission", "record", "conflict", "chunk", "job"}) {
    INFO(what);
    CHECK_FALSE(shown_text(what, object_from(R"({"records":[1],"carried_by":3})")).empty());
  }
  for (const char* what : {"batches", "devices", "policies"}) {
    INFO(what);
    CHECK_FALSE(service_rows_text(what, rows_from(R"([{},7,{"policies":[1]}])")).empty());
  }
  CHECK_FALSE(job_text({}).empty());
}

TEST_CASE("a record that is shown leaves out what is empty") {
  const std::string text =
      shown_text("record", object_from(R"({"record":7,"serial":"S1","pkid":"","verdict":"failed",)"
                                       R"("stage":"finished","code":"device.808","fix":"Ask."})"));
  CHECK(text.starts_with("record:7: failed\n"));
  CHECK(contains(text, "  what to do    Ask.\n"));
  CHECK_FALSE(contains(text, "PKID"));
}

TEST_CASE("a change names its record and when it is due") {
  CHECK(change_text(object_from(R"({"record":7,"serial":"S1","verdict":"failed","code":"c",)"
                                R"("due":"2026-01-01T12:00:00.000Z"})")) ==
        "record:7 S1 (failed, c) due 2026-01-01T12:00:00.000Z");
  CHECK(change_text(object_from(R"({"chunk":3})")) == "chunk:3");
}

TEST_CASE("a job names the devices that failed") {
  const std::string text = job_text(object_from(
      R"({"tracking_id":"T","state":"finished_with_errors","rows":[{"outcome":"done"},)"
      R"({"outcome":"failed","device_id":"D","serial":"S","code":"device.809","message":"No.",)"
      R"("fix":"Ask."}]})"));
  CHECK(text == "job T: finished_with_errors\nfailed: D S [device.809] No. Ask.\n");
}

}  // namespace devicebatch::daemon
