#include "sandbox/test/running_sandbox.hpp"
#include "support/temp_dir.hpp"

#include <boost/json/value.hpp>
#include <catch2/catch.hpp>

using namespace devicebatch::sandbox;
using Words = std::vector<std::string>;

namespace {

// The ids of the devices that batch T lists.
Words listed(const RunningSandbox& sandbox) {
  Words ids;
  const Reply reply = sandbox.get(devices_path("T"));
  const auto page = reply.json();
  for (const auto& each : page.at("items").as_array()) ids.push_back(text_at(each, "id"));
  return ids;
}

Words register_devices(const RunningSandbox& sandbox, const Words& serials) {
  REQUIRE(sandbox.post(batches_path(), create_body("T", serials)).status == 202);
  return listed(sandbox);
}

std::string updates_path(std::string_view customer = kCustomer) {
  return "/v1/customers/" + std::string(customer) + "/DevicePolicyUpdates";
}

std::string policy_body(std::string_view name) {
  return R"({"name":")" + std::string(name) +
         R"(","category":"o_o_b_e","policySettings":["skip_eula"]})";
}

std::string policies_path(std::string_view customer = kCustomer) {
  return "/v1/customers/" + std::string(customer) + "/policies";
}

std::string create_policy(const RunningSandbox& sandbox, std::string_view name,
                          std::string_view customer = kCustomer) {
  const Reply reply = sandbox.post(policies_path(customer), policy_body(name));
  REQUIRE(reply.status == 200);
  return text_at(reply.json(), "id");
}

std::string link(const std::string& device, const std::string& policy) {
  return R"({"id":")" + device + R"(","policies":[{"key":"o_o_b_e","value":")" + policy + R"("}]})";
}

}  // namespace

TEST_CASE("a device is deleted once, and may be registered again") {
  const RunningSandbox sandbox;
  const Words ids = register_devices(sandbox, {"A", "B"});
  REQUIRE(ids.size() == 2);
  const Reply deleted = sandbox.send("DELETE", devices_path("t") + "/" + ids[0]);
  CHECK(deleted.status == 204);
  CHECK(deleted.body.empty());
  CHECK(sandbox.send("DELETE", devices_path("T") + "/" + ids[0]).status == 404);
  CHECK(listed(sandbox) == Words{ids[1]});
  CHECK(sandbox.get(batches_path()).json().at("items").at(0).at("devicesCount") == 1);
  const Reply again = sandbox.post(devices_path("T"), append_body({"A", "B"}));
  CHECK(device_states(sandbox.get(job_path(again))) ==
        Words{"finished", "ZtdDeviceAlreadyAssigned"});
  CHECK(sandbox.summary().at("deleted") == 1);
  CHECK(sandbox.summary().at("registered_twice") == 0);
  CHECK(sandbox.ledger().at("devices").at(0).at("deleted") == true);
}

TEST_CASE("a device of another batch, customer or unfinished job is not found") {
  const RunningSandbox sandbox;
  const Words ids = register_devices(sandbox, {"A"});
  REQUIRE(sandbox.post(batches_path(), create_body("U", {"B"})).status == 202);
  CHECK(sandbox.send("DELETE", devices_path("U") + "/" + ids[0]).status == 404);
  CHECK(sandbox.send("DELETE", devices_path("T", kOtherCustomer) + "/" + ids[0]).code() == "1000");
  CHECK(sandbox.send("DELETE", devices_path("T") + "/none").status == 404);
  sandbox.set_option(R"({"job_ms":1000000})");
  REQUIRE(sandbox.post(devices_path("T"), append_body({"C"})).status == 202);
  const auto devices = sandbox.ledger().at("devices");
  const std::string unfinished = text_at(devices.at(2), "device_id");
  CHECK(sandbox.send("DELETE", devices_path("T") + "/" + unfinished).status == 404);
}

