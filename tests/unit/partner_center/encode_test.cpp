#include "partner_center/encode.hpp"

#include "record/hardware_hash.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::partner_center;
using record::Device;
using record::HashForm;

namespace {

Device documented_device(std::string_view hash) {
  Device device;
  device.serial = "2R9-ZNP67";
  device.pkid = "00329-00000-0003-AA606";
  device.hash_form = HashForm::verbatim;
  device.hash.assign(hash.begin(), hash.end());
  return device;
}

std::vector<Device> documented_devices() {
  return {documented_device("DummyHash1234"), documented_device("DummyHash12345")};
}

Device tuple_device() {
  Device device;
  device.serial = "SN-0001";
  device.manufacturer = "Contoso \"Devices\"";
  device.model = "Model\\7";
  return device;
}

Device canonical_device() {
  Device device = tuple_device();
  device.pkid = "3300000000001";
  device.hash_form = HashForm::canonical;
  device.hash = {'O', 'A', 1, 2, 3};
  return device;
}

std::string repeated(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

}  // namespace

TEST_CASE("the documented example leaves byte for byte as documented") {
  const auto devices = documented_devices();
  const std::string body = encode_devices(WireBody::sdk, devices);
  CHECK(body == R"([{"Id":null,"SerialNumber":"2R9-ZNP67","ProductKey":"00329-00000-0003-AA606",)"
                R"("HardwareHash":"DummyHash1234","Policies":null,"CreatedBy":null,)"
                R"("UploadedDate":"0001-01-01T00:00:00","AllowedOperations":null,)"
                R"("Attributes":{"ObjectType":"Device"}},)"
                R"({"Id":null,"SerialNumber":"2R9-ZNP67","ProductKey":"00329-00000-0003-AA606",)"
                R"("HardwareHash":"DummyHash12345","Policies":null,"CreatedBy":null,)"
                R"("UploadedDate":"0001-01-01T00:00:00","AllowedOperations":null,)"
                R"("Attributes":{"ObjectType":"Device"}}])");
  CHECK(body.size() == 482);
}

TEST_CASE("the documented example in the minimal form names what identifies, nothing else") {
  const auto devices = documented_devices();
  CHECK(encode_devices(WireBody::minimal, devices) ==
        R"([{"serialNumber":"2R9-ZNP67","productKey":"00329-00000-0003-AA606",)"
        R"("hardwareHash":"DummyHash1234"},)"
        R"({"serialNumber":"2R9-ZNP67","productKey":"00329-00000-0003-AA606",)"
        R"("hardwareHash":"DummyHash12345"}])");
}

TEST_CASE("a batch wraps its devices in either form") {
  const std::vector<Device> devices{documented_device("DummyHash1234")};
  CHECK(encode_batch(WireBody::minimal, "LINE 7", devices) ==
        R"({"batchId":"LINE 7","devices":[{"serialNumber":"2R9-ZNP67",)"
        R"("productKey":"00329-00000-0003-AA606","hardwareHash":"DummyHash1234"}]})");
  CHECK(encode_batch(WireBody::sdk, "LINE 7", devices) ==
        R"({"BatchId":"LINE 7","Devices":[{"Id":null,"SerialNumber":"2R9-ZNP67",)"
        R"("ProductKey":"00329-00000-0003-AA606","HardwareHash":"DummyHash1234","Policies":null,)"
        R"("CreatedBy":null,"UploadedDate":"0001-01-01T00:00:00","AllowedOperations":null,)"
        R"("Attributes":{"ObjectType":"Device"}}],)"
        R"("Attributes":{"ObjectType":"DeviceBatchCreationRequest"}})");
}

TEST_CASE("a device without a hash is known by its tuple, with every value escaped") {
  const std::vector<Device> devices{tuple_device()};
  CHECK(encode_devices(WireBody::minimal, devices) ==
        R"([{"serialNumber":"SN-0001","oemManufacturerName":"Contoso \"Devices\"",)"
        R"("modelName":"Model\\7"}])");
  CHECK(encode_devices(WireBody::sdk, devices) ==
        R"([{"Id":null,"SerialNumber":"SN-0001","ProductKey":null,"HardwareHash":null,)"
        R"("ModelName":"Model\\7","OemManufacturerName":"Contoso \"Devices\"","Policies":null,)"
        R"("CreatedBy":null,"UploadedDate":"0001-01-01T00:00:00","AllowedOperations":null,)"
        R"("Attributes":{"ObjectType":"Device"}}])");
}

