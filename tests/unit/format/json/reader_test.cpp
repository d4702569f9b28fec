#include "format/json/reader.hpp"

#include "unit/format/json/documents.hpp"
#include "unit/format/reading.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::format;
using support::make_device;

namespace {

const std::string kBatchTail = R"(],"Attributes":{"ObjectType":"DeviceBatchCreationRequest"}})";

std::string list_of(std::initializer_list<std::string> devices, std::string_view between = ",") {
  std::string text;
  for (const std::string& device : devices) {
    if (!text.empty()) text += between;
    text += device;
  }
  return text;
}

void check_devices(const Reading& reading, std::initializer_list<std::uint64_t> numbers) {
  CHECK(reading.refusal().empty());
  REQUIRE(reading.rows.size() == numbers.size());
  auto row = reading.rows.begin();
  for (const std::uint64_t number : numbers) {
    INFO(row->codes);
    CHECK_FALSE(row->is_rejected);
    CHECK(row->serial == make_device(number).spec.serial);
    ++row;
  }
}

std::string sole_code(const Reading& reading) {
  return reading.rows.size() == 1 && reading.rows[0].is_rejected ? reading.rows[0].codes : "none";
}

}  // namespace

TEST_CASE("2 Partner Center create-batch body: PascalCase, a device for each of its list") {
  const Reading reading = read_text(R"({"BatchId":"line-1","Devices":[)" +
                                    list_of({pascal_device(1), pascal_device(2)}) + kBatchTail);
  check_devices(reading, {1, 2});
  CHECK(reading.report.dialect == "json list Devices");
  CHECK(reading.report.rows == 2);
  CHECK(reading.rows[0].pkid == make_device(1).spec.pkid);
  CHECK(reading.rows[0].group_tag == "line-1");
  CHECK(reading.rows[0].hash_bytes == support::make_hash_bytes(make_device(1).spec).size());
}

TEST_CASE("2 Device list response: camelCase, totalCount and items, a key with a leading space") {
  const Reading reading = read_text(R"({"totalCount":2,"items":[)" +
                                    list_of({camel_device(1), camel_device(2)}) + "]}");
  check_devices(reading, {1, 2});
  CHECK(reading.report.dialect == "json list items");
  CHECK(reading.rows[1].manufacturer == make_device(2).spec.manufacturer);
  CHECK(reading.rows[1].model == make_device(2).spec.model);
}

TEST_CASE("2 the other shapes: bare object, array, devices, value, and no list at all") {
  check_devices(read_text(camel_device(1)), {1});
  check_devices(read_text("[" + list_of({camel_device(1), pascal_device(2)}) + "]"), {1, 2});
  check_devices(read_text("\n [\n" + list_of({tuple_device(1), tuple_device(2)}, ",\n") + "\n]\n"),
                {1, 2});
  check_devices(read_text(R"({"devices":[)" + camel_device(1) + "]}"), {1});
  check_devices(read_text(R"({"@odata.context":"x","value":[)" + graph_device(1) + "]}"), {1});
  CHECK(read_text("[]").refusal() == "file.no_devices");
  CHECK(read_text(R"({"Devices":[]})").refusal() == "file.no_devices");
}

TEST_CASE("2 Microsoft Graph importedWindowsAutopilotDeviceIdentity: the import action and one") {
  const Reading reading = read_text(R"({"importedWindowsAutopilotDeviceIdentities":[)" +
                                    list_of({graph_device(1), graph_device(2, "kiosk")}) + "]}");
  check_devices(reading, {1, 2});
  CHECK(reading.rows[0].pkid == make_device(1).spec.pkid);  // from the hash
  CHECK(reading.rows[1].group_tag == "kiosk");
  check_devices(read_text(graph_device(3)), {3});
}

TEST_CASE("2 Graph windowsAutopilotDeviceIdentity: serial number, manufacturer and model") {
  check_devices(read_text(R"({"value":[)" + tuple_device(1) + "]}"), {1});
}

