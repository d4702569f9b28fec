#include "support/device_dialects.hpp"

#include "base/check.hpp"

#include <zlib.h>

#include <functional>

namespace devicebatch::support {
namespace {

using Devices = std::span<const TestDevice>;
using WriteOne = std::function<std::string(const TestDevice&)>;

std::string each(Devices devices, const WriteOne& write, std::string_view between) {
  std::string text;
  for (const TestDevice& device : devices) {
    if (!text.empty()) text += between;
    text += write(device);
  }
  return text;
}

// A header and one line for each device. Names and values are joined as they are.
std::string csv_file(std::string_view header, Devices devices, std::string_view line_break,
                     const WriteOne& row) {
  std::string text = std::string(header).append(line_break);
  return text.append(each(devices, row, line_break)).append(line_break);
}

std::string family_a_row(const TestDevice& device) {
  return device.spec.serial + ",," + device.hash;
}

std::string family_d_row(const TestDevice& device) {
  return device.spec.serial + "," + device.spec.pkid + "," + device.hash + "," +
         csv_quoted(device.spec.manufacturer) + "," + csv_quoted(device.spec.model);
}

void add_csv(std::vector<DialectFile>& files, Devices devices) {
  constexpr std::string_view kA = "Device Serial Number,Windows Product ID,Hardware Hash";
  constexpr std::string_view kLowerD =
      "Device serial number,Windows product ID,Hardware hash,Manufacturer name,Device model";
  const std::string a = csv_file(kA, devices, "\r\n", family_a_row);
  const std::string d =
      csv_file(std::string(kA) + ",Manufacturer name,Device model", devices, "\n", family_d_row);
  const std::string lower_d = csv_file(kLowerD, devices, "\n", family_d_row);
  const std::string c =
      csv_file(std::string(kA) + ",Group Tag,Assigned User", devices, "\n",
               [](const TestDevice& device) { return family_a_row(device) + ",,"; });
  const std::string h = csv_file("Manufacturer,Model,Serial Number,Hardware Hash", devices, "\n",
                                 [](const TestDevice& device) {
                                   return csv_quoted(device.spec.manufacturer) + "," +
                                          csv_quoted(device.spec.model) + "," + device.spec.serial +
                                          "," + device.hash;
                                 });
  files.push_back({"csv family A", "a.csv", a});
  files.push_back({"csv family A, UTF-16LE", "a16.csv", "\xFF\xFE" + utf16le(a)});
  files.push_back({"csv family A, UTF-16BE", "a16be.csv", "\xFE\xFF" + utf16be(a)});
  files.push_back({"csv family A, gzip", "a.csv.gz", gzipped(a)});
  files.push_back({"csv family C", "c.csv", c});
  files.push_back({"csv family D", "d.csv", d});
  files.push_back({"csv family D', byte order mark", "d2.csv", "\xEF\xBB\xBF" + lower_d});
  files.push_back({"csv family H", "h.csv", h});
}

void add_json(std::vector<DialectFile>& files, Devices devices) {
  const std::string batch = R"({"BatchId":"","Devices":[)" + each(devices, pascal_json, ",") +
                            R"(],"Attributes":{"ObjectType":"DeviceBatchCreationRequest"}})";
  const std::string list = R"({"totalCount":)" + std::to_string(devices.size()) + R"(,"items":[)" +
                           each(devices, camel_json, ",") + "]}";
  const std::string lines = each(devices, camel_json, "\n") + "\n";
  const std::string import =
      R"({"importedWindowsAutopilotDeviceIdentities":[)" +
      each(
          devices, [](const auto& device) { return graph_json(device); }, ",\n") +
      "]}\n";
  files.push_back({"json batch", "batch.json", batch});
  files.push_back({"json batch, gzip", "batch.json.gz", gzipped(batch)});
  files.push_back({"json list", "list.json", list});
  files.push_back(
      {"json array", "array.json", "[\n  " + each(devices, camel_json, ",\n  ") + "\n]"});
  files.push_back({"json graph", "graph.json", import});
  files.push_back({"json lines", "devices.jsonl", lines});
  files.push_back({"json lines, gzip", "devices.jsonl.gz", gzipped(lines)});
  files.push_back({"json lines, UTF-16LE", "devices16.jsonl", "\xFF\xFE" + utf16le(lines)});
}

void add_xml(std::vector<DialectFile>& files, Devices devices) {
  const std::string reports =
      each(
          devices, [](const auto& device) { return report_xml(device); }, "\r\n") +
      "\r\n";
  files.push_back({"oa3 reports", "OA3.xml", reports});
  files.push_back({"oa3 reports, UTF-16LE", "OA3_16.xml", "\xFF\xFE" + utf16le(reports)});
  files.push_back({"key export", "keys.xml", key_export_xml(devices), true});
  files.push_back({"build report", "cbr.xml", build_report_xml(devices), true});
}

}  // namespace

std::string json_text(std::string_view text) {
  std::string escaped = "\"";
  for (const char c : text) {
    DEVICEBATCH_CHECK(static_cast<unsigned char>(c) >= 0x20);
    if (c == '"' || c == '\\') escaped.push_back('\\');
    escaped.push_back(c);
  }
  return escaped + '"';
}

std::string pascal_json(const TestDevice& device) {
  return R"({"Id":null,"SerialNumber":)" + json_text(device.spec.serial) + R"(,"ProductKey":)" +
         json_text(device.spec.pkid) + R"(,"HardwareHash":)" + json_text(device.hash) +
         R"(,"Policies":null,"CreatedBy":null,"UploadedDate":"0001-01-01T00:00:00",)"
         R"("AllowedOperations":null,"Attributes":{"ObjectType":"Device"}})";
}

std::string camel_json(const TestDevice& device) {
  return R"({"id":"00000000-0000-0000-0000-000000000001","serialNumber":)" +
         json_text(device.spec.serial) + R"(,"productKey":)" + json_text(device.spec.pkid) +
         R"(,"hardwareHash":)" + json_text(device.hash) + R"(,"oemManufacturerName":)" +
         json_text(device.spec.manufacturer) + R"(,"modelName":)" + json_text(device.spec.model) +
         R"(,"policies":[{"key":"o_o_b_e","value":null}],"uploadedDate":"2026-01-01T00:00:00",)"
         R"(" attributes":{"objectType":"Device"}})";
}

std::string tuple_json(const TestDevice& device) {
  return R"({"serialNumber":)" + json_text(device.spec.serial) + R"(,"manufacturer":)" +
         json_text(device.spec.manufacturer) + R"(,"model":)" + json_text(device.spec.model) + "}";
}

std::string graph_json(const TestDevice& device, std::string_view group_tag) {
  return R"({"@odata.type":"#microsoft.graph.importedWindowsAutopilotDeviceIdentity",)"
         R"("id":"00000000-0000-0000-0000-000000000002","groupTag":)" +
         json_text(group_tag) + R"(,"serialNumber":)" + json_text(device.spec.serial) +
         R"(,"productKey":"","importId":null,"hardwareIdentifier":)" + json_text(device.hash) +
         R"(,"state":{"deviceImportStatus":"unknown","deviceRegistrationId":"",)"
         R"("deviceErrorCode":0,"deviceErrorName":""},"assignedUserPrincipalName":""})";
}

std::string xml_element(std::string_view name, std::string_view content) {
  const std::string tag(name);
  return "<" + tag + ">" + std::string(content) + "</" + tag + ">";
}

std::string report_xml(const TestDevice& device, std::string_view key_state) {
  const std::string pkid =
      device.spec.pkid.empty() ? "" : xml_element("ProductKeyID", device.spec.pkid);
  return xml_element("Key", pkid + xml_element("ProductKeyState", key_state) +
                                xml_element("HardwareHash", device.hash));
}

std::string assemble_xml(const TestDevice& device) {
  return xml_element("Key", xml_element("ProductKey", fake_product_key()) +
                                xml_element("ProductKeyID", device.spec.pkid) +
                                xml_element("ProductKeyState", "2") +
                                xml_element("ProductKeyPartNumber", "KU9-00001"));
}

std::string key_export_xml(std::span<const TestDevice> devices) {
  const auto key = [](const TestDevice& device) {
    return xml_element("ExportKeyInfo", xml_element("ProductKey", fake_product_key()) +
                                            xml_element("ProductKeyId", device.spec.pkid) +
                                            xml_element("HardwareHash", device.hash) +
                                            xml_element("SerialNumber", device.spec.serial));
  };
  return xml_element("ExportKeyList", xml_element("Keys", each(devices, key, "\n")));
}

std::string build_report_xml(std::span<const TestDevice> devices) {
  const auto binding = [](const TestDevice& device) {
    return xml_element("Binding", xml_element("ProductKeyID", device.spec.pkid) +
                                      xml_element("HardwareHash", device.hash) +
                                      "<OEMOptionalInfo><Field><Name>ZPC_MODEL_SKU</Name>"
                                      "<Value>no model</Value></Field></OEMOptionalInfo>"
                                      "<OEMHardwareReport>PEE+</OEMHardwareReport>");
  };
  return "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<ComputerBuildReport "
         "xmlns=\"http://schemas.ms.it.oem/digitaldistribution/2010/10\">" +
         xml_element("Bindings", each(devices, binding, "")) + "</ComputerBuildReport>";
}

std::vector<DialectFile> all_dialects(std::span<const TestDevice> devices) {
  std::vector<DialectFile> files;
  add_csv(files, devices);
  add_json(files, devices);
  add_xml(files, devices);
  return files;
}

std::vector<TestDevice> mixed_devices(std::uint64_t start, std::size_t count) {
  DEVICEBATCH_CHECK(count >= 8);
  std::vector<TestDevice> devices;
  for (std::size_t at = 0; at < count; ++at) {
    TestDevice device = make_device(start + at);
    if (at % 8 == 2) device.hash = with_changed_letter(device.hash, 700);
    if (at % 8 == 4) device.hash.resize(900);
    if (at % 8 == 5) {
      device.spec.serial = "To be filled by O.E.M.";
      device.hash = make_hash_text(device.spec);
    }
    if (at % 8 == 6) {
      device.spec.pkid.clear();
      device.hash = make_hash_text(device.spec);
    }
    devices.push_back(std::move(device));
  }
  return devices;
}

std::string gzipped(std::string_view bytes) {
  constexpr int kGzip = MAX_WBITS + 16;
  z_stream stream{};
  DEVICEBATCH_CHECK(deflateInit2(&stream, 6, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  // zlib takes input that it only reads as if it wrote it.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  DEVICEBATCH_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

}  // namespace devicebatch::support
