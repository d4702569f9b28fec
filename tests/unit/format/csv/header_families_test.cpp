// One test for each row of the table of header families: the file as it is produced.
#include "unit/format/reading.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::format;
using support::make_device;

namespace {

const auto kDevice = make_device(4);  // no comma in its manufacturer and model
const auto& kSpec = kDevice.spec;

std::string row(std::initializer_list<std::string_view> fields,
                std::string_view line_end = "\r\n") {
  std::string text;
  for (std::string_view field : fields) text.append(field).push_back(',');
  text.pop_back();
  return text.append(line_end);
}

// The file has one device, that device, and nothing to complain about.
void check_device(const std::string& file, const std::string& dialect, std::uint64_t line = 2) {
  const Reading reading = read_text(file);
  CHECK(reading.refusal().empty());
  CHECK(reading.report.dialect == dialect);
  REQUIRE(reading.rows.size() == 1);
  CHECK(reading.rows[0].line == line);
  CHECK(reading.rows[0].codes.empty());
  CHECK(reading.rows[0].serial == kSpec.serial);
  CHECK(reading.rows[0].hash_bytes > 0);
}

std::string codes_of(const FileReport& report) {
  std::string text;
  for (const record::Finding& finding : report.warnings) {
    text.append(text.empty() ? "" : " ").append(finding.code);
  }
  return text;
}

const std::string kFamilyA = "Device Serial Number,Windows Product ID,Hardware Hash";

}  // namespace

TEST_CASE("A: Get-WindowsAutopilotInfo default") {
  const std::string text = kFamilyA + "\r\n" + row({kSpec.serial, "", kDevice.hash});
  check_device("\xFF\xFE" + support::utf16le(text), "csv family A");
}

TEST_CASE("B: A with group tag") {
  check_device(kFamilyA + ",Group Tag\r\n" + row({kSpec.serial, "", kDevice.hash, "Line-1"}),
               "csv family B");
}

TEST_CASE("C: Intune full") {
  check_device(kFamilyA + ",Group Tag,Assigned User\r\n" +
                   row({kSpec.serial, "", kDevice.hash, "Line-1", ""}),
               "csv family C");
}

TEST_CASE("D: Partner Center / `-Partner`") {
  check_device(kFamilyA + ",Manufacturer name,Device model\r\n" +
                   row({kSpec.serial, "", kDevice.hash, kSpec.manufacturer, kSpec.model}),
               "csv family D");
}

TEST_CASE("D': Partner Center downloadable template, lower-case words, UTF-8 BOM, six fields") {
  check_device(
      "\xEF\xBB\xBF"
      "Device serial number,Windows product ID,Hardware hash,Manufacturer name,Device model\n" +
          row({kSpec.serial, "", kDevice.hash, kSpec.manufacturer, kSpec.model, ""}, "\n"),
      "csv family D'");
}

TEST_CASE("E: D plus tag") {
  check_device(kFamilyA + ",Manufacturer name,Device model,Group Tag\r\n" +
                   row({kSpec.serial, "", kDevice.hash, kSpec.manufacturer, kSpec.model, "x"}),
               "csv family E");
}

TEST_CASE("F: local extra column, written `-Encoding Unicode`") {
  const std::string text = kFamilyA + ",Group Tag,Owner\r\n" +
                           row({kSpec.serial, "", kDevice.hash, "Line-1", "shelf 7"});
  check_device("\xFF\xFE" + support::utf16le(text), "csv family F");
}

TEST_CASE("G: pre-20-May-2019, no header, proven by the hash") {
  const std::string text = row({kSpec.serial, kSpec.pkid, kDevice.hash}) +
                           row({make_device(8).spec.serial, "", make_device(8).hash});
  const Reading reading = read_text(text);
  CHECK(reading.report.dialect == "csv family G");
  CHECK(reading.summary() == "1 2");
  CHECK(reading.rows[0].serial == kSpec.serial);
  CHECK(codes_of(reading.report) == "file.header_less");
}

TEST_CASE("G: without a hash that verifies, no header is a refusal") {
  const std::string damaged = support::with_changed_letter(kDevice.hash, 700);
  CHECK(read_text(row({kSpec.serial, "", damaged})).refusal() == "file.no_header");
  CHECK(read_text(row({kSpec.serial, "", "T0EAH"})).refusal() == "file.no_header");
  CHECK(read_text(row({kSpec.serial, kDevice.hash, ""})).refusal() == "file.no_header");
}

TEST_CASE("G: rows before the one that proves the columns are judged too") {
  const std::string damaged = support::with_changed_letter(kDevice.hash, 700);
  const Reading reading = read_text(row({make_device(8).spec.serial, "", damaged}) + "\r\n" +
                                    row({kSpec.serial, "", kDevice.hash}));
  CHECK(reading.summary() == "1!hash.damaged 3");
  CHECK(reading.report.rows == 2);
  CHECK(reading.report.blank_lines == 1);
}

TEST_CASE("G: header-less where configured, with any columns and separator") {
  ReadOptions options;
  options.columns = {Column::manufacturer, Column::model, Column::serial};
  const Reading reading = read_text("Contoso;Book;S-1\nContoso;Slate;S-2\n", options);
  CHECK(reading.summary() == "1 2");
  CHECK(reading.rows[1].model == "Slate");
  CHECK(codes_of(reading.report) == "file.header_less");
  const Reading named = read_text("Serial,Manufacturer,Model\nS-1,Contoso,Book\n", options);
  CHECK(named.summary() == "2");
  CHECK(named.rows[0].serial == "S-1");
  CHECK(codes_of(named.report).empty());
}

