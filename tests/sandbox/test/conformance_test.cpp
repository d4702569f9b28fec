// The published samples, synthetic in their values: what a client of the real service would send,
// and what it would have to understand.

#include "base/uuid.hpp"
#include "sandbox/test/running_sandbox.hpp"

#include <boost/beast/zlib/inflate_stream.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <catch2/catch.hpp>

using namespace devicebatch::sandbox;
using devicebatch::Uuid;
namespace json = boost::json;
using Words = std::vector<std::string>;

namespace {

constexpr std::string_view kIdOfRequest = "E6A3B6C2-0000-4000-8000-000000000001";

Words names_of(const json::value& object) {
  Words names;
  for (const auto& each : object.as_object()) names.emplace_back(std::string_view(each.key()));
  return names;
}

// The SDK writes everything it knows, in this order, and nulls where it knows nothing.
std::string sdk_device(std::string_view serial, std::string_view pkid, std::string_view hash) {
  return R"({"Id":null,"SerialNumber":")" + std::string(serial) + R"(","ProductKey":")" +
         std::string(pkid) + R"(","HardwareHash":")" + std::string(hash) +
         R"(","Policies":null,"CreatedBy":null,"UploadedDate":"0001-01-01T00:00:00",)"
         R"("AllowedOperations":null,"Attributes":{"ObjectType":"Device"}})";
}

std::string sdk_creation(std::string_view batch, const std::string& device) {
  return R"({"BatchId":")" + std::string(batch) + R"(","Devices":[)" + device +
         R"(],"Attributes":{"ObjectType":"DeviceBatchCreationRequest"}})";
}

}  // namespace

TEST_CASE("a creation as the SDK writes it is accepted") {
  const RunningSandbox sandbox;
  const std::string body =
      sdk_creation("SDKTestBatch", sdk_device("SN-0001", "00329-00000-0003-AA606", "Dummy1"));
  const Reply reply = sandbox.post("/v1/customers/" + std::string(kCustomer) + "/DeviceBatches",
                                   body, {{"Content-Type", "application/json"}});
  CHECK(reply.status == 202);
  CHECK(sandbox.summary().at("registered") == 1);
}

TEST_CASE("a creation as other clients write it is accepted, unknown members and all") {
  const RunningSandbox sandbox;
  const Reply reply = sandbox.post(
      "/v1//customers/" + std::string(kCustomer) + "/deviceBatches",
      R"({"batchId":"T","devices":[{"deviceBatchId":"T","serialNumber":"S","productKey":"",)"
      R"("hardwareHash":"h","oemManufacturerName":"","modelName":""}]})",
      {{"Content-Type", "application/json; charset=utf-8"}});
  CHECK(reply.status == 202);
}

TEST_CASE("202 has a Location without a version, no body, and the recorded headers") {
  const RunningSandbox sandbox;
  const Reply reply = sandbox.post(batches_path(), create_body("T", {"A"}),
                                   {{"MS-RequestId", std::string(kIdOfRequest)},
                                    {"MS-CorrelationId", "c0000000-0000-4000-8000-000000000001"}});
  CHECK(reply.status == 202);
  CHECK(reply.body.empty());
  CHECK(reply.header("Content-Length") == "0");
  const std::string location(reply.header("Location"));
  const std::string start = "/customers/" + std::string(kCustomer) + "/batchJobStatus/";
  REQUIRE(location.starts_with(start));
  CHECK(Uuid::parse(location.substr(start.size())));
  CHECK(reply.header("MS-RequestId") == kIdOfRequest);
  CHECK(reply.header("MS-CorrelationId") == "c0000000-0000-4000-8000-000000000001");
  CHECK_THAT(std::string(reply.header("MS-CV")), Catch::EndsWith(".0"));
  CHECK(reply.header("MS-CV").size() == 18);
  CHECK_THAT(std::string(reply.header("Request-Context")), Catch::StartsWith("appId=cid-v1:"));
  CHECK_FALSE(reply.header("MS-ServerId").empty());
  CHECK_THAT(std::string(reply.header("Date")), Catch::EndsWith(" GMT"));
}

TEST_CASE("identifiers that a request leaves out are made up") {
  const RunningSandbox sandbox;
  const Reply reply = sandbox.get(batches_path());
  CHECK(Uuid::parse(reply.header("MS-RequestId")));
  CHECK(Uuid::parse(reply.header("MS-CorrelationId")));
}

TEST_CASE("bodies are minified camelCase behind a BOM, and Content-Length counts it") {
  const RunningSandbox sandbox;
  REQUIRE(sandbox.post(batches_path(), create_body("T", {"A"})).status == 202);
  const Reply reply = sandbox.get(batches_path());
  CHECK(reply.header("Content-Type") == "application/json; charset=utf-8");
  CHECK(reply.has_bom());
  const std::string minified = json::serialize(reply.json());
  CHECK(reply.body == "\xEF\xBB\xBF" + minified);
  CHECK(reply.header("Content-Length") == std::to_string(minified.size() + 3));
}

TEST_CASE("a collection of batches has the documented members") {
  const RunningSandbox sandbox;
  REQUIRE(sandbox.post(batches_path(), create_body("Test batch", {"A"})).status == 202);
  const auto page = sandbox.get(batches_path()).json();
  CHECK(names_of(page) == Words{"totalCount", "items", "attributes"});
  CHECK(page.at("attributes").at("objectType") == "Collection");
  const auto batch = page.at("items").at(0);
  CHECK(names_of(batch) ==
        Words{"id", "createdBy", "creationDate", "devicesCount", "devicesLink", "attributes"});
  // Unescaped, relative and without a version, as in the sample.
  CHECK(batch.at("devicesLink").at("uri") ==
        ("/customers/" + std::string(kCustomer) + "/deviceBatches/Test batch/devices").c_str());
  CHECK(batch.at("devicesLink").at("method") == "GET");
  CHECK(batch.at("creationDate").as_string().size() == 19);
}