TEST_CASE("2 a script that writes a GUID into productKey is found out") {
  const Reading reading = read_text(
      R"([{"serialNumber":"CONTOSO-1","productKey":"00000000-0000-0000-0000-000000000001"}])");
  CHECK(sole_code(reading) == "pkid.malformed");
}

TEST_CASE("names of CSV headers, as ConvertTo-Json makes them, are understood") {
  const auto device = make_device(5);
  check_devices(
      read_text(R"([{"Device Serial Number":)" + as_json(device.spec.serial) +
                R"(,"Windows Product ID":"","Hardware Hash":)" + as_json(device.hash) + "}]"),
      {5});
}

TEST_CASE("2 JSON Lines: one object per line, blank lines ignored, a line of its own for each") {
  const Reading reading =
      read_text(camel_device(1) + "\n\n" + camel_device(2) + "\r\n  \n" + tuple_device(3));
  check_devices(reading, {1, 2, 3});
  CHECK(reading.summary() == "1 3 5");
  CHECK(reading.report.dialect == "json lines");
  CHECK(reading.report.lines == 5);
  CHECK(reading.report.warnings.empty());
}

TEST_CASE(
    "2 JSON Lines: a line that is not complete JSON at the end is refused, the others taken") {
  const Reading reading = read_text(camel_device(1) + "\n" + camel_device(2).substr(0, 700));
  CHECK(reading.summary() == "1 2!row.json_cut_off");
  CHECK(reading.refusal().empty());
}

TEST_CASE("JSON Lines: a broken line costs itself only") {
  const std::string cut = camel_device(2).substr(0, 900);
  const Reading reading = read_text(
      list_of({camel_device(1), cut, camel_device(3), "no JSON", R"({"serialNumber":"X")",
               camel_device(4), "17", R"({"serialNumber":tru})", " " + camel_device(5), ""},
              "\n"));
  CHECK(reading.summary() ==
        "1 2!row.json_broken 3 4!row.json_broken 5!row.json_broken 6 7!row.json_broken "
        "8!row.json_broken 9");
}

TEST_CASE("JSON Lines may hold lists, and files may be merged with a mark in the middle") {
  const std::string text = camel_device(1) + "\n[" + camel_device(2) + "]\n" + R"({"Devices":[)" +
                           camel_device(3) + "]}\n\xEF\xBB\xBF" + camel_device(4) + "\n";
  const Reading reading = read_text(text);
  check_devices(reading, {1, 2, 3, 4});
  CHECK(reading.summary() == "1 2 3 4");
}

TEST_CASE("a record's line is where it begins; records that share a line are counted on") {
  const Reading spread = read_text("{\n\"Devices\": [\n" + tuple_device(1) + ",\n {\n" +
                                   R"("serialNumber": "CONTOSO-X",)" + "\n" +
                                   R"("productKey": "3305000000001"})" + "\n]\n}\n");
  CHECK(spread.summary() == "3 4");
  CHECK(spread.report.lines == 8);
  CHECK(spread.report.warnings.empty());
  const std::string shared = "[" + list_of({tuple_device(1), tuple_device(2), tuple_device(3)}) +
                             "]\n" + tuple_device(4) + "\n\n\n" + tuple_device(5);
  const Reading counted = read_text(shared);
  CHECK(counted.summary() == "1 2 3 4 5");
  REQUIRE(counted.report.warnings.size() == 1);
  CHECK(counted.report.warnings[0].code == "file.records_share_lines");
  CHECK(counted.report.lines == 5);
}

TEST_CASE("a JSON file is read on behind the last record that is stored") {
  std::string text = "[";
  for (std::uint64_t number = 1; number <= 9; ++number) text += tuple_device(number) + ",";
  text += tuple_device(10) + "]";
  ReadOptions options;
  options.resume_after_line = 7;
  const Reading reading = read_text(text, options);
  CHECK(reading.summary() == "8 9 10");
  CHECK(reading.report.rows == 10);
}

