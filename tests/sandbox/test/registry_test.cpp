#include "sandbox/test/running_sandbox.hpp"
#include "support/temp_dir.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <catch2/catch.hpp>

using namespace devicebatch::sandbox;
using Words = std::vector<std::string>;

namespace {

// Uploads to batch T, creating it at first, and returns the devices' states.
Words upload(const RunningSandbox& sandbox, std::string_view devices,
             std::string_view customer = kCustomer) {
  sandbox.set_option(R"({"existing_batch":"append"})");
  const std::string body = R"({"batchId":"T","devices":)" + std::string(devices) + "}";
  const Reply accepted = sandbox.post(batches_path(customer), body);
  REQUIRE(accepted.status == 202);
  return device_states(sandbox.get(job_path(accepted)));
}

}  // namespace

TEST_CASE("a device is registered once per tenant, and every repetition is counted") {
  const RunningSandbox sandbox;
  const std::string_view device = R"([{"hardwareHash":"h1","serialNumber":"S1"}])";
  CHECK(upload(sandbox, device) == Words{"finished"});
  CHECK(upload(sandbox, device) == Words{"ZtdDeviceAlreadyAssigned"});
  CHECK(upload(sandbox, device, kOtherCustomer) == Words{"ZtdDeviceAssignedToOtherTenant"});
  const auto entry = sandbox.ledger().at("devices").at(0);
  CHECK(entry.at("key") == "serial:S1");
  CHECK(entry.at("registered") == 1);
  CHECK(entry.at("already") == 1);
  CHECK(entry.at("uploads").as_array().size() == 2);
  CHECK(sandbox.summary().at("device_errors").at("other_tenant") == 1);
}

TEST_CASE("a registered device is recognised by its hash, its serial or its PKID") {
  const RunningSandbox sandbox;
  upload(sandbox, R"([{"hardwareHash":"h1","serialNumber":"S1","productKey":"K1"}])");
  CHECK(upload(sandbox, R"([{"hardwareHash":"h1"}])") == Words{"ZtdDeviceAlreadyAssigned"});
  CHECK(upload(sandbox, R"([{"hardwareHash":"h2","serialNumber":"S1"}])") ==
        Words{"ZtdDeviceAlreadyAssigned"});
  CHECK(upload(sandbox, R"([{"productKey":"K1"}])") == Words{"ZtdDeviceAlreadyAssigned"});
  CHECK(upload(sandbox, R"([{"hardwareHash":"h3","serialNumber":"S2","productKey":"K1"}])") ==
        Words{"finished"});
}

TEST_CASE("one serial of two models is two devices") {
  const RunningSandbox sandbox;
  const auto tuple = [](std::string_view model) {
    return R"([{"serialNumber":"S1","oemManufacturerName":"Contoso","modelName":")" +
           std::string(model) + R"("}])";
  };
  CHECK(upload(sandbox, tuple("A")) == Words{"finished"});
  CHECK(upload(sandbox, tuple("B")) == Words{"finished"});
  CHECK(upload(sandbox, tuple("A")) == Words{"ZtdDeviceAlreadyAssigned"});
}

TEST_CASE("of twins in one upload the second is a duplicate") {
  const RunningSandbox sandbox;
  CHECK(upload(sandbox, R"([{"hardwareHash":"h1","serialNumber":"S1"},{"hardwareHash":"h1"},
                            {"productKey":"K1","serialNumber":"S2"},
                            {"productKey":"K1","serialNumber":"S2"}])") ==
        Words{"finished", "ZtdDeviceDuplicated", "finished", "ZtdDeviceDuplicated"});
}

TEST_CASE("a hash that is short or no base64 is answered 802") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"accept_dummy_hashes":"no"})");
  const std::string good(4'000, 'A');
  const std::string bad = std::string(3'999, 'A') + '!';
  CHECK(upload(sandbox, R"([{"hardwareHash":"DummyHash1234"},{"hardwareHash":")" + good +
                            R"("},{"hardwareHash":")" + bad + R"("}])") ==
        Words{"InvalidZtdHardwareHash", "finished", "InvalidZtdHardwareHash"});
}

TEST_CASE("a device without a hash can be unknown to the manufacturer") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"known_tuples":"no"})");
  CHECK(upload(sandbox, R"([{"productKey":"K1"}])") == Words{"ZtdDeviceNotFound"});
  sandbox.set_option(R"({"known_tuples":"yes"})");
  CHECK(upload(sandbox, R"([{"productKey":"K1"}])") == Words{"finished"});
}

