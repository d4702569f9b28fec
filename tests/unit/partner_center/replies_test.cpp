#include "partner_center/replies.hpp"

#include "base/limits.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::partner_center;

namespace {

constexpr const char* kTid = "6b8f4f6e-0f6c-4c6e-9b1a-0123456789ab";
constexpr const char* kBom = "\xEF\xBB\xBF";

http::Response reply(std::string body, std::string location = "") {
  http::Response response;
  response.status = 202;
  response.body = std::move(body);
  if (!location.empty()) response.headers.emplace_back("location", std::move(location));
  return response;
}

std::string shown(const std::optional<Uuid>& id) {
  return id ? id->to_string() : "none";
}

}  // namespace

TEST_CASE("the tracking id is found in every shape of Location") {
  struct Row {
    const char* name;
    std::string location;
    bool is_found;
  };
  const std::string id = kTid;
  const std::string path = "/customers/c/batchJobStatus/" + id;
  for (const Row& row : {
           Row{"relative without version", path, true},
           Row{"relative with version", "/v1" + path, true},
           Row{"absolute", "https://api.partnercenter.microsoft.com/v1" + path, true},
           Row{"another host, which is ignored", "http://evil.example" + path, true},
           Row{"file scheme, which is ignored", "file://" + path, true},
           Row{"lower case", "/customers/c/batchjobstatus/" + id, true},
           Row{"upper case", "/CUSTOMERS/C/BATCHJOBSTATUS/6B8F4F6E-0F6C-4C6E-9B1A-0123456789AB",
               true},
           Row{"doubled slash", "/v1//customers/c/batchJobStatus//" + id, true},
           Row{"query after it", path + "?x=1", true},
           Row{"fragment after it", path + "#x", true},
           Row{"path after it", path + "/more", true},
           Row{"second occurrence", "/batchJobStatus/x/batchJobStatus/" + id, true},
           Row{"empty", "", false},
           Row{"another path", "/customers/c/deviceBatches/" + id, false},
           Row{"no id", "/customers/c/batchJobStatus/", false},
           Row{"short id", "/customers/c/batchJobStatus/" + id.substr(1), false},
           Row{"long id", path + "0", false},
           Row{"nil id", "/batchJobStatus/00000000-0000-0000-0000-000000000000", false},
           Row{"braces", "/batchJobStatus/{" + id + "}", false},
           Row{"path traversal", "/batchJobStatus/../../etc/passwd", false},
           Row{"64 kB of nothing", std::string(65536, '/'), false},
       }) {
    INFO(row.name);
    CHECK(shown(tracking_id_in(row.location)) == (row.is_found ? id : "none"));
  }
}

TEST_CASE("without a usable Location the body is asked") {
  const std::string id = kTid;
  const std::string other = "00000000-0000-0000-0000-0000000000ff";
  const std::string path = "/customers/c/batchJobStatus/";
  struct Row {
    const char* name;
    std::string location;
    std::string body;
    bool is_found;
  };
  for (const Row& row : {
           Row{"Location wins", path + id, R"({"uri":")" + path + other + "\"}", true},
           Row{"useless Location", "/elsewhere", R"({"uri":")" + path + id + "\"}", true},
           Row{"link", "", R"({"uri":")" + path + id + R"(","method":"GET"})", true},
           Row{"Pascal link", "", R"({"Uri":")" + path + id + "\"}", true},
           Row{"nested link", "", R"({"links":{"self":[{"uri":")" + path + id + "\"}]}}", true},
           Row{"bare string", "", "\"" + path + id + "\"", true},
           Row{"escaped slashes", "", R"({"uri":"\/batchJobStatus\/)" + id + "\"}", true},
           Row{"BOM", "", kBom + (R"({"uri":")" + path + id) + "\"}", true},
           Row{"no JSON", "", "see " + path + id + " for progress", true},
           Row{"empty", "", "", false},
           Row{"id without its path", "", R"({"id":")" + id + "\"}", false},
           Row{"HTML", "", "<html>sign in</html>", false},
       }) {
    INFO(row.name);
    CHECK(shown(read_tracking_id(reply(row.body, row.location))) == (row.is_found ? id : "none"));
  }
}

