#include "sandbox/test/running_sandbox.hpp"
#include "support/temp_dir.hpp"

#include <boost/json/value.hpp>
#include <catch2/catch.hpp>

using namespace devicebatch::sandbox;
using devicebatch::support::TempDir;

namespace {

const std::vector<Header> kId = {{"MS-RequestId", "AAAAAAAA-0000-4000-8000-000000000001"}};

Options options_with_ledger(const TempDir& folder) {
  Options options = quick_options();
  options.ledger_file = (folder / "ledger.jsonl").string();
  return options;
}

}  // namespace

TEST_CASE("a restarted sandbox knows devices, batches, jobs and request ids") {
  const TempDir folder;
  const std::string body = create_body("T", {"A", "FAIL-STORAGE-B", "FAIL-808-C"});
  std::string location;
  {
    const RunningSandbox sandbox(options_with_ledger(folder));
    const Reply accepted = sandbox.post(batches_path(), body, kId);
    REQUIRE(accepted.status == 202);
    location = accepted.header("Location");
  }
  const RunningSandbox sandbox(options_with_ledger(folder));
  const Reply again = sandbox.post(batches_path(), body, kId);
  CHECK(again.header("Location") == location);
  CHECK(device_states(sandbox.get(job_path(again))) ==
        std::vector<std::string>{"finished", "StorageError", "ZtdDeviceAssignedToOtherTenant"});
  CHECK(sandbox.get(batches_path()).json().at("items").at(0).at("devicesCount") == 1);
  const Reply more = sandbox.post(devices_path("T"), append_body({"A", "FAIL-STORAGE-B"}));
  CHECK(device_states(sandbox.get(job_path(more))) ==
        std::vector<std::string>{"ZtdDeviceAlreadyAssigned", "finished"});
  CHECK(sandbox.post(batches_path(), create_body("U", {"X"}), kId).status == 400);
  const auto summary = sandbox.summary();
  CHECK(summary.at("registered") == 2);
  CHECK(summary.at("already") == 1);
  CHECK(summary.at("violations") == 1);
}

TEST_CASE("a line that a crash cut off spoils no other") {
  const TempDir folder;
  {
    const RunningSandbox sandbox(options_with_ledger(folder));
    REQUIRE(sandbox.post(batches_path(), create_body("T", {"A"})).status == 202);
  }
  const auto path = folder / "ledger.jsonl";
  devicebatch::support::write_file(path, devicebatch::support::read_file(path) + R"({"event":"po)");
  {
    const RunningSandbox sandbox(options_with_ledger(folder));
    REQUIRE(sandbox.post(devices_path("T"), append_body({"B"})).status == 202);
  }
  CHECK_THAT(devicebatch::support::read_file(path),
             Catch::Contains("{\"event\":\"po\n{\"event\":\"started\""));
  const RunningSandbox sandbox(options_with_ledger(folder));
  CHECK(sandbox.summary().at("registered") == 2);
}

TEST_CASE("a reset forgets everything, also across a restart") {
  const TempDir folder;
  {
    const RunningSandbox sandbox(options_with_ledger(folder));
    REQUIRE(sandbox.post(batches_path(), create_body("T", {"A"})).status == 202);
    REQUIRE(sandbox.post("/sandbox/reset", "").status == 200);
    CHECK(sandbox.summary().at("devices") == 0);
    CHECK(sandbox.get(batches_path()).status == 401);
  }
  const RunningSandbox sandbox(options_with_ledger(folder));
  CHECK(sandbox.summary().at("devices") == 0);
  CHECK(sandbox.get(batches_path()).json().at("totalCount") == 0);
}

TEST_CASE("requests are shown as they came, without credentials") {
  const RunningSandbox sandbox;
  const std::string body = create_body("T", {"A"});
  sandbox.post(batches_path(), body, {{"X-Locale", "en-US"}});
  const Reply reply = sandbox.get("/sandbox/requests");
  const auto requests = reply.json().at("requests");
  CHECK(requests.at(1).at("method") == "POST");
  CHECK(requests.at(1).at("status") == 202);
  CHECK(requests.at(1).at("body").as_string() == body.c_str());
  CHECK_THAT(reply.body, Catch::Contains(R"(["X-Locale","en-US"])"));
  CHECK_THAT(reply.body, !Catch::Contains(sandbox.token));
  CHECK_THAT(reply.body, !Catch::Contains("sandbox-secret"));
}

TEST_CASE("options are changed all or none, and mistakes are named") {
  const RunningSandbox sandbox;
  const Reply reply = sandbox.post("/sandbox/options", R"({"bom":"no","latency_ms":"soon"})");
  CHECK(reply.status == 400);
  CHECK_THAT(reply.body, Catch::Contains("latency_ms"));
  CHECK(sandbox.get(batches_path()).has_bom());
  CHECK(sandbox.post("/sandbox/options", R"({"lateness":1})").status == 400);
  CHECK(sandbox.get("/sandbox/health").status == 200);
  CHECK(sandbox.get("/sandbox/nothing").status == 404);
}

TEST_CASE("what cannot be used is refused at the start") {
  const auto opens = [](auto change) {
    Options options = quick_options();
    change(options);
    return Sandbox(options).open().has_value();
  };
  CHECK(opens([](Options&) {}));
  CHECK_FALSE(opens([](Options& o) { o.listen = "0.0.0.0:0"; }));
  CHECK_FALSE(opens([](Options& o) { o.listen = "127.0.0.1"; }));
  CHECK_FALSE(opens([](Options& o) { o.listen = "127.0.0.1:99999"; }));
  CHECK_FALSE(opens([](Options& o) { o.rules_file = "/nonexistent/rules.yaml"; }));
  CHECK_FALSE(opens([](Options& o) { o.registry_file = "/nonexistent/registry.json"; }));
  CHECK_FALSE(opens([](Options& o) { o.ledger_file = "/nonexistent/ledger.jsonl"; }));
}

TEST_CASE("the port file holds the port and nothing else") {
  const TempDir folder;
  Options options = quick_options();
  options.port_file = (folder / "port").string();
  const RunningSandbox sandbox(options);
  const std::string text = devicebatch::support::read_file(folder / "port");
  CHECK(text == std::to_string(sandbox.port()) + "\n");
}
