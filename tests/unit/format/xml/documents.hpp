// unit/format/xml/documents.hpp - XML as OA3Tool and the factory services write it.
#pragma once

#include "support/device_files.hpp"

#include <string>
#include <string_view>

namespace devicebatch::format {

inline std::string element(std::string_view name, std::string_view content) {
  const std::string tag(name);
  return "<" + tag + ">" + std::string(content) + "</" + tag + ">";
}

// One line, no declaration, no serial number: OA3Tool /Report.
inline std::string report_of(std::uint64_t number, std::string_view state = "3") {
  const auto device = support::make_device(number);
  return element("Key", element("ProductKeyID", device.spec.pkid) +
                            element("ProductKeyState", state) +
                            element("HardwareHash", device.hash));
}

inline std::string assemble_of(std::uint64_t number) {
  return element("Key", element("ProductKey", support::fake_product_key()) +
                            element("ProductKeyID", support::make_spec(number).pkid) +
                            element("ProductKeyState", "2") +
                            element("ProductKeyPartNumber", "KU9-00001"));
}

inline std::string key_export_of(std::initializer_list<std::uint64_t> numbers) {
  std::string keys;
  for (const std::uint64_t number : numbers) {
    const auto device = support::make_device(number);
    keys += element("ExportKeyInfo", element("ProductKey", support::fake_product_key()) +
                                         element("ProductKeyId", device.spec.pkid) +
                                         element("HardwareHash", device.hash) +
                                         element("SerialNumber", device.spec.serial)) +
            "\n";
  }
  return element("ExportKeyList", element("Keys", keys));
}

inline std::string build_report_of(std::initializer_list<std::uint64_t> numbers) {
  std::string bindings;
  for (const std::uint64_t number : numbers) {
    const auto device = support::make_device(number);
    bindings += element("Binding", element("ProductKeyID", device.spec.pkid) +
                                       element("HardwareHash", device.hash) +
                                       "<OEMOptionalInfo><Field><Name>ZPC_MODEL_SKU</Name>"
                                       "<Value>not a model</Value></Field></OEMOptionalInfo>"
                                       "<OEMHardwareReport>PEE+</OEMHardwareReport>");
  }
  return "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<ComputerBuildReport "
         "xmlns=\"http://schemas.ms.it.oem/digitaldistribution/2010/10\">" +
         element("Bindings", bindings) + "</ComputerBuildReport>";
}

}  // namespace devicebatch::format
