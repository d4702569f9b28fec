#include "format/xml/reader.hpp"

#include "unit/format/reading.hpp"
#include "unit/format/xml/documents.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::format;
using support::make_device;

namespace {

ReadOptions allowed() {
  ReadOptions options;
  options.extract_key_exports = true;
  return options;
}

void check_devices(const Reading& reading, std::initializer_list<std::uint64_t> numbers) {
  CHECK(reading.refusal().empty());
  REQUIRE(reading.rows.size() == numbers.size());
  auto row = reading.rows.begin();
  for (const std::uint64_t number : numbers) {
    INFO(row->codes);
    CHECK_FALSE(row->is_rejected);
    CHECK(row->serial == make_device(number).spec.serial);
    CHECK(row->pkid == make_device(number).spec.pkid);
    CHECK(row->hash_bytes == support::make_hash_bytes(make_device(number).spec).size());
    ++row;
  }
}

// No byte of a key in what is said about a file.
void check_says_nothing(const Reading& reading) {
  const std::string part(support::fake_product_key().substr(0, 5));
  if (reading.report.refusal) {
    CHECK(reading.report.refusal->reason.find(part) == std::string::npos);
    CHECK_FALSE(reading.report.refusal->fix.empty());
  }
  for (const ReadRow& row : reading.rows) {
    CHECK((row.pkid + row.serial + row.model).find(part) == std::string::npos);
  }
}

}  // namespace

TEST_CASE("3.2 report | `Key` | PKID yes | key no | hash yes | serial inside hash: ingest yes") {
  const Reading reading = read_text(report_of(1));
  check_devices(reading, {1});
  CHECK(reading.summary() == "1");
  CHECK(reading.rows[0].codes.empty());
  CHECK(reading.report.dialect == "oa3 report");
  CHECK(reading.report.lines == 1);
  CHECK_FALSE(reading.report.holds_secret);
}

TEST_CASE("3.2 report with a declaration, blanks, optional elements and a serial number") {
  const auto device = make_device(2);
  const std::string text =
      "<?xml version=\"1.0\" encoding=\"windows-1252\"?>\r\n<!-- made by a test -->\r\n<Key>\r\n "
      " " +
      element("ProductKeyID", " " + device.spec.pkid + " ") + "\r\n  " +
      element("ProductKeyState", "3") + "\r\n  " + element("HardwareHash", device.hash) +
      "<OEMOptionalInfo><Field><Name>ZPC_MODEL_SKU</Name><Value>CONTOSO-OTHER</Value></Field>"
      "</OEMOptionalInfo><TrackingInfo>x<y z=\"1\"/></TrackingInfo>" +
      element("SerialNumber", device.spec.serial) + "\r\n</Key>\r\n";
  const Reading reading = read_text(text);
  check_devices(reading, {2});
  CHECK(reading.summary() == "3");
  CHECK(reading.report.lines == 7);
  std::string other = text;
  other.replace(other.find("<SerialNumber>") + 14, 7, "FABRIKA");
  CHECK(read_text(other).rows.at(0).codes == "serial.disagrees_with_hash");
}

TEST_CASE("3.2 report of a run without a key check: PKID absent, state 6") {
  support::HashSpec spec = make_device(3).spec;
  spec.pkid.clear();
  const Reading reading =
      read_text(element("Key", element("ProductKeyState", "6") +
                                   element("HardwareHash", support::make_hash_text(spec))));
  REQUIRE(reading.rows.size() == 1);
  CHECK_FALSE(reading.rows[0].is_rejected);
  CHECK(reading.rows[0].codes.empty());
  CHECK(reading.rows[0].pkid.empty());
}

TEST_CASE("3.1 ProductKeyState: 3 and up are taken but 5, 8 and 10; 1 and 2 are warned about") {
  const std::pair<std::string, std::string> cases[] = {
      {"0", "row.key_state_refused"},
      {"1", "row.key_state_early"},
      {"2", "row.key_state_early"},
      {"3", ""},
      {"4", ""},
      {"5", "row.key_state_refused"},
      {"6", ""},
      {"7", ""},
      {"8", "row.key_state_refused"},
      {"9", ""},
      {"10", "row.key_state_refused"},
      {"11", ""},
      {"12", ""},
      {"13", ""},
      {" 05 ", "row.key_state_refused"},
      {"x", "row.key_state_refused"},
      {"-1", "row.key_state_refused"},
      {"", ""},
  };
  for (const auto& [state, codes] : cases) {
    INFO(state);
    const Reading reading = read_text(report_of(1, state));
    REQUIRE(reading.rows.size() == 1);
    CHECK(reading.rows[0].codes == codes);
    CHECK(reading.rows[0].is_rejected == (codes == "row.key_state_refused"));
  }
  CHECK(read_text(report_of(1, "5")).rows[0].pkid == make_device(1).spec.pkid);
}