TEST_CASE("2 numbers where texts belong are refused with the reason") {
  const Reading reading = read_text(
      R"([{"serialNumber":16520771357,"manufacturer":"Contoso","model":"Contoso Book 14"},)"
      R"({"serialNumber":"CONTOSO-1","productKey":3305000000001},)"
      R"({"serialNumber":"CONTOSO-2","hardwareHash":true},)"
      R"({"serialNumber":"CONTOSO-3","productKey":["3305000000001"]},)"
      R"({"serialNumber":"CONTOSO-4","productKey":"3305000000001","count":7}])");
  REQUIRE(reading.rows.size() == 5);
  CHECK(reading.rows[0].codes == "row.json_number");
  CHECK(reading.rows[1].codes == "row.json_number");
  CHECK(reading.rows[1].serial == "CONTOSO-1");
  CHECK(reading.rows[2].codes == "row.json_not_text");
  CHECK(reading.rows[3].codes == "row.json_not_text");
  CHECK_FALSE(reading.rows[4].is_rejected);
}

TEST_CASE("2 duplicate keys are refused, at every depth and around the list") {
  CHECK(sole_code(read_text(R"([{"serialNumber":"A","serialNumber":"B"}])")) ==
        "row.json_duplicate_name");
  CHECK(sole_code(read_text(R"([{"productKey":"3305000000001","x":{"y":[{"z":1,"z":1}]}}])")) ==
        "row.json_duplicate_name");
  CHECK(sole_code(read_text(R"([{"serialNumber":"A","serial\u004eumber":"A"}])")) ==
        "row.json_duplicate_name");
  CHECK(read_text(R"({"BatchId":"a","BatchId":"a","Devices":[]})").refusal() == "file.json_broken");
  CHECK(read_text(R"({"BatchId":"a","Devices":[],"BatchId":"a"})").refusal() == "file.json_broken");
  CHECK(read_text(R"({"Devices":[],"Devices":[]})").refusal() == "file.json_two_lists");
  CHECK(read_text(R"({"devices":[],"items":[]})").refusal() == "file.json_two_lists");
}

TEST_CASE("two names for one field must say the same") {
  const std::string head = R"([{"productKey":"3305000000001","groupTag":"a","orderIdentifier":)";
  CHECK_FALSE(read_text(head + R"("a"}])").rows.at(0).is_rejected);
  CHECK_FALSE(read_text(head + R"(""}])").rows.at(0).is_rejected);
  CHECK_FALSE(read_text(head + R"(null}])").rows.at(0).is_rejected);
  CHECK(sole_code(read_text(head + R"("b"}])")) == "row.json_two_names");
}

TEST_CASE("2 unknown top-level types are refused, and said what they are") {
  const Reading other = read_text(R"({"name":"x","count":3})");
  CHECK(other.refusal() == "file.json_not_devices");
  CHECK(other.report.refusal->reason.find("name, count") != std::string::npos);
  CHECK(other.rows.empty());
  CHECK(other.report.rows == 0);
  const Reading status = read_text(
      R"({"batchTrackingId":"x","status":"finished","devicesStatus":[{"serialNumber":"A"}]})");
  CHECK(status.refusal() == "file.json_status_answer");
  const Reading mixed = read_text("[1,\"x\",[],null," + tuple_device(1) + "]");
  CHECK(mixed.summary() ==
        "1!row.json_not_object 2!row.json_not_object 3!row.json_not_object 4!row.json_not_object "
        "5");
  CHECK(sole_code(read_text("[{}]")) == "row.not_identifying");
}