TEST_CASE("magic serials choose their error, and a storage error happens once") {
  const RunningSandbox sandbox;
  const std::string_view devices =
      R"([{"hardwareHash":"1","serialNumber":"FAIL-808-1"},
          {"hardwareHash":"2","serialNumber":"FAIL-802-1"},
          {"hardwareHash":"3","serialNumber":"FAIL-812-1"},
          {"hardwareHash":"4","serialNumber":"FAIL-814-1"},
          {"hardwareHash":"5","serialNumber":"FAIL-STORAGE-1"}])";
  CHECK(upload(sandbox, devices) == Words{"ZtdDeviceAssignedToOtherTenant",
                                          "InvalidZtdHardwareHash", "ZtdDeviceNotFound",
                                          "ZtdDeviceAlreadyAadRegistered", "StorageError"});
  CHECK(upload(sandbox, devices).back() == "finished");
  CHECK(sandbox.summary().at("registered") == 1);
}

TEST_CASE("every published code has a magic serial") {
  const RunningSandbox sandbox;
  const auto fails = [&](const std::string& prefix) {
    const std::string body =
        R"([{"hardwareHash":")" + prefix + R"(","serialNumber":")" + prefix + R"(1"}])";
    return upload(sandbox, body).at(0);
  };
  CHECK(fails("FAIL-801-") == "InvalidZtdRequestBody");
  CHECK(fails("FAIL-803-") == "MissingZtdSerialNumberAndProductKey");
  CHECK(fails("FAIL-807-") == "ZtdDeviceIsNotRegistered");
  CHECK(fails("FAIL-809-") == "ZtdProfileIsNotRegistered");
  CHECK(fails("FAIL-810-") == "ZtdProfileAssignedToOtherTenant");
  CHECK(fails("FAIL-811-") == "ZtdDeviceRegisteredByOtherTenant");
  CHECK(fails("FAIL-813-") == "ZtdDeviceIsNotUnique");
  CHECK(fails("FAIL-815-") == "ZtdDeviceDuplicated");
  CHECK(fails("FAIL-4K-") == "HashNot4k");
  CHECK(fails("FAIL-MISNUMBERED-") == "ZtdDeviceAssignedToOtherTenant");
  CHECK(fails("FAIL-UNHEARD-") == "ZtdSomethingUnheardOf");
  CHECK(fails("FAIL-000-") == "finished");
  CHECK(sandbox.summary().at("device_errors").at("not_unique") == 1);
}

TEST_CASE("a storage error happens as often as chosen") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"storage_errors":2})");
  const std::string_view device = R"([{"hardwareHash":"5","serialNumber":"FAIL-STORAGE-1"}])";
  CHECK(upload(sandbox, device) == Words{"StorageError"});
  CHECK(upload(sandbox, device) == Words{"StorageError"});
  CHECK(upload(sandbox, device) == Words{"finished"});
}

TEST_CASE("a service without memory registers twice, and the ledger shows it") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"detects_registered":"no"})");
  upload(sandbox, R"([{"hardwareHash":"h1"}])");
  upload(sandbox, R"([{"hardwareHash":"h1"}])");
  CHECK(sandbox.summary().at("registered_twice") == 1);
  CHECK(sandbox.ledger().at("devices").at(0).at("registered") == 2);
}

TEST_CASE("devices can be registered by others from the start") {
  const devicebatch::support::TempDir folder;
  const auto path = folder / "registry.json";
  devicebatch::support::write_file(
      path, R"([{"serialNumber":"S1","customer":"11111111-1111-4111-8111-111111111111"},
                {"productKey":"K2","customer":"22222222-2222-4222-8222-222222222222"},
                {"hardwareHash":"h3","customer":"22222222-2222-4222-8222-222222222222"}])");
  Options options = quick_options();
  options.registry_file = path.string();
  const RunningSandbox sandbox(options);
  CHECK(upload(sandbox, R"([{"hardwareHash":"h1","serialNumber":"S1"},{"productKey":"K2"},
                            {"hardwareHash":"h3"}])") == Words{"ZtdDeviceAlreadyAssigned",
                                                               "ZtdDeviceAssignedToOtherTenant",
                                                               "ZtdDeviceAssignedToOtherTenant"});
}
