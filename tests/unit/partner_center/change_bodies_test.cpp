#include "partner_center/change_bodies.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch::partner_center;

TEST_CASE("an assignment of policies is as documented") {
  const std::vector<PolicyAssignment> assignments{{"9993-8627", "p1"}, {"d\"2", "p2"}};
  CHECK(encode_assignments(assignments) ==
        R"({"devices":[{"id":"9993-8627","policies":[{"key":"o_o_b_e","value":"p1"}]},)"
        R"({"id":"d\"2","policies":[{"key":"o_o_b_e","value":"p2"}]}]})");
}

TEST_CASE("a device is sent back without what is empty, and never with empty policies") {
  DeviceListing device;
  device.id = "d1";
  device.serial = "SN-0001";
  device.uploaded = "2018-07-24T15:03:40";
  CHECK(encode_device(device) == R"({"id":"d1","serialNumber":"SN-0001"})");
  device.policies = {{"none", ""}};
  CHECK(encode_device(device) == R"({"id":"d1","serialNumber":"SN-0001"})");
  device.policies.push_back({"", "p1"});
  device.pkid = "3300000000001";
  device.manufacturer = "Contoso";
  device.model = "Model 7";
  CHECK(encode_device(device) ==
        R"({"id":"d1","serialNumber":"SN-0001","productKey":"3300000000001",)"
        R"("oemManufacturerName":"Contoso","modelName":"Model 7",)"
        R"("policies":[{"key":"o_o_b_e","value":"p1"}]})");
}

TEST_CASE("a policy names its category and at least one setting") {
  ConfigurationPolicy policy;
  policy.name = "Line 7";
  CHECK(encode_policy(policy) ==
        R"({"name":"Line 7","category":"o_o_b_e","policySettings":["none"]})");
  policy.id = "p1";
  policy.description = "d";
  policy.settings = {"skip_eula", "oobe_user_not_local_admin"};
  CHECK(encode_policy(policy) ==
        R"({"id":"p1","name":"Line 7","category":"o_o_b_e","description":"d",)"
        R"("policySettings":["skip_eula","oobe_user_not_local_admin"]})");
}