TEST_CASE("a collection of devices never shows a hash, and leaves nulls out") {
  const RunningSandbox sandbox;
  REQUIRE(sandbox.post(batches_path(), create_body("T", {"A"})).status == 202);
  const auto device = sandbox.get(devices_path("T")).json().at("items").at(0);
  CHECK(names_of(device) ==
        Words{"id", "serialNumber", "uploadedDate", "allowedOperations", "attributes"});
  // Seven digits of a second, and an offset.
  const std::string date = text_at(device, "uploadedDate");
  CHECK(date.size() == 33);
  CHECK(date.at(19) == '.');
  CHECK(device.at("attributes").at("objectType") == "Device");
}

TEST_CASE("a job has the documented members, before and after its end") {
  Options options = quick_options();
  options.time_flow = TimeFlow::virtual_time;
  options.job_time = std::chrono::milliseconds(271'000);
  const RunningSandbox sandbox(options);
  const Reply accepted = sandbox.post(batches_path(), create_body("T", {"SN1", "FAIL-808-SN2"}));
  const auto look = [&] { return sandbox.get(job_path(accepted)).json(); };
  CHECK(names_of(look()) == Words{"batchTrackingId", "status", "startedTime", "attributes"});
  sandbox.steer("clock", R"({"advance_ms":271000})");
  const auto ended = look();
  CHECK(names_of(ended) == Words{"batchTrackingId", "status", "startedTime", "completedTime",
                                 "devicesStatus", "attributes"});
  // The documented sample is `finished` although a device has failed.
  CHECK(ended.at("status") == "finished");
  const auto devices = ended.at("devicesStatus");
  CHECK(names_of(devices.at(0)) == Words{"deviceId", "serialNumber", "status", "attributes"});
  CHECK(names_of(devices.at(1)) ==
        Words{"serialNumber", "status", "errorCode", "errorDescription", "attributes"});
  CHECK(devices.at(1).at("errorCode") == "808");
}

TEST_CASE("errors of the service are objects with a code and a description") {
  const RunningSandbox sandbox;
  const Reply reply = sandbox.get(devices_path("none"));
  CHECK(reply.status == 404);
  CHECK(reply.has_bom());
  CHECK(names_of(reply.json()) == Words{"code", "description", "data", "source"});
  CHECK(reply.json().at("code") == "1000");
}

TEST_CASE("errors of the gateway have another shape, and none of the service's headers") {
  const RunningSandbox sandbox;
  sandbox.set_rules(R"([{"match":{"method":"GET"},"fault":429,"retry_after":57}])");
  const Reply reply = sandbox.get(batches_path());
  CHECK(reply.status == 429);
  CHECK(names_of(reply.json()) == Words{"statusCode", "message"});
  CHECK(reply.header("Retry-After") == "57");
  CHECK_FALSE(reply.has_bom());
  for (const char* name : {"MS-RequestId", "MS-CorrelationId", "MS-CV", "MS-ServerId"}) {
    CHECK(reply.header(name).empty());
  }
}

TEST_CASE("refusals of the identity platform name their number twice") {
  const RunningSandbox sandbox;
  const Reply reply = sandbox.ask_token("wrong");
  CHECK(names_of(reply.json()) == Words{"error", "error_description", "error_codes", "timestamp",
                                        "trace_id", "correlation_id"});
  CHECK_FALSE(reply.has_bom());
}

TEST_CASE("pages are followed by the body's token or by the link's header") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"page_size":1,"paging":"both"})");
  REQUIRE(sandbox.post(batches_path(), create_body("T", {"A", "B"})).status == 202);
  const auto page = sandbox.get(devices_path("T")).json();
  CHECK(page.at("totalCount") == 1);
  const std::string token = text_at(page, "continuationToken");
  const auto header = page.at("links").at("next").at("headers").at(0);
  CHECK(header.at("key") == "MS-ContinuationToken");
  CHECK(text_at(header, "value") == token);
  const auto last = sandbox.get(devices_path("T"), {{"MS-ContinuationToken", token}}).json();
  CHECK(last.at("items").at(0).at("serialNumber") == "B");
  CHECK_FALSE(last.as_object().contains("continuationToken"));
}

TEST_CASE("a gzipped body is what it was before") {
  const RunningSandbox sandbox;
  const std::string plain = sandbox.get(batches_path()).body;
  sandbox.set_rules(R"([{"fault":"gzip"}])");
  const std::string zipped = sandbox.get(batches_path()).body;
  REQUIRE(zipped.size() > 18);
  boost::beast::zlib::inflate_stream stream;
  boost::beast::zlib::z_params data;
  std::string unzipped(plain.size() + 1, '\0');
  data.next_in = zipped.data() + 10;
  data.avail_in = zipped.size() - 18;
  data.next_out = unzipped.data();
  data.avail_out = unzipped.size();
  boost::beast::error_code error;
  stream.write(data, boost::beast::zlib::Flush::sync, error);
  CHECK(error == boost::beast::zlib::error::end_of_stream);
  CHECK(unzipped.substr(0, data.total_out) == plain);
}