TEST_CASE("a device is updated as a whole") {
  const RunningSandbox sandbox;
  const std::string id = register_devices(sandbox, {"A"}).at(0);
  const std::string policy = create_policy(sandbox, "Quiet");
  const std::string body = R"({"Id":")" + id +
                           R"(","modelName":"M2","policies":[{"key":"o_o_b_e","value":")" + policy +
                           R"("}]})";
  const Reply updated = sandbox.send("PUT", devices_path("T") + "/" + id, body);
  REQUIRE(updated.status == 200);
  CHECK(updated.json().at("serialNumber") == "A");
  CHECK(updated.json().at("modelName") == "M2");
  CHECK(updated.json().at("policies").at(0).at("value") == policy.c_str());
  CHECK(sandbox.get(devices_path("T")).json().at("items").at(0).at("modelName") == "M2");
  CHECK(sandbox.send("PUT", devices_path("T") + "/" + id, R"({"id":"other"})").status == 400);
  CHECK(sandbox.send("PUT", devices_path("T") + "/" + id, "[]").status == 400);
  CHECK(sandbox.send("PUT", devices_path("T") + "/none", body).status == 404);
}

TEST_CASE("policies are assigned by a job that judges each device") {
  const RunningSandbox sandbox;
  const Words ids = register_devices(sandbox, {"A", "B"});
  const std::string policy = create_policy(sandbox, "Quiet");
  const std::string foreign = create_policy(sandbox, "Foreign", kOtherCustomer);
  const std::string body = R"({"devices":[)" + link(ids[0], policy) + "," + link(ids[1], "Quiet") +
                           "," + link("9993-8627-0000", policy) + "," + link(ids[0], "Missing") +
                           "," + link(ids[0], foreign) + "]}";
  const Reply accepted = sandbox.send("PATCH", updates_path(), body);
  CHECK(accepted.status == 202);
  CHECK(accepted.body.empty());
  const Reply status = sandbox.get(job_path(accepted));
  CHECK(device_states(status) == Words{"finished", "finished", "ZtdDeviceIsNotRegistered",
                                       "ZtdProfileIsNotRegistered",
                                       "ZtdProfileAssignedToOtherTenant"});
  CHECK(status.json().at("devicesStatus").at(2).at("deviceId") == "9993-8627-0000");
  CHECK(sandbox.get(policies_path() + "/" + policy).json().at("devicesAssignedCount") == 2);
  CHECK(sandbox.get(batches_path()).json().at("totalCount") == 1);
}

TEST_CASE("an assignment without devices or ids is refused") {
  const RunningSandbox sandbox;
  for (const std::string_view body :
       {"", "[]", R"({"devices":[]})", R"({"devices":[7]})", R"({"devices":[{"policies":[]}]})"}) {
    CAPTURE(body);
    CHECK(sandbox.send("PATCH", updates_path(), body).code() == "800002");
  }
  CHECK(sandbox.get(updates_path()).status == 405);
}

TEST_CASE("policies are created, listed, read, replaced and deleted") {
  const RunningSandbox sandbox;
  const std::string id = create_policy(sandbox, "Quiet");
  const auto policy = sandbox.get(policies_path() + "/" + id).json();
  CHECK(policy.at("name") == "Quiet");
  CHECK(policy.at("category") == "o_o_b_e");
  CHECK(policy.at("devicesAssignedCount") == 0);
  CHECK(policy.at("policySettings").at(0) == "skip_eula");
  CHECK_FALSE(policy.as_object().contains("description"));
  const Reply replaced =
      sandbox.send("PUT", policies_path() + "/" + id,
                   R"({"name":"Loud","category":"o_o_b_e","description":"d","policySettings":[]})");
  CHECK(replaced.status == 200);
  CHECK(replaced.json().at("id") == id.c_str());
  const auto list = sandbox.get(policies_path()).json();
  CHECK(list.at("totalCount") == 1);
  CHECK(list.at("items").at(0).at("name") == "Loud");
  CHECK(sandbox.get(policies_path(kOtherCustomer)).json().at("totalCount") == 0);
  CHECK(sandbox.send("DELETE", policies_path() + "/" + id).status == 204);
  CHECK(sandbox.send("DELETE", policies_path() + "/" + id).code() == "1000");
}

