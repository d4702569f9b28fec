#include "format/xml/rejects.hpp"

#include "unit/format/copied_rejects.hpp"
#include "unit/format/xml/documents.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::format;

namespace {

ReadOptions with_exports() {
  ReadOptions options;
  options.extract_key_exports = true;
  return options;
}

const std::string kKey(support::fake_product_key());

std::string masked(std::string text) {
  for (std::size_t at = 0; (at = text.find(kKey, at)) != std::string::npos;) {
    text.replace(at, kKey.size(), kKey.size(), '*');
  }
  return text;
}

std::string key_info(const std::string& serial, const std::string& more = "") {
  return element("ExportKeyInfo",
                 element("ProductKey", kKey) + element("SerialNumber", serial) + more);
}

// No hash: rejected whatever the serial number is.
std::string exported(const std::string& infos) {
  return "<ExportKeyList><Keys>" + infos + "</Keys></ExportKeyList>";
}

}  // namespace

TEST_CASE("rejected reports come back byte for byte, without the good ones between them") {
  const std::string bad = "<Key note=\"a&lt;b\">\r\n <!-- \xC3\xA9 -->" +
                          element("ProductKeyState", "5") +
                          "<X><![CDATA[<&]]>&#65;</X><Y/>\r\n</Key>";
  const std::string file = "<?xml version=\"1.0\" encoding=\"windows-1252\"?>\r\n" + report_of(1) +
                           "\r\n" + bad + report_of(2) + "\xEF\xBB\xBF<Key/>\n";
  CHECK(own_rejects_of(file) == bad + "\n<Key/>\n");
  CHECK(own_rejects_of(report_of(1)).empty());
}

TEST_CASE("rejected records of an export come back inside the elements around them") {
  const std::string binding = "<Binding>\n<p:SerialNumber>CONTOSO-X</p:SerialNumber></Binding>";
  std::string file = build_report_of({1, 2});
  const std::string root = "<ComputerBuildReport xmlns:p='urn:p' ";
  file.replace(file.find("<ComputerBuildReport "), 21, root);
  const std::size_t second = file.find("<Binding>", file.find("<Binding>") + 1);
  file.insert(second, "<Other>x</Other>" + binding);
  const std::string copy = own_rejects_of(file, with_exports());
  CHECK(copy == root + "xmlns=\"http://schemas.ms.it.oem/digitaldistribution/2010/10\">\n" +
                    "<Bindings>\n" + binding + "\n</Bindings>\n</ComputerBuildReport>\n");
  CHECK(own_rejects_of(copy, with_exports()) == copy);
  CHECK(own_rejects_of(build_report_of({1, 2}), with_exports()).empty());
}

TEST_CASE("UTF-16 comes back as UTF-8") {
  const std::string text = "<?xml version=\"1.0\" encoding=\"utf-16\"?>\r\n" + report_of(1, "0");
  CHECK(own_rejects_of("\xFF\xFE" + support::utf16le(text)) == report_of(1, "0") + "\n");
}

TEST_CASE("what a ProductKey element holds becomes asterisks") {
  const std::string file = exported(key_info("A") + key_info("B"));
  const std::string copy = own_rejects_of(file, with_exports());
  CHECK(copy == "<ExportKeyList>\n<Keys>\n" + masked(key_info("A")) + "\n" + masked(key_info("B")) +
                    "\n</Keys>\n</ExportKeyList>\n");
  CHECK(own_rejects_of(copy, with_exports()) == copy);
  for (const std::string hidden :
       {"<ProductKey>&#66;CDFG-HJKMP</ProductKey>", "<ProductKey>half a key</ProductKey>",
        "<ProductKey>half<!-- another -->half</ProductKey>",
        "<ProductKey><Half>another</Half>half</ProductKey>",
        "<ProductKey><![CDATA[half]]></ProductKey>", "<ProductKey/>"}) {
    INFO(hidden);
    const std::string text =
        own_rejects_of(exported("<ExportKeyInfo>" + hidden + "</ExportKeyInfo>"), with_exports());
    const std::size_t behind = std::string("<ProductKey>").size();
    const std::size_t inner = hidden.size() - std::min(hidden.size(), 2 * behind + 1);
    const std::string expected =
        inner == 0 ? hidden : "<ProductKey>" + repeated('*', inner) + "</ProductKey>";
    CHECK(text == "<ExportKeyList>\n<Keys>\n<ExportKeyInfo>" + expected +
                      "</ExportKeyInfo>\n</Keys>\n</ExportKeyList>\n");
  }
}

TEST_CASE("a record with a product key in another place does not come back") {
  const std::string good = key_info("B");
  const std::string escaped = "&#" + std::to_string(int{kKey[0]}) + ";" + kKey.substr(1);
  for (const std::string& more :
       {element("Note", kKey), element("Note", escaped), "<Note a='" + escaped + "'/>",
        "<!-- " + kKey + " -->", "<?x " + kKey + "?>", element("a", element("ProductKey", escaped)),
        element("Note", kKey.substr(0, 6) + "<!-- -->" + kKey.substr(6)),
        "<ProductKey a='" + escaped + "'/>"}) {
    INFO(more);
    const std::string copy = own_rejects_of(exported(key_info("A", more) + good), with_exports());
    CHECK(copy == "<ExportKeyList>\n<Keys>\n" + masked(good) + "\n</Keys>\n</ExportKeyList>\n");
  }
  const std::string around = "<ExportKeyList><Keys a='" + escaped + "'>" + good + "</Keys><Keys>" +
                             good + "</Keys></ExportKeyList>\n";
  CHECK(own_rejects_of(around, with_exports()).empty());
  CHECK(own_rejects_of(around + exported(good), with_exports()) ==
        "<ExportKeyList>\n<Keys>\n" + masked(good) + "\n</Keys>\n</ExportKeyList>\n");
}

TEST_CASE("a record longer than a row is only in the archived file") {
  const std::string large = element("Key", element("X", repeated('x', limits::kRowBytes)));
  CHECK(own_rejects_of(large + "<Key/>" + large) == "<Key/>\n");
}

TEST_CASE("XML that is not taken has no records to come back") {
  const std::string file = exported(key_info("A"));
  CHECK(rejects_of(file, Lines{1}).empty());
  CHECK(rejects_of("<a/>", Lines{1}).empty());
  CHECK(rejects_of("<Key>", Lines{1}).empty());
  CHECK(rejects_of("<!DOCTYPE Key><Key/>", Lines{1}).empty());
}
