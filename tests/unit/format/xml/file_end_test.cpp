#include "format/xml/file_end.hpp"

#include "unit/format/reading.hpp"
#include "unit/format/xml/documents.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::format;

namespace {

Completeness judge(std::string_view file) {
  const std::size_t tail = std::min<std::size_t>(file.size(), 16 * 1024);
  return judge_completeness(file.substr(0, 8 * 1024), file.substr(file.size() - tail));
}

}  // namespace

TEST_CASE("7.2 XML closes its root: complete when it does, cut off when it does not") {
  const std::string texts[] = {report_of(1), "<?xml version=\"1.0\"?>\r\n" + report_of(1) + "\r\n",
                               build_report_of({1, 2, 3, 4, 5, 6, 7, 8}),
                               report_of(1) + "\n<!-- the end -->\n"};
  for (const std::string& text : texts) {
    CHECK(judge(text) == Completeness::complete);
    CHECK(judge("\xFF\xFE" + support::utf16le(text)) == Completeness::complete);
  }
  const std::string text = texts[2];
  for (std::size_t cut = 1; cut < 9000; cut += 7) {
    INFO(cut);
    CHECK(judge(text.substr(0, text.size() - cut)) == Completeness::cut_off);
  }
}

TEST_CASE("small and odd XML is judged too") {
  CHECK(is_complete_xml("<Key/>", "<Key/>"));
  CHECK(is_complete_xml("<a:Key x='1'>", "</a:Key >"));
  CHECK_FALSE(is_complete_xml("<Key>", "<Key>"));
  CHECK_FALSE(is_complete_xml("<Key>", "<Key></Ke"));
  CHECK_FALSE(is_complete_xml("<Key>", "</OtherKey>"));
  CHECK_FALSE(is_complete_xml("<Key", "<Key"));
  CHECK_FALSE(is_complete_xml("<", "<"));
}