TEST_CASE("exchange ids are kept, shown safely and bounded") {
  http::Response response;
  response.headers.emplace_back("ms-requestid", "r");
  response.headers.emplace_back("MS-CorrelationId", "c");
  response.headers.emplace_back("MS-CV", "abc.0");
  response.headers.emplace_back("MS-ServerId", "s\x1b[2J");
  response.headers.emplace_back("Date", std::string(5000, 'x'));
  const ExchangeIds ids = exchange_ids(response);
  CHECK(ids.request_id == "r");
  CHECK(ids.correlation_id == "c");
  CHECK(ids.cv == "abc.0");
  CHECK(ids.server_id == "s\\x1b[2J");
  CHECK(ids.date.size() == 100);
}

TEST_CASE("errors are read in every shape") {
  struct Row {
    const char* name;
    std::string body;
    const char* code;
    std::string description;
  };
  for (const Row& row : {
           Row{"documented", R"({"code":"800002","description":"bad","data":[1],"source":"x"})",
               "800002", "bad"},
           Row{"number as code", R"({"code":900420,"description":"bad"})", "900420", "bad"},
           Row{"Pascal case", R"({"Code":"1000","Description":"gone"})", "1000", "gone"},
           Row{"BOM", kBom + std::string(R"({"code":"1000"})"), "1000", ""},
           Row{"gateway", R"({ "statusCode": 429, "message": "Rate limit is exceeded." })", "",
               "Rate limit is exceeded."},
           Row{"nested", R"({"error":{"code":"x","message":"y"}})", "x", "y"},
           Row{"nulls", R"({"code":null,"description":null})", "",
               R"({"code":null,"description":null})"},
           Row{"object as code", R"({"code":{"a":1},"description":"d"})", "", "d"},
           Row{"array", "[1]", "", "[1]"},
           Row{"HTML", "  <html>Bad\r\nGateway</html>\n", "", "<html>Bad\\x0d\\x0aGateway</html>"},
           Row{"cut off", R"({"code":"10)", "", R"({"code":"10)"},
           Row{"empty", "", "", ""},
           Row{"control characters", "{\"code\":\"\\u001b[2J\"}", "\\x1b[2J", ""},
           Row{"invalid UTF-8", "{\"code\":\"1\",\"description\":\"\xFF\"}", "1", "\\xff"},
       }) {
    INFO(row.name);
    const ServiceError error = read_error(reply(row.body));
    CHECK(error.code == row.code);
    CHECK(error.description == row.description);
  }
}

TEST_CASE("a description is at most 1,024 bytes, whatever it is made of") {
  for (const char* filler : {"a", "\xFF", "\xC3\xBC", "\x01"}) {
    std::string body;
    for (int i = 0; i < 5000; ++i) body += filler;
    CHECK(read_error(reply(body)).description.size() <= 1024);
    CHECK(read_error(reply(body)).description.size() > 1000);
  }
}

TEST_CASE("the documented job status is read") {
  const auto job = read_job_status(
      R"({"batchTrackingId":"t","status":"finished","startedTime":"2026-03-02T10:00:00",
"devicesStatus":[
 {"deviceId":"d1","serialNumber":"SN1","productKey":"3300000000001","status":"finished",
  "attributes":{"objectType":"DeviceUploadDetails"}},
 {"serialNumber":"SN2","status":"finished_with_errors","errorCode":"808",
  "errorDescription":"ZtdDeviceAssignedToOtherTenant"}],
"attributes":{"objectType":"BatchUploadDetails"}})");
  REQUIRE(job);
  CHECK(job->state == JobState::finished);
  CHECK(job->raw_state == "finished");
  REQUIRE(job->devices.size() == 2);
  CHECK(job->devices[0].device_id == "d1");
  CHECK(job->devices[0].serial == "SN1");
  CHECK(job->devices[0].pkid == "3300000000001");
  CHECK(job->devices[0].state == JobState::finished);
  CHECK(job->devices[0].error_code.empty());
  CHECK(job->devices[1].device_id.empty());
  CHECK(job->devices[1].state == JobState::finished_with_errors);
  CHECK(job->devices[1].error_code == "808");
  CHECK(job->devices[1].error_name == "ZtdDeviceAssignedToOtherTenant");
}