TEST_CASE("broken structure refuses the file, and says where") {
  const std::pair<std::string, std::string> cases[] = {
      {"[" + tuple_device(1), "file.json_cut_off"},
      {"[" + tuple_device(1) + ",", "file.json_cut_off"},
      {"[" + tuple_device(1) + ",]", "file.json_broken"},
      {"[" + tuple_device(1) + " " + tuple_device(2) + "]", "file.json_broken"},
      {"[" + tuple_device(1) + "}", "file.json_broken"},
      {R"({"Devices":[)" + tuple_device(1) + "]", "file.json_cut_off"},
      {R"({"Devices":[)" + tuple_device(1) + "]]", "file.json_broken"},
      {R"({"Devices":[)" + tuple_device(1) + R"(],"x"})", "file.json_broken"},
      {R"({"a" "b"})", "file.json_broken"},
      {R"({'a':1})", "file.json_broken"},
      {R"({"a":<b>})", "file.json_broken"},
      {R"({"serialNumber":"a)", "file.json_cut_off"},
      {tuple_device(1) + ",\n" + tuple_device(2), "file.json_broken"},
      {"{", "file.json_cut_off"},
      {"[", "file.json_cut_off"},
  };
  for (const auto& [text, code] : cases) {
    INFO(text);
    CHECK(read_text(text).refusal() == code);
  }
  const Reading reading = read_text("[\n" + tuple_device(1) + ",\n{\"a\" 1}]");
  REQUIRE(reading.report.refusal);
  CHECK(reading.report.refusal->reason.find("Line 3:") == 0);
}

TEST_CASE("I1h numbers 1e999 and their like have a clear verdict") {
  for (const std::string number :
       {"1e999", "-1e999", "01", "1.", "+1", "NaN", "tru", "123456789012345678901234567890"}) {
    INFO(number);
    const Reading reading = read_text("[{\"productKey\":\"3305000000001\",\"x\":" + number + "}," +
                                      tuple_device(1) + "]");
    CHECK(reading.summary() == "1!row.json_broken 2");
  }
}

