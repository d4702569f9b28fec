// unit/format/xml/documents.hpp - numbered devices as XML.
#pragma once

#include "support/device_dialects.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

namespace devicebatch::format {

inline std::string element(std::string_view name, std::string_view content) {
  return support::xml_element(name, content);
}
inline std::string report_of(std::uint64_t number, std::string_view state = "3") {
  return support::report_xml(support::make_device(number), state);
}
inline std::string assemble_of(std::uint64_t number) {
  return support::assemble_xml(support::make_device(number));
}
inline std::vector<support::TestDevice> devices_of(std::initializer_list<std::uint64_t> numbers) {
  std::vector<support::TestDevice> devices;
  for (const std::uint64_t number : numbers) devices.push_back(support::make_device(number));
  return devices;
}
inline std::string key_export_of(std::initializer_list<std::uint64_t> numbers) {
  return support::key_export_xml(devices_of(numbers));
}
inline std::string build_report_of(std::initializer_list<std::uint64_t> numbers) {
  return support::build_report_xml(devices_of(numbers));
}

}  // namespace devicebatch::format
