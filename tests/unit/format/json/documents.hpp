// unit/format/json/documents.hpp - JSON as the services and scripts write it.
#pragma once

#include "support/device_files.hpp"

#include <string>
#include <string_view>

namespace devicebatch::format {

inline std::string as_json(std::string_view text) {
  return '"' + std::string(text) + '"';
}

// As Partner Center's request has it.
inline std::string pascal_device(std::uint64_t number) {
  const auto device = support::make_device(number);
  return R"({"Id":null,"SerialNumber":)" + as_json(device.spec.serial) + R"(,"ProductKey":)" +
         as_json(device.spec.pkid) + R"(,"HardwareHash":)" + as_json(device.hash) +
         R"(,"Policies":null,"CreatedBy":null,"UploadedDate":"0001-01-01T00:00:00",)"
         R"("AllowedOperations":null,"Attributes":{"ObjectType":"Device"}})";
}

// As its replies have it.
inline std::string camel_device(std::uint64_t number) {
  const auto device = support::make_device(number);
  return R"({"id":"00000000-0000-0000-0000-000000000001","serialNumber":)" +
         as_json(device.spec.serial) + R"(,"productKey":)" + as_json(device.spec.pkid) +
         R"(,"hardwareHash":)" + as_json(device.hash) + R"(,"oemManufacturerName":)" +
         as_json(device.spec.manufacturer) + R"(,"modelName":)" + as_json(device.spec.model) +
         R"(,"policies":[{"key":"o_o_b_e","value":null}],"uploadedDate":"2026-01-01T00:00:00",)"
         R"(" attributes":{"objectType":"Device"}})";
}

inline std::string tuple_device(std::uint64_t number) {
  const auto device = support::make_device(number);
  return R"({"serialNumber":)" + as_json(device.spec.serial) + R"(,"manufacturer":)" +
         as_json(device.spec.manufacturer) + R"(,"model":)" + as_json(device.spec.model) + "}";
}

// Graph, importedWindowsAutopilotDeviceIdentity.
inline std::string graph_device(std::uint64_t number, std::string_view group_tag = "") {
  const auto device = support::make_device(number);
  return R"({"@odata.type":"#microsoft.graph.importedWindowsAutopilotDeviceIdentity",)"
         R"("id":"00000000-0000-0000-0000-000000000002","groupTag":)" +
         as_json(group_tag) + R"(,"serialNumber":)" + as_json(device.spec.serial) +
         R"(,"productKey":"","importId":null,"hardwareIdentifier":)" + as_json(device.hash) +
         R"(,"state":{"deviceImportStatus":"unknown","deviceRegistrationId":"",)"
         R"("deviceErrorCode":0,"deviceErrorName":""},"assignedUserPrincipalName":""})";
}

}  // namespace devicebatch::format