TEST_CASE("G: header-less where configured, a bad first line is a bad line") {
  ReadOptions options;
  options.columns = {Column::pkid, Column::local};
  const std::string good = "3305000000001,x\n";
  CHECK(read_text("\xFF,x\n" + good, options).summary() == "1!row.bad_encoding 2");
  CHECK(read_text("\"open,x\n" + good, options).summary() == "1!row.unclosed_quote 2");
  CHECK(read_text(repeated('x', 300'000) + "\n" + good, options).summary() == "1!row.too_long 2");
  const std::string key(support::fake_product_key());
  CHECK(read_text(key + ",x\n" + good, options).summary() == "1!secret.product_key 2");
}

TEST_CASE("G: manufacturer and model behind the hash, when the hash says the same") {
  const Reading reading =
      read_text(row({kSpec.serial, "", kDevice.hash, kSpec.manufacturer, kSpec.model}));
  CHECK(reading.summary() == "1");
  CHECK(reading.report.dialect == "csv family G");
  CHECK(reading.rows[0].model == kSpec.model);
  CHECK(read_text(row({kSpec.serial, "", kDevice.hash, "x", kSpec.model})).summary() ==
        "1!row.too_many_fields");
}

TEST_CASE("G: the 2019 factory kit, a 4-name header over 3-field rows, UTF-8 BOM") {
  check_device(
      "\xEF\xBB\xBF" + kFamilyA + ",Group Tag\r\n" + row({kSpec.serial, kSpec.pkid, kDevice.hash}),
      "csv family B");
}

TEST_CASE("H: Managed Desktop self-service") {
  check_device("Manufacturer,Model,Serial Number,Hardware Hash\r\n" +
                   row({kSpec.manufacturer, kSpec.model, kSpec.serial, kDevice.hash}),
               "csv family H");
}

TEST_CASE("I: ConfigMgr report export, titles first, names in every row") {
  const std::string names = R"("Device Serial Number","Windows Product ID","Hardware Hash",)";
  const std::string file = "textbox1,textbox2\r\nWindows Autopilot Device Information\r\n\r\n" +
                           names + row({kSpec.serial, "", kDevice.hash}) + names +
                           row({make_device(8).spec.serial, "", make_device(8).hash}) +
                           "Total,2\r\n";
  const Reading reading = read_text(file);
  CHECK(reading.report.dialect == "csv family I");
  CHECK(reading.summary() == "4 5 6!row.prose");
  CHECK(reading.rows[0].serial == kSpec.serial);
  CHECK(reading.rows[1].serial == make_device(8).spec.serial);
  CHECK(codes_of(reading.report) == "file.title_lines");
}

TEST_CASE("I: underscored names, as reports write them") {
  check_device("Device_Serial_Number,Windows_Product_ID,Hardware_Hash\r\n" +
                   row({kSpec.serial, "", kDevice.hash}),
               "csv family A");
}

TEST_CASE("J: Autopilot v2 \"corporate identifiers\", header-less") {
  const Reading reading = read_text("Contoso,Book 14,CT-0001\r\nContoso,Book 14,CT-0002\r\n");
  CHECK(reading.refusal() == "file.corporate_identifiers");
  CHECK(reading.report.refusal->fix.find("Manufacturer,Model,Serial Number") !=
        std::string_view::npos);
}

TEST_CASE("K: Endpoint Analytics / portal exports, no hash") {
  const Reading devices = read_text(
      "Device ID,Device name,Managed by,Ownership,Compliance,OS version,Serial number,"
      "Manufacturer,Model\r\n0,PC-1,Intune,Corporate,Compliant,10.0,CT-0001,Contoso,Book\r\n");
  CHECK(devices.refusal() == "file.portal_export");
  CHECK(devices.report.refusal->reason.find("device id, device name") != std::string::npos);
  CHECK(devices.rows.empty());
  CHECK(read_text("\"Device name\",\"Startup performance score\",\"Health status\"\nPC-1,5,good\n")
            .refusal() == "file.portal_export");
  // With hashes it is a device list, whatever else is in it.
  CHECK(read_text("Device name,Ownership,Serial number,Hardware Hash\r\n" +
                  row({"PC-1", "Corporate", kSpec.serial, kDevice.hash}))
            .summary() == "2");
}

TEST_CASE("L: MDM diagnostics, `DeviceHash_<name>.csv`, header family C") {
  check_device(
      kFamilyA + ",Group Tag,Assigned User\r\n" + row({kSpec.serial, "", kDevice.hash, "", ""}),
      "csv family C");
}

TEST_CASE("lines in front of the names are refused, not forgotten") {
  const Reading reading = read_text("Devices of line 7\r\n" + row({kSpec.serial, "", "T0EAH"}) +
                                    kFamilyA + "\r\n" + row({kSpec.serial, "", kDevice.hash}));
  CHECK(reading.summary() == "1!row.before_header 2!row.before_header 4");
  CHECK(reading.report.rows == 3);
  CHECK(reading.report.lines == 4);
}

TEST_CASE("a file of prose is refused for its first line, and not read to its end for it") {
  std::string text;
  for (int at = 0; at < 100; ++at) text += "nothing, that, helps " + std::to_string(at) + "\n";
  const Reading reading = read_text(text);
  CHECK(reading.refusal() == "file.no_header");
  CHECK(reading.report.refusal->reason.find("Line 1 ") == 0);
}