TEST_CASE("3.2 assemble | `Key` | 25-char key YES: refuse + redact") {
  for (const std::string& text :
       {assemble_of(1), assemble_of(1).substr(0, 60), "<?xml version='1.0'?>\n" + assemble_of(1),
        assemble_of(1) + "garbage", report_of(2) + "\n" + assemble_of(1),
        "\xFF\xFE" + support::utf16le(assemble_of(1)),
        element("Key", element("ProductKey", "BCDFGHJKMPQRTVWXY2346789B") +
                           element("HardwareHash", make_device(1).hash)),
        element("Key", element("ProductKey", "half a key"))}) {
    INFO(text.substr(0, 40));
    const Reading reading = read_text(text);
    CHECK(reading.refusal() == "file.oa3_assemble");
    CHECK(reading.report.holds_secret);
    CHECK(reading.rows.empty());
    check_says_nothing(reading);
  }
}

TEST_CASE("3.5 a key anywhere else in a report refuses it as a whole") {
  const std::string key(support::fake_product_key());
  const std::string hash = element("HardwareHash", make_device(1).hash);
  for (const std::string& text :
       {element("Key", hash + element("TrackingInfo", key)),
        element("Key", hash + element("TrackingInfo", repeated(' ', 65'530) + key)),
        element("Key", hash + key), "<Key note='" + key + "'>" + hash + "</Key>",
        "<Key><!-- " + key + " -->" + hash + "</Key>", "<Key><?x " + key + "?>" + hash + "</Key>",
        element("Key", hash + element("OEMOptionalInfo", element("Field", key))),
        "<!-- " + key + " -->\n" + element("Key", hash),
        element("Key", hash) + "\n<!-- " + key + " -->",
        element("Key", hash) + "\n<?x " + key + "?>",
        element("Key", hash) + "\n<!-- " + key + " -->" + element("Key", hash),
        element("Key", hash + "<A>BCDFG&#45;HJKMP-QRTVW-XY234-6789B</A>")}) {
    INFO(text.substr(0, 60));
    const Reading reading = read_text(text);
    CHECK(reading.refusal() == "secret.product_key");
    CHECK(reading.report.holds_secret);
    CHECK(reading.rows.empty());
    check_says_nothing(reading);
  }
}

TEST_CASE("3.2 input.xml placeholder: a key of X is no secret, and no device") {
  const Reading reading = read_text(element(
      "Key", element("ProductKey", "XXXXX-XXXXX-XXXXX-XXXXX-XXXXX") +
                 element("ProductKeyID", "0000000000000") + element("ProductKeyState", "0")));
  CHECK(reading.refusal() == "file.oa3_input");
  CHECK(reading.rows.empty());
}

TEST_CASE("3.2 OA3.bin | binary | 25-char key YES: refuse") {
  const std::string head("\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\x1D\0\0\0", 20);
  const std::string binary = head + std::string(support::fake_product_key());
  const Reading reading = read_text(binary);
  CHECK(reading.refusal() == "file.oa3_binary");
  CHECK(reading.report.holds_secret);
  check_says_nothing(reading);
  CHECK(judge_completeness(binary, binary) == Completeness::complete);
  CHECK(read_text(std::string("MSDM\x55\0\0\0", 8) + binary).refusal() == "file.oa3_binary");
  CHECK(read_text(head + "no key").refusal() != "file.oa3_binary");
}

TEST_CASE("3.2 cfg | `OA3`: ignore") {
  const Reading reading =
      read_text("<OA3><FileBased><InputKeyXMLFile>C:\\in.xml</InputKeyXMLFile></FileBased></OA3>");
  CHECK(reading.refusal() == "file.oa3_config");
  CHECK_FALSE(reading.report.holds_secret);
}

TEST_CASE("3.2 trace | `HardwareVerificationReport` / `...Data`: ignore, even with a key") {
  for (const std::string root : {"HardwareVerificationReport", "HardwareVerificationReportData"}) {
    const Reading clean = read_text(element(root, element("p", "x")));
    CHECK(clean.refusal() == "file.oa3_trace");
    CHECK_FALSE(clean.report.holds_secret);
    const Reading keyed =
        read_text(element(root, repeated(' ', 200'000) + "<p n='K' v='" +
                                    std::string(support::fake_product_key()) + "'/>"));
    CHECK(keyed.refusal() == "file.oa3_trace");
    CHECK(keyed.report.holds_secret);
    check_says_nothing(keyed);
  }
}

TEST_CASE("3.2 hwdecode | `HardwareReport`: metadata only (no blob to upload)") {
  CHECK(read_text("<HardwareReport><HardwareInventory><p n=\"SerialNumber\" v=\"CONTOSO-1\"/>"
                  "</HardwareInventory></HardwareReport>")
            .refusal() == "file.oa3_decoded_hash");
}

TEST_CASE("3.2 DIS key export (non-encrypted) | `ExportKeyList`: extract only with opt-in") {
  const std::string text = key_export_of({1, 2});
  const Reading refused = read_text(text);
  CHECK(refused.refusal() == "file.key_export");
  CHECK(refused.report.holds_secret);
  CHECK(refused.rows.empty());
  check_says_nothing(refused);
  const Reading taken = read_text(text, allowed());
  check_devices(taken, {1, 2});
  CHECK(taken.summary() == "1 2");
  CHECK(taken.report.holds_secret);
  CHECK(taken.report.dialect == "key export");
  check_says_nothing(taken);
  std::string other = text;
  other.insert(other.find("<SerialNumber>"), element("Note", support::fake_product_key()));
  CHECK(read_text(other, allowed()).summary() == "1!secret.product_key 2");
}

TEST_CASE("3.2 DIS key export (encrypted) | `EncryptedExportKeyList`: refuse") {
  for (const ReadOptions& options : {ReadOptions(), allowed()}) {
    CHECK(read_text(element("EncryptedExportKeyList", "AAAA"), options).refusal() ==
          "file.key_export_encrypted");
  }
}

TEST_CASE("3.2 CBR (`ComputerBuildReport`) | Bindings/Binding: possible bulk source, by opt-in") {
  const std::string text = build_report_of({1, 2, 3});
  CHECK(read_text(text).refusal() == "file.build_report");
  CHECK(read_text(text).rows.empty());
  const Reading taken = read_text(text, allowed());
  check_devices(taken, {1, 2, 3});
  CHECK(taken.summary() == "2 3 4");
  CHECK(taken.rows[0].model.empty());
  CHECK(taken.report.dialect == "build report");
}

TEST_CASE("3.5 a key in a build report refuses its record, or the file when it is in none") {
  const std::string note = element("Note", support::fake_product_key());
  std::string text = build_report_of({1, 2});
  text.insert(text.find("<ProductKeyID>"), note);
  CHECK(read_text(text, allowed()).summary() == "2!secret.product_key 3");
  text = build_report_of({1, 2});
  text.insert(text.find("</Bindings>"), note);
  CHECK(read_text(text, allowed()).refusal() == "secret.product_key");
  CHECK(read_text(text, allowed()).report.holds_secret);
}

TEST_CASE("3.2 CBR ack | per key ReasonCode: useful negative signal, no device") {
  CHECK(
      read_text(element("ComputerBuildReportAck", element("Binding", element("ReasonCode", "01"))),
                allowed())
          .refusal() == "file.build_report_ack");
}

TEST_CASE("3.4 HP UnitStatusRequest is recognised") {
  CHECK(
      read_text("<a:UnitStatusRequest xmlns:a=\"http://HP.ITTS.OA30/digitaldistribution/2011/08\">"
                "<a:HPSerialNumber>CONTOSO-1</a:HPSerialNumber></a:UnitStatusRequest>")
          .refusal() == "file.unit_status");
}

TEST_CASE("3.4 test-log text files with the whole XML embedded are recognised") {
  const std::string log = "12:00:01 unit 7 started\n12:00:02 OA3 report:\n" + report_of(1) + "\n" +
                          report_of(1) + "\n12:00:03 passed\n";
  const Reading reading = read_text(log);
  CHECK(reading.refusal() == "file.oa3_in_log");
  CHECK_FALSE(reading.report.holds_secret);
  CHECK(read_text("log\n" + repeated('x', 90'000)).refusal() != "file.oa3_in_log");
  CHECK(read_text("log\n" + assemble_of(1)).report.holds_secret);
}

TEST_CASE("reports one after another in one file are so many records") {
  const Reading reading =
      read_text(report_of(1) + "\n" + report_of(2) + report_of(3) + "\r\n\xEF\xBB\xBF" +
                "<?xml version=\"1.0\"?>\r\n" + report_of(4) + "\n");
  check_devices(reading, {1, 2, 3, 4});
  CHECK(reading.summary() == "1 2 3 4");
  CHECK(read_text(report_of(1) + "more").refusal() == "file.xml_broken");
}

TEST_CASE("a report may begin anywhere in a window") {
  const std::string first = report_of(1);
  for (std::size_t start = 65'530; start < 65'542; ++start) {
    INFO(start);
    const std::string blanks = repeated(' ', start - first.size());
    check_devices(read_text(first + blanks + report_of(2)), {1, 2});
    check_devices(read_text(first + "<!--" + blanks.substr(7) + "-->" + report_of(2)), {1, 2});
    check_devices(read_text(first + blanks + "\xEF\xBB\xBF" + report_of(2)), {1, 2});
  }
}

TEST_CASE("UTF-16 XML is read whatever its declaration says") {
  const std::string text =
      "<?xml version=\"1.0\" encoding=\"utf-16\"?>\r\n" + report_of(1) + "\r\n";
  check_devices(read_text("\xFF\xFE" + support::utf16le(text)), {1});
  check_devices(read_text("\xFE\xFF" + support::utf16be(text)), {1});
  check_devices(read_text(support::utf16le(report_of(1))), {1});
  check_devices(read_text("\xEF\xBB\xBF" + report_of(1)), {1});
}

TEST_CASE("no document types, no entities, nothing fetched") {
  const std::string laughs =
      "<?xml version=\"1.0\"?><!DOCTYPE Key [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">"
      "<!ENTITY c \"&b;&b;&b;\">]><Key><HardwareHash>&c;</HardwareHash></Key>";
  CHECK(read_text(laughs).refusal() == "file.xml_doctype");
  CHECK(read_text("<!DOCTYPE Key SYSTEM \"file:///etc/passwd\"><Key/>").refusal() ==
        "file.xml_doctype");
  CHECK(read_text("<!DOCTYPE html><html></html>").refusal() == "file.xml_doctype");
  CHECK(read_text("<Key><HardwareHash>&xxe;</HardwareHash></Key>").refusal() == "file.xml_broken");
}

TEST_CASE("XML that is broken or cut off, and XML of other kinds, is told apart") {
  const std::string report = report_of(1);
  for (std::size_t size = 1; size < report.size(); size += 97) {
    INFO(size);
    CHECK(read_text(report.substr(0, size)).refusal() == "file.xml_cut_off");
  }
  CHECK(read_text("<Key><A></B></Key>").refusal() == "file.xml_broken");
  CHECK(read_text("<Key>" + std::string(10, '\0') + "</Key>").refusal() == "file.xml_broken");
  CHECK(read_text("<Key>\xFF</Key>").refusal() == "file.xml_broken");
  CHECK(read_text("<a></a>").refusal() == "file.xml_unknown");
  CHECK(read_text("<Key/>").rows.at(0).codes == "row.not_identifying");
  CHECK(read_text("<ExportKeyList><Keys/></ExportKeyList>", allowed()).refusal() ==
        "file.no_devices");
}

TEST_CASE("hostile XML is bounded") {
  std::string deep;
  for (int depth = 0; depth < 100'000; ++depth) deep += "<a>";
  CHECK(read_text("<Key>" + deep).refusal() == "file.xml_too_complex");
  std::string wide = "<Key";
  for (int name = 0; name < 200; ++name) wide += " a" + std::to_string(name) + "='1'";
  CHECK(read_text(wide + "/>").refusal() == "file.xml_too_complex");
  CHECK(read_text("<Key a='" + repeated('x', 1'000'000) + "'/>").refusal() ==
        "file.xml_too_complex");
  CHECK(read_text("<!--" + repeated('x', 1'000'000) + "--><Key/>").refusal() ==
        "file.xml_too_complex");
  CHECK(
      read_text(element("Key", element("HardwareHash", repeated('A', 300'000)))).rows.at(0).codes ==
      "row.field_too_long");
  CHECK(read_text(element("Key", element("X", repeated('A', 3'000'000)) +
                                     element("HardwareHash", make_device(1).hash)))
            .summary() == "1");
}

TEST_CASE("XML in pieces of any size gives the same records") {
  const std::string text =
      build_report_of({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20});
  const Reading whole = read_text(text, allowed());
  REQUIRE(whole.rows.size() == 20);
  for (const std::size_t step : {1U, 7U, 4096U, 65'537U}) {
    SlowSource source(text, step);
    const Reading reading = read_from(source, allowed());
    CHECK(reading.rows == whole.rows);
    CHECK(reading.report.lines == whole.report.lines);
  }
}

TEST_CASE("an XML file is read on behind the last record that is stored") {
  ReadOptions options = allowed();
  options.resume_after_line = 2;
  const Reading reading = read_text(key_export_of({1, 2, 3}), options);
  CHECK(reading.summary() == "3");
  CHECK(reading.report.rows == 3);
}