TEST_CASE("I1h deep JSON (100 k) has a clear verdict and costs no stack") {
  const std::string deep = repeated('[', 100'000) + repeated(']', 100'000);
  CHECK(read_text("[" + deep + "," + tuple_device(1) + "]").summary() == "1!row.json_broken 2");
  std::string objects;
  for (int depth = 0; depth < 100'000; ++depth) objects += R"({"a":)";
  CHECK(read_text(objects).summary() == "1!row.json_broken");
  CHECK(read_text(objects + "1" + repeated('}', 100'000) + "\n" + tuple_device(1)).summary() ==
        "1!row.json_broken 2");
  CHECK(read_text(repeated('[', 100'000)).refusal() == "file.json_cut_off");
}

TEST_CASE("I1h NUL bytes and invalid UTF-8 have a clear verdict") {
  const std::string zero(1, '\0');
  CHECK(read_text("[{\"serialNumber\":\"A" + zero + "\"}," + tuple_device(1) + "]").summary() ==
        "1!row.nul_bytes 2");
  CHECK(read_text("[" + tuple_device(1) + zero + "]").refusal() == "file.json_broken");
  CHECK(read_text(tuple_device(1) + "\n" + repeated('\0', 5000)).summary() == "1 2!row.nul_bytes");
  CHECK(read_text("[{\"serialNumber\":\"A\xFF\"}," + tuple_device(1) + "]").summary() ==
        "1!row.bad_encoding 2");
  CHECK(sole_code(read_text("[{\"serialNumber\":\"A\\ud800\"}]")) == "row.json_broken");
}

TEST_CASE("I1h UTF-16 and BOM: the same records") {
  const std::string text = "[" + list_of({camel_device(1), camel_device(2)}, ",\r\n") + "]\r\n";
  for (const std::string& file : {"\xEF\xBB\xBF" + text, "\xFF\xFE" + support::utf16le(text),
                                  "\xFE\xFF" + support::utf16be(text), support::utf16le(text)}) {
    const Reading reading = read_text(file);
    check_devices(reading, {1, 2});
    CHECK(reading.summary() == "1 2");
  }
}

TEST_CASE("a record that is too long costs itself only") {
  const std::string huge = R"({"serialNumber":")" + repeated('A', 300'000) + "\"}";
  CHECK(read_text("[" + huge + "," + tuple_device(1) + "]").summary() == "1!row.too_long 2");
  CHECK(read_text(huge + "\n" + tuple_device(1)).summary() == "1!row.too_long 2");
  CHECK(read_text("[\"" + repeated('A', 300'000) + "\"," + tuple_device(1) + "]").summary() ==
        "1!row.too_long 2");
  const std::string unclosed = R"({"serialNumber":")" + repeated('A', 300'000);
  CHECK(read_text(tuple_device(1) + "\n" + unclosed + "\n" + tuple_device(2)).summary() ==
        "1 2!row.too_long 3");
  std::string wide = R"({"productKey":"3305000000001")";
  for (int name = 0; name < 300; ++name) wide += ",\"n" + std::to_string(name) + "\":1";
  CHECK(sole_code(read_text("[" + wide + "}]")) == "row.too_many_columns");
}

TEST_CASE("pieces of any size give the same records") {
  std::string text = R"({"BatchId":"x","Devices":[)";
  for (std::uint64_t number = 1; number <= 60; ++number) text += "\n" + camel_device(number) + ",";
  text += pascal_device(61) + kBatchTail + "\n";
  const Reading whole = read_text(text);
  REQUIRE(whole.rows.size() == 61);
  for (const std::size_t step : {1U, 7U, 4096U, 65'537U}) {
    SlowSource source(text, step);
    const Reading reading = read_from(source);
    CHECK(reading.rows == whole.rows);
    CHECK(reading.report.lines == whole.report.lines);
  }
}

TEST_CASE("a product key refuses its record, wherever it is, and no finding shows it") {
  const std::string key(support::fake_product_key());
  const std::string escaped = "BCDFG\\u002dHJKMP-QRTVW-XY234-6789B";
  for (const std::string& record : {R"({"serialNumber":"A","productKey":")" + key + "\"}",
                                    R"({"productKey":"3305000000001","x":{"y":[")" + key + "\"]}}",
                                    R"({"productKey":"3305000000001","x":")" + escaped + "\"}",
                                    R"({"productKey":"3305000000001",")" + key + "\":1}",
                                    R"({"productKey":3305000000001,"x":")" + key + "\"}",
                                    R"({"productKey":1e999,"x":")" + key + "\"}"}) {
    INFO(record);
    const Reading reading = read_text("[" + record + "," + tuple_device(1) + "]");
    CHECK(reading.summary() == "1!secret.product_key 2");
    CHECK(reading.report.holds_secret);
  }
  const Reading outside =
      read_text(R"({"note":")" + key + R"(","Devices":[)" + tuple_device(1) + "]}");
  CHECK(outside.refusal() == "secret.product_key");
  CHECK(outside.report.holds_secret);
  CHECK(read_text(tuple_device(1) + "\nnote: " + key + "\n").summary() == "1 2!secret.product_key");
  CHECK(read_text(R"({"note":")" + key + "\"}").report.holds_secret);
  CHECK(read_text("[1 " + repeated(' ', 90'000) + key).report.holds_secret);
  CHECK(read_text("[\"" + repeated(' ', 90'000) + key + repeated(' ', 90'000) + "\"]")
            .report.holds_secret);
  CHECK_FALSE(read_text("[" + camel_device(1) + "]").report.holds_secret);
}

TEST_CASE("a batch id in front of the devices is their group tag, one behind is warned about") {
  record::CheckOptions options;
  options.batch_id = "line-2";
  const std::string devices = R"("Devices":[)" + pascal_device(1) + "]";
  const Reading before = read_text(R"({"BatchId":"line-1",)" + devices + "}", {}, options);
  CHECK(before.rows.at(0).codes == "group_tag.not_used");
  const Reading behind = read_text("{" + devices + R"(,"BatchId":"line-1"})", {}, options);
  CHECK(behind.rows.at(0).codes.empty());
  REQUIRE(behind.report.warnings.size() == 1);
  CHECK(behind.report.warnings[0].code == "file.json_batch_id_late");
}

TEST_CASE("a page of a longer list is taken with a warning") {
  const std::string next = R"("@odata.nextLink":"https://example.com/more")";
  for (const std::string& text : {"{" + next + R"(,"value":[)" + tuple_device(1) + "]}",
                                  R"({"value":[)" + tuple_device(1) + "]," + next + "}"}) {
    const Reading reading = read_text(text);
    check_devices(reading, {1});
    REQUIRE(reading.report.warnings.size() == 1);
    CHECK(reading.report.warnings[0].code == "file.json_more_pages");
  }
}