TEST_CASE("a device with a hash leaves its tuple at home") {
  const std::vector<Device> devices{canonical_device()};
  const std::string hash = record::wire_text(devices[0].hash);
  CHECK(hash.size() == 4000);
  CHECK(encode_devices(WireBody::minimal, devices) ==
        R"([{"serialNumber":"SN-0001","productKey":"3300000000001","hardwareHash":")" + hash +
            R"("}])");
  const std::string sdk = encode_devices(WireBody::sdk, devices);
  CHECK(sdk.find("ModelName") == std::string::npos);
  CHECK(sdk.find("OemManufacturerName") == std::string::npos);
  CHECK(sdk.find("\"HardwareHash\":\"" + hash + "\",") != std::string::npos);
}

TEST_CASE("a product key id alone is enough") {
  Device device;
  device.pkid = "3300000000001";
  const std::vector<Device> devices{device};
  CHECK(encode_devices(WireBody::minimal, devices) == R"([{"productKey":"3300000000001"}])");
}

TEST_CASE("no devices are an empty array") {
  CHECK(encode_devices(WireBody::minimal, {}) == "[]");
  CHECK(encode_batch(WireBody::minimal, "B", {}) == R"({"batchId":"B","devices":[]})");
}

TEST_CASE("whatever a value holds, a reader of JSON gets it back") {
  std::string every_ascii;
  for (char c = 0; c < 127; ++c) every_ascii += c;
  every_ascii += "\x7F\xC3\xBC\xE2\x80\xA8\xF0\x9F\x98\x80";
  Device device;
  device.serial = every_ascii;
  device.model = "\"\"\\\\";
  device.manufacturer = "\n";
  device.hash_form = HashForm::none;
  for (const WireBody form : {WireBody::minimal, WireBody::sdk}) {
    const std::vector<Device> devices{device};
    const auto value = boost::json::parse(encode_devices(form, devices));
    const auto& object = value.as_array().at(0).as_object();
    const bool is_sdk = form == WireBody::sdk;
    CHECK(object.at(is_sdk ? "SerialNumber" : "serialNumber").as_string() == every_ascii);
    CHECK(object.at(is_sdk ? "ModelName" : "modelName").as_string() == device.model);
    CHECK(object.at(is_sdk ? "OemManufacturerName" : "oemManufacturerName").as_string() == "\n");
  }
}

TEST_CASE("the same devices give the same bytes") {
  const std::vector<Device> devices{canonical_device(), tuple_device()};
  CHECK(encode_devices(WireBody::sdk, devices) == encode_devices(WireBody::sdk, devices));
}

TEST_CASE("the overhead covers what a device costs beyond its values") {
  Device full = canonical_device();
  full.hash_form = HashForm::verbatim;
  Device tuple = canonical_device();
  tuple.hash_form = HashForm::none;
  tuple.manufacturer = "Contoso";
  tuple.model = "Model 7";
  for (const WireBody form : {WireBody::minimal, WireBody::sdk}) {
    for (Device device : {full, tuple, documented_device("Hash")}) {
      if (device.hash_form == HashForm::verbatim) device.hash.assign(10, 'A');
      const std::size_t values = device.serial.size() + device.pkid.size() +
                                 device.manufacturer.size() + device.model.size() +
                                 (device.hash_form == HashForm::none ? 0 : device.hash.size());
      const std::vector<Device> devices{device, device};
      const std::size_t bytes = encode_devices(form, devices).size();
      const std::string shown = encode_devices(form, devices);
      INFO(repeated(shown, "},", "},\n"));
      CHECK(bytes <= 2 + 2 * (values + encoding_overhead(form)));
    }
  }
}
