#include "sandbox/test/running_sandbox.hpp"

#include <boost/json/value.hpp>
#include <catch2/catch.hpp>

using namespace devicebatch::sandbox;

namespace {

// The devices of the request that Microsoft's page shows; appending them takes 482 bytes.
constexpr std::string_view kPublishedDevices =
    R"([{"Id":null,"SerialNumber":"2R9-ZNP67","ProductKey":"00329-00000-0003-AA606",)"
    R"("HardwareHash":"DummyHash1234","Policies":null,"CreatedBy":null,)"
    R"("UploadedDate":"0001-01-01T00:00:00","AllowedOperations":null,)"
    R"("Attributes":{"ObjectType":"Device"}},{"Id":null,"SerialNumber":"2R9-ZNP67",)"
    R"("ProductKey":"00329-00000-0003-AA606","HardwareHash":"DummyHash12345","Policies":null,)"
    R"("CreatedBy":null,"UploadedDate":"0001-01-01T00:00:00","AllowedOperations":null,)"
    R"("Attributes":{"ObjectType":"Device"}}])";
static_assert(kPublishedDevices.size() == 482);

}  // namespace

TEST_CASE("the published example registers two devices") {
  const RunningSandbox sandbox;
  REQUIRE(sandbox.post(batches_path(), create_body("SDKTestBatch", {"A"})).status == 202);
  const Reply accepted = sandbox.post(
      devices_path("SDKTestBatch"), kPublishedDevices,
      {{"MS-RequestId", "E6A3B6C2-0000-4000-8000-000000000001"}, {"MS-CorrelationId", "C-1"}});
  REQUIRE(accepted.status == 202);
  CHECK(accepted.body.empty());
  CHECK(accepted.header("Content-Length") == "0");
  CHECK(accepted.header("MS-RequestId") == "E6A3B6C2-0000-4000-8000-000000000001");
  CHECK(accepted.header("MS-CorrelationId") == "C-1");
  CHECK(accepted.header("MS-CV").size() == 18);
  CHECK_FALSE(accepted.header("MS-ServerId").empty());
  CHECK_FALSE(accepted.header("Date").empty());
  const std::string location(accepted.header("Location"));
  const std::string expected = "/customers/" + std::string(kCustomer) + "/batchJobStatus/";
  CHECK_THAT(location, Catch::StartsWith(expected));

  const Reply status = sandbox.get(job_path(accepted));
  CHECK(status.has_bom());
  CHECK(job_state(status) == "finished");
  CHECK(device_states(status) == std::vector<std::string>{"finished", "finished"});
  CHECK(sandbox.summary().at("registered") == 3);
}

TEST_CASE("the published devices can be the first of their batch") {
  const RunningSandbox sandbox;
  const std::string body = R"({"BatchId":"T","Devices":)" + std::string(kPublishedDevices) +
                           R"(,"Attributes":{"ObjectType":"DeviceBatchCreationRequest"}})";
  CHECK(sandbox.post(batches_path(), body).status == 202);
  CHECK(sandbox.summary().at("registered") == 2);
}

TEST_CASE("paths are compared without case and doubled slashes are tolerated") {
  const RunningSandbox sandbox;
  const std::string odd = "//V1//Customers/" + std::string(kCustomer) + "/devicebatches";
  CHECK(sandbox.post(odd, create_body("T", {"A"})).status == 202);
  CHECK(sandbox.get(devices_path("t")).status == 200);
}

TEST_CASE("a batch id travels percent-encoded and keeps its spelling") {
  const RunningSandbox sandbox;
  CHECK(sandbox.post(batches_path(), create_body("Line 7", {"A"})).status == 202);
  CHECK(sandbox.post(devices_path("line%207"), append_body({"B"})).status == 202);
  const auto batch = sandbox.get(batches_path()).json().at("items").at(0);
  CHECK(batch.at("id") == "Line 7");
  CHECK(batch.at("devicesCount") == 2);
  CHECK(batch.at("attributes").at("objectType") == "DeviceBatch");
}

TEST_CASE("an append to a batch that is not there is answered 404") {
  const RunningSandbox sandbox;
  const Reply reply = sandbox.post(devices_path("none"), append_body({"A"}));
  CHECK(reply.status == 404);
  CHECK(reply.code() == "1000");
}

TEST_CASE("creating a batch that exists is answered as chosen") {
  const RunningSandbox sandbox;
  REQUIRE(sandbox.post(batches_path(), create_body("T", {"A"})).status == 202);
  CHECK(sandbox.post(batches_path(), create_body("t", {"B"})).status == 409);
  sandbox.set_option(R"({"existing_batch":"bad_request"})");
  CHECK(sandbox.post(batches_path(), create_body("T", {"B"})).status == 400);
  sandbox.set_option(R"({"existing_batch":"append"})");
  CHECK(sandbox.post(batches_path(), create_body("T", {"B"})).status == 202);
  CHECK(sandbox.get(devices_path("T")).json().at("totalCount") == 2);
}

