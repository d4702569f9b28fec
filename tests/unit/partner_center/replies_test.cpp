#include "partner_center/replies.hpp"

#include "base/limits.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::partner_center;

namespace {

constexpr const char* kBom = "\xEF\xBB\xBF";

http::Response reply(std::string body) {
  http::Response response;
  response.status = 500;
  response.body = std::move(body);
  return response;
}

}  // namespace

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

TEST_CASE("the start of a failed reply is kept as it came") {
  struct Row {
    const char* name;
    std::string body;
    std::string raw;
  };
  for (const Row& row : {
           Row{"documented", kBom + std::string(R"({"code":"800002","data":["SN1"]})"),
               R"({"code":"800002","data":["SN1"]})"},
           Row{"HTML", "<html>\r\n<b>Sign in</b>", R"(<html>\x0d\x0a<b>Sign in</b>)"},
           Row{"gateway", R"({ "statusCode": 429, "message": "Wait." })",
               R"({ "statusCode": 429, "message": "Wait." })"},
           Row{"escape sequences", "\x1b[2J", R"(\x1b[2J)"},
           Row{"empty", "", ""},
       }) {
    INFO(row.name);
    CHECK(read_error(reply(row.body)).raw == row.raw);
  }
  const std::string page = read_error(reply(std::string(100'000, '<'))).raw;
  CHECK(page.starts_with("<<<"));
  CHECK(page.size() > 2000);
  CHECK(page.size() <= 2048);
}

TEST_CASE("a job says when it began and ended, in the service's words") {
  const auto job = read_job_status(R"({"status":"finished","StartedTime":"2026-03-02T10:00:00",
"completedTime":"2026-03-02T10:04:31.1234567-07:00"})");
  REQUIRE(job);
  CHECK(job->started == "2026-03-02T10:00:00");
  CHECK(job->completed == "2026-03-02T10:04:31.1234567-07:00");
  const auto queued = read_job_status(R"({"status":"queued","startedTime":null})");
  REQUIRE(queued);
  CHECK(queued->started.empty());
  CHECK(queued->completed.empty());
}

TEST_CASE("dates are read in the service's three shapes, and the year 1 is none") {
  struct Row {
    const char* text;
    const char* utc;
  };
  for (const Row& row : {
           Row{"2017-07-25T10:00:00", "2017-07-25T10:00:00.000Z"},
           Row{"2018-07-24T15:03:40.3184992-07:00", "2018-07-24T22:03:40.318Z"},
           Row{" 2026-03-02T10:00:00.5Z ", "2026-03-02T10:00:00.500Z"},
           Row{"0001-01-01T00:00:00", "none"},
           Row{"0001-01-01T00:00:00Z", "none"},
           Row{"yesterday", "none"},
           Row{"2026-13-02T10:00:00", "none"},
           Row{"", "none"},
       }) {
    INFO(row.text);
    const auto date = read_date(row.text);
    CHECK((date ? format_utc(*date) : "none") == row.utc);
  }
}

TEST_CASE("N5: what stands in for a reply is never read as a success") {
  const std::string zipped("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\x56", 12);
  for (const std::string& body :
       {std::string("<html><title>Sign in</title></html>"),
        std::string("<!doctype html><a href=\"/customers/c/batchJobStatus/"
                    "00000000-0000-0000-0000-0000000000f1\">"),
        std::string(R"({ "statusCode": 200, "message": "OK" })"), zipped, std::string("OK"),
        std::string("true"), std::string("{}"), std::string(R"({"status":"finished)"),
        std::string()}) {
    INFO(body);
    http::Response response = reply(body);
    response.status = 200;
    CHECK_FALSE(read_tracking_id(response, "https://api.partnercenter.microsoft.com"));
    CHECK_FALSE(read_job_status(body));
    CHECK_FALSE(read_batch_page(body));
    CHECK_FALSE(read_device_page(body));
    CHECK_FALSE(read_policy_page(body));
    CHECK_FALSE(read_policy(body));
  }
}
