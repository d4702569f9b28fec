// support/device_dialects.hpp - the same devices as every program writes them.
//
// Purpose:   one list of devices, a file of it for each dialect: whatever reads files must answer
//            all of them alike.
// Threading: pure functions.
// Source:    docs/formats.md. The secrets in key exports are made up, like everything else.
#pragma once

#include "support/device_files.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace devicebatch::support {

// In double quotes, escaped.
std::string json_text(std::string_view text);

// Partner Center's request: PascalCase. Its replies: camelCase, with manufacturer and model.
std::string pascal_json(const TestDevice& device);
std::string camel_json(const TestDevice& device);
// Serial number, manufacturer and model alone, as Graph lists registered devices.
std::string tuple_json(const TestDevice& device);
// Graph's importedWindowsAutopilotDeviceIdentity.
std::string graph_json(const TestDevice& device, std::string_view group_tag = "");

// <name>content</name>; the content is XML already.
std::string xml_element(std::string_view name, std::string_view content);
// OA3Tool /Report: one line, no declaration, no serial number.
std::string report_xml(const TestDevice& device, std::string_view key_state = "3");
// OA3Tool /Assemble: holds a product key.
std::string assemble_xml(const TestDevice& device);
// An export of the key inventory that is not encrypted, and a computer build report.
std::string key_export_xml(std::span<const TestDevice> devices);
std::string build_report_xml(std::span<const TestDevice> devices);

struct DialectFile {
  std::string dialect;  // words for a person: "json lines"
  std::string name;     // of the file that a station would drop
  std::string content;
  bool is_export = false;  // is taken only where a source allows extract_key_exports
};

// A file of all `devices` in every dialect: CSV families and encodings, JSON shapes, JSON Lines,
// OA3 reports one after another, exports, and some of them compressed.
std::vector<DialectFile> all_dialects(std::span<const TestDevice> devices);

// Devices of which a few are refused, in every dialect for the same reason: a damaged hash, a
// filler for a serial number, a hash of which a part is missing. `count` is at least 8.
std::vector<TestDevice> mixed_devices(std::uint64_t start, std::size_t count);

// As gzip compresses it.
std::string gzipped(std::string_view bytes);

}  // namespace devicebatch::support