TEST_CASE("an empty list of policies makes the service stumble") {
  const RunningSandbox sandbox;
  const Reply reply = sandbox.post(
      batches_path(), R"({"batchId":"T","devices":[{"hardwareHash":"x","policies":[]}]})");
  CHECK(reply.status == 500);
  CHECK(reply.json().at("description") == "Sequence contains no matching element");
}

TEST_CASE("bad bodies are refused with their codes") {
  const RunningSandbox sandbox;
  const auto code_of = [&](std::string_view body) {
    const Reply reply = sandbox.post(batches_path(), body);
    CHECK(reply.status == 400);
    CHECK(reply.has_bom());
    return reply.code();
  };
  CHECK(code_of("") == "800002");
  CHECK(code_of("[]") == "800002");
  CHECK(code_of(R"({"devices":[{"hardwareHash":"x"}]})") == "3000");
  CHECK(code_of(R"({"batchId":"T","devices":[]})") == "800002");
  CHECK(code_of(R"({"batchId":"T","devices":[{"serialNumber":"only"}]})") == "800002");
  CHECK(code_of(R"({"batchId":"T","devices":[{"hardwareHash":"","productKey":""}]})") == "800002");
  CHECK(sandbox.summary().at("devices") == 0);
}

TEST_CASE("one poisonous device makes the whole request a bad one") {
  const RunningSandbox sandbox;
  const Reply reply = sandbox.post(batches_path(), create_body("T", {"A", "BAD-400-7", "B"}));
  CHECK(reply.status == 400);
  CHECK(reply.code() == "800002");
  CHECK(reply.json().at("description") == "Invalid request input");
  CHECK(sandbox.summary().at("devices") == 0);
  CHECK(sandbox.post(batches_path(), create_body("T", {"A", "B"})).status == 202);
}

TEST_CASE("the six identifying combinations are taken, members in any case") {
  const RunningSandbox sandbox;
  const Reply reply = sandbox.post(
      batches_path(),
      R"({"BATCHID":"T","devices":[{"HardwareHash":"a"},{"hardwarehash":"b","productKey":"K1"},
          {"hardwareHash":"c","serialNumber":"S1"},
          {"hardwareHash":"d","productKey":"K2","serialNumber":"S2"},{"productKey":"K3"},
          {"serialNumber":"S3","oemManufacturerName":"Contoso","modelName":"M","extra":1}]})");
  CHECK(reply.status == 202);
  CHECK(sandbox.summary().at("registered") == 6);
}

TEST_CASE("too many devices are answered 400 and too many bytes 413") {
  Options options = quick_options();
  options.max_devices = 2;
  options.max_body_bytes = 500;
  const RunningSandbox sandbox(options);
  CHECK(sandbox.post(batches_path(), create_body("T", {"A", "B", "C"})).status == 400);
  const std::string large(600, ' ');
  CHECK(sandbox.post(batches_path(), large).status == 413);
}

TEST_CASE("customers can be unknown, forbidden or locked") {
  const RunningSandbox sandbox;
  sandbox.set_rules(R"({"customers":{"unknown":["11111111-1111-4111-8111-111111111111"],
                        "forbidden":["22222222-2222-4222-8222-222222222222"],
                        "locked":["33333333-3333-4333-8333-333333333333"]}})");
  const Reply locked = sandbox.get(batches_path("33333333-3333-4333-8333-333333333333"));
  CHECK(locked.status == 403);
  CHECK(locked.code() == "900416");
  CHECK(sandbox.get(batches_path()).code() == "60003");
  CHECK(sandbox.post(batches_path(), create_body("T", {"A"})).status == 404);
  CHECK(sandbox.get(batches_path(kOtherCustomer)).code() == "20002");
  CHECK(sandbox.post(batches_path(kOtherCustomer), create_body("T", {"A"})).status == 403);
  CHECK(sandbox.get(batches_path("no-guid")).code() == "900118");
}

TEST_CASE("only creating can be kept from app-only tokens") {
  const RunningSandbox sandbox;
  REQUIRE(sandbox.post(batches_path(), create_body("T", {"A"})).status == 202);
  sandbox.set_option(R"({"app_only_creates":"no"})");
  CHECK(sandbox.post(batches_path(), create_body("U", {"B"})).code() == "900329");
  CHECK(sandbox.post(devices_path("T"), append_body({"B"})).status == 202);
}

TEST_CASE("Location can be absolute and the BOM left out") {
  Options options = quick_options();
  options.location = LocationForm::absolute;
  options.sends_bom = false;
  const RunningSandbox sandbox(options);
  const Reply accepted = sandbox.post(batches_path(), create_body("T", {"A"}));
  const std::string location(accepted.header("Location"));
  const std::string expected = "http://127.0.0.1:" + std::to_string(sandbox.port()) + "/v1/";
  CHECK_THAT(location, Catch::StartsWith(expected));
  CHECK_FALSE(sandbox.get(batches_path()).has_bom());
}