TEST_CASE("a policy that devices use is not deleted") {
  const RunningSandbox sandbox;
  const std::string device = register_devices(sandbox, {"A"}).at(0);
  const std::string policy = create_policy(sandbox, "Quiet");
  const std::string path = policies_path() + "/" + policy;
  const auto assign = [&](const std::string& value) {
    const std::string body = R"({"devices":[)" + link(device, value) + "]}";
    REQUIRE(sandbox.send("PATCH", updates_path(), body).status == 202);
  };
  assign(policy);
  CHECK(sandbox.send("DELETE", path).status == 409);
  assign("");
  CHECK(sandbox.send("DELETE", path).status == 204);
}

TEST_CASE("a policy needs a name, its category and settings that exist") {
  const RunningSandbox sandbox;
  const auto code_of = [&](std::string_view body) {
    return sandbox.post(policies_path(), body).code();
  };
  CHECK(code_of("[]") == "800002");
  CHECK(code_of(R"({"category":"o_o_b_e","policySettings":[]})") == "3000");
  CHECK(code_of(R"({"name":"N","category":"oobe","policySettings":[]})") == "900126");
  CHECK(code_of(R"({"name":"N","category":"o_o_b_e"})") == "3000");
  CHECK(code_of(R"({"name":"N","category":"o_o_b_e","policySettings":["skip"]})") == "900126");
  sandbox.set_option(R"({"policy_create_status":201,"policy_count_name":"devicesAssigned"})");
  const Reply created = sandbox.post(policies_path(), policy_body("N"));
  CHECK(created.status == 201);
  CHECK(created.json().at("devicesAssigned") == 0);
}

TEST_CASE("an upload with a policy that nobody knows fails when the service cares") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"existing_batch":"append"})");
  const std::string policy = create_policy(sandbox, "Quiet");
  const auto states_with = [&](const std::string& value) {
    static int serial = 0;
    const std::string body = R"({"batchId":"T","devices":[{"hardwareHash":"h)" +
                             std::to_string(++serial) +
                             R"(","policies":[{"key":"o_o_b_e","value":")" + value + R"("}]}]})";
    return device_states(sandbox.get(job_path(sandbox.post(batches_path(), body))));
  };
  CHECK(states_with("Missing") == Words{"finished"});
  sandbox.set_option(R"({"known_policies":"no"})");
  CHECK(states_with("Missing") == Words{"ZtdProfileIsNotRegistered"});
  CHECK(states_with(policy) == Words{"finished"});
}

TEST_CASE("changes of devices and policies survive a restart") {
  const devicebatch::support::TempDir folder;
  Options options = quick_options();
  options.ledger_file = (folder / "ledger").string();
  Words ids;
  std::string policy, gone;
  {
    const RunningSandbox sandbox(options);
    ids = register_devices(sandbox, {"A", "B"});
    policy = create_policy(sandbox, "Quiet");
    gone = create_policy(sandbox, "Gone");
    sandbox.send("DELETE", policies_path() + "/" + gone);
    sandbox.send("DELETE", devices_path("T") + "/" + ids[0]);
    sandbox.send("PATCH", updates_path(), R"({"devices":[)" + link(ids[1], policy) + "]}");
  }
  const RunningSandbox sandbox(options);
  CHECK(listed(sandbox) == Words{ids[1]});
  CHECK(sandbox.get(policies_path()).json().at("totalCount") == 1);
  CHECK(sandbox.get(policies_path() + "/" + policy).json().at("devicesAssignedCount") == 1);
}