TEST_CASE("a job's state is read in every spelling") {
  struct Row {
    const char* json;
    JobState state;
  };
  for (const Row& row : {
           Row{R"("unknown")", JobState::unknown},
           Row{R"("queued")", JobState::queued},
           Row{R"("Queued")", JobState::queued},
           Row{R"("processing")", JobState::processing},
           Row{R"("PROCESSING")", JobState::processing},
           Row{R"("finished")", JobState::finished},
           Row{R"(" Finished ")", JobState::finished},
           Row{R"("finished_with_errors")", JobState::finished_with_errors},
           Row{R"("finishedWithErrors")", JobState::finished_with_errors},
           Row{R"("FinishedWithErrors")", JobState::finished_with_errors},
           Row{"0", JobState::unknown},
           Row{"1", JobState::queued},
           Row{"2", JobState::processing},
           Row{"3", JobState::finished},
           Row{"4", JobState::finished_with_errors},
           Row{R"("4")", JobState::finished_with_errors},
           Row{"5", JobState::unknown},
           Row{"3.0", JobState::unknown},
           Row{R"("cancelled")", JobState::unknown},
           Row{R"("")", JobState::unknown},
           Row{"{}", JobState::unknown},
           Row{"true", JobState::unknown},
       }) {
    INFO(row.json);
    const auto job = read_job_status(std::string("{\"status\":") + row.json + "}");
    REQUIRE(job);
    CHECK(job->state == row.state);
    CHECK(job->devices.empty());
  }
}

TEST_CASE("a job status survives what services do to JSON") {
  struct Row {
    const char* name;
    std::string body;
    std::size_t devices;
  };
  for (const Row& row : {
           Row{"BOM", kBom + std::string(R"({"status":"queued"})"), 0},
           Row{"no devices yet", R"({"status":"queued","devicesStatus":null})", 0},
           Row{"Pascal case", R"({"Status":"queued","DevicesStatus":[{"SerialNumber":"SN1"}]})", 1},
           Row{"no status", R"({"devicesStatus":[{"serialNumber":"SN1"}]})", 1},
           Row{"duplicate members",
               R"({"status":"finished","status":"queued","devicesStatus":[{"serialNumber":"X",
                   "serialNumber":"SN1"}]})",
               1},
           Row{"strangers among the devices",
               R"({"status":"queued","devicesStatus":[null,1,"x",[],{"serialNumber":"SN1"}]})", 1},
           Row{"numbers as text", R"({"status":"1","devicesStatus":[{"serialNumber":"SN1",
               "errorCode":806}]})",
               1},
           Row{"a null beside a value of other casing",
               R"({"status":null,"Status":"queued","devicesStatus":[{"serialNumber":"SN1"}]})", 1},
       }) {
    INFO(row.name);
    const auto job = read_job_status(row.body);
    REQUIRE(job);
    CHECK(job->state ==
          (row.name == std::string("no status") ? JobState::unknown : JobState::queued));
    REQUIRE(job->devices.size() == row.devices);
    if (row.devices == 1) CHECK(job->devices[0].serial == "SN1");
  }
  const auto job = read_job_status(R"({"status":1,"devicesStatus":[{"errorCode":806}]})");
  CHECK(job->devices.at(0).error_code == "806");
}

