#include "policy/classify.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch::policy;

TEST_CASE("every published result of a device has its fate") {
  using enum DeviceFate;
  struct Row {
    const char* number;
    const char* name;
    DeviceFate fate;
    const char* code;
  };
  for (const Row& row : {
           Row{"801", "InvalidZtdRequestBody", retry, "device.801"},
           Row{"802", "InvalidZtdHardwareHash", failed, "device.802"},
           Row{"803", "MissingZtdSerialNumberAndProductKey", failed, "device.803"},
           Row{"806", "ZtdDeviceAlreadyAssigned", already_there, "device.806"},
           Row{"807", "ZtdDeviceIsNotRegistered", failed, "device.807"},
           Row{"808", "ZtdDeviceAssignedToOtherTenant", failed, "device.808"},
           Row{"809", "ZtdProfileIsNotRegistered", failed, "device.809"},
           Row{"810", "ZtdProfileAssignedToOtherTenant", failed, "device.810"},
           Row{"811", "ZtdDeviceRegisteredByOtherTenant", failed, "device.811"},
           Row{"812", "ZtdDeviceNotFound", retry, "device.812"},
           Row{"813", "ZtdDeviceIsNotUnique", failed, "device.813"},
           Row{"814", "ZtdDeviceAlreadyAadRegistered", failed, "device.814"},
           Row{"815", "ZtdDeviceDuplicated", retry, "device.duplicated"},
       }) {
    INFO(row.number);
    CHECK(judge_device(false, row.number, row.name).code == row.code);
    CHECK(judge_device(false, row.number, row.name).fate == row.fate);
    CHECK(judge_device(false, row.number, "").code == row.code);
    CHECK(judge_device(false, "", row.name).code == row.code);
    CHECK(judge_device(false, row.number, "SomethingNobodyKnows").code == row.code);
    CHECK(judge_device(false, row.name, "").code == row.code);
  }
}

TEST_CASE("names without a number and other spellings are known") {
  struct Row {
    const char* number;
    const char* name;
    const char* code;
  };
  for (const Row& row : {
           Row{"", "ZtdDeviceAssignedToAnotherTenant", "device.808"},
           Row{"", "StorageError", "device.storage_error"},
           Row{"", "HashNot4k", "device.hash_not_4k"},
           Row{"", "hashnot4K", "device.hash_not_4k"},
           Row{"500", "StorageError", "device.storage_error"},
           Row{" 806 ", "", "device.806"},
           Row{"", " ztddevicealreadyassigned ", "device.806"},
           Row{"", "ZtdDeviceAlreadyAssigned: the device is known", "device.806"},
       }) {
    INFO(row.name);
    CHECK(judge_device(false, row.number, row.name).code == row.code);
  }
}

TEST_CASE("the name decides when number and name disagree") {
  // Seen in the wild: 806 with the name of 808.
  const DeviceResult result = judge_device(false, "806", "ZtdDeviceAssignedToOtherTenant");
  CHECK(result.code == "device.808");
  CHECK(result.fate == DeviceFate::failed);
}

TEST_CASE("an unknown result fails without being forgotten") {
  for (const auto& [number, name] : {std::pair("", ""), std::pair("999", ""), std::pair("", "New"),
                                     std::pair("8060", "x"), std::pair("\x01", "::")}) {
    const DeviceResult result = judge_device(false, number, name);
    CHECK(result.fate == DeviceFate::failed);
    CHECK(result.code == "device.unknown");
    CHECK_FALSE(result.advice.empty());
  }
}

TEST_CASE("a finished device without an error is registered") {
  const DeviceResult result = judge_device(true, "", "");
  CHECK(result.fate == DeviceFate::registered);
  CHECK(result.code.empty());
}

TEST_CASE("what is tried again has an end and a pace") {
  for (const DeviceRow& row : device_table()) {
    INFO(row.name);
    CHECK_FALSE(row.name.empty());
    CHECK_FALSE(row.result.reason.empty());
    CHECK_FALSE(row.result.advice.empty());
    const bool is_retried = row.result.fate == DeviceFate::retry;
    const bool is_counted = row.result.patience == Patience::counted;
    CHECK((row.result.tries_max > 1) == (is_retried && is_counted));
    CHECK((is_counted || is_retried));
    CHECK((row.result.least_wait.count() > 0) == is_retried);
  }
}