TEST_CASE("what is no job status is corrupt and says where") {
  std::string deep(1000, '[');
  std::string many = R"({"status":"queued","devicesStatus":[)";
  for (int i = 0; i < 60'000; ++i) many += "{},";
  many += "{}]}";
  struct Row {
    const char* name;
    std::string body;
  };
  for (const Row& row : {
           Row{"empty", ""},
           Row{"BOM only", kBom},
           Row{"space", " \n"},
           Row{"HTML", "<html></html>"},
           Row{"cut off", R"({"status":"finis)"},
           Row{"array", "[]"},
           Row{"null", "null"},
           Row{"another object", R"({"code":"1000"})"},
           Row{"devices are no array", R"({"status":"queued","devicesStatus":{}})"},
           Row{"rest after the end", R"({"status":"queued"} x)"},
           Row{"two BOMs", kBom + std::string(kBom) + "{}"},
           Row{"too deep", "{\"status\":" + deep},
           Row{"too many devices", many},
           Row{"a tree over its budget", "[" + std::string(limits::kReplyBytes - 2, '[')},
       }) {
    INFO(row.name);
    const auto job = read_job_status(row.body);
    REQUIRE_FALSE(job);
    CHECK(job.error().code() == Errc::corrupt);
    CHECK(job.error().message().starts_with("job status: "));
  }
}

TEST_CASE("a body that would grow too large as a tree is refused") {
  std::string body = "[0";
  while (body.size() < limits::kReplyBytes - 3) body += ",0";
  body += "]";
  const auto job = read_job_status(body);
  REQUIRE_FALSE(job);
  CHECK(job.error().message() == "job status: reply over its memory budget");
}

TEST_CASE("a page of batches is read") {
  const auto page = read_batch_page(
      R"({"totalCount":2,"items":[{"id":"LINE7-2026","createdBy":"Contoso","devicesCount":12},
{"id":"Test batch","deviceCount":"3"}],"attributes":{"objectType":"Collection"}})");
  REQUIRE(page);
  REQUIRE(page->batches.size() == 2);
  CHECK(page->batches[0].id == "LINE7-2026");
  CHECK(page->batches[0].devices == 12);
  CHECK(page->batches[1].id == "Test batch");
  CHECK(page->batches[1].devices == 3);
  CHECK(page->continuation.empty());
}

TEST_CASE("a continuation token is found in both places") {
  const auto in_body = read_batch_page(R"({"items":[],"continuationToken":"abc=="})");
  REQUIRE(in_body);
  CHECK(in_body->continuation == "abc==");
  const auto in_links = read_batch_page(
      R"({"items":[],"links":{"next":{"uri":"/x","headers":[{"key":"a","value":"b"},
{"key":"ms-continuationtoken","value":"abc=="}]}}})");
  REQUIRE(in_links);
  CHECK(in_links->continuation == "abc==");
  const auto empty_links = read_batch_page(R"({"items":[],"links":{}})");
  REQUIRE(empty_links);
  CHECK(empty_links->continuation.empty());
}

TEST_CASE("a continuation token that would break the next request is refused") {
  for (const char* token : {"a\\r\\nX-Evil: 1", "a\\u0000b", "\\u00fc"}) {
    const auto page =
        read_batch_page(std::string(R"({"items":[],"continuationToken":")") + token + "\"}");
    REQUIRE_FALSE(page);
    CHECK(page.error().code() == Errc::corrupt);
  }
  const std::string huge(10'000, 'a');
  CHECK_FALSE(read_batch_page(R"({"items":[],"continuationToken":")" + huge + "\"}"));
}

TEST_CASE("an unreadable list is never taken for an empty one") {
  struct Row {
    const char* body;
    bool is_read;
  };
  for (const Row& row : {
           Row{R"({"items":[]})", true},
           Row{R"({"totalCount":0,"attributes":{}})", true},
           Row{R"({"totalCount":0,"items":null})", true},
           Row{R"({"TotalCount":"0","Items":[]})", true},
           Row{R"({"totalCount":5})", false},
           Row{R"({"totalCount":5,"items":null})", false},
           Row{R"({"items":{}})", false},
           Row{R"({})", false},
           Row{R"([])", false},
           Row{R"({"code":"1000","description":"x"})", false},
           Row{"<html>", false},
           Row{"", false},
       }) {
    INFO(row.body);
    const auto page = read_batch_page(row.body);
    CHECK(page.has_value() == row.is_read);
    if (!page) CHECK(page.error().message().starts_with("batch list: "));
  }
}
