#include "format/csv_splitter.hpp"

#include "base/limits.hpp"

#include "unit/format/reading.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::format;

namespace {

// "[a][b]2/1": fields, length, line breaks.
std::string taken_apart(CsvSplitter& splitter, std::string_view text, bool is_last = true) {
  switch (splitter.split(text, is_last)) {
    case Split::need_more:
      return "more";
    case Split::unclosed_quote:
      return "unclosed";
    case Split::complete:
      break;
  }
  std::string result;
  for (std::string_view field : splitter.fields()) result.append("[").append(field).append("]");
  return result + std::to_string(splitter.length()) + "/" + std::to_string(splitter.line_breaks());
}

}  // namespace

TEST_CASE("rows are taken apart in both dialects") {
  const std::pair<const char*, const char*> cases[] = {
      {"a,b\nc", "[a][b]4/1"},
      {"a,b\r\nc", "[a][b]5/1"},
      {"a,b\rc", "[a][b]4/1"},
      {"a,b", "[a][b]3/0"},
      {"a,b\r", "[a][b]4/1"},
      {"\n", "[]1/1"},
      {",,\n", "[][][]3/1"},
      {"\"a\",\"b\"\n", "[a][b]8/1"},
      {"\"a,b\",c\n", "[a,b][c]8/1"},
      {"\"a\nb\",c\n", "[a\nb][c]8/2"},
      {"\"a\r\nb\rc\",d\r\n", "[a\r\nb\rc][d]12/3"},
      {"\"a\"\"b\",\"\"\"\"\n", "[a\"b][\"]12/1"},
      {"\"\",x\n", "[][x]5/1"},
      {"  \"a,b\"  ,c\n", "[a,b][c]12/1"},
      {"15\" screen,b\n", "[15\" screen][b]13/1"},
      {"a\"b\"c,d\n", "[a\"b\"c][d]8/1"},
      {"\"15\" screen,b\n", "[\"15\" screen][b]14/1"},
      {"\"a\"", "[a]3/0"},
      {" a , b \n", "[ a ][ b ]8/1"},
  };
  CsvSplitter splitter;
  for (const auto& [text, expected] : cases) {
    INFO(text);
    CHECK(taken_apart(splitter, text) == expected);
  }
}

TEST_CASE("a row that goes on behind the text asks for more") {
  CsvSplitter splitter;
  for (const char* text :
       {"", "a", "a,b", "a,b\r", "\"a", "\"a\nb", "\"a\"", "\"a\"\"", "\"a\",b"}) {
    INFO(text);
    CHECK(taken_apart(splitter, text, false) == "more");
  }
  CHECK(taken_apart(splitter, "a\n", false) == "[a]2/1");
  CHECK(taken_apart(splitter, "a\r\n", false) == "[a]3/1");
  CHECK(taken_apart(splitter, "\"a\"\r\n", false) == "[a]5/1");
  CHECK(taken_apart(splitter, "\"a\nb", true) == "unclosed");
}

TEST_CASE("columns are bounded") {
  CsvSplitter splitter;
  REQUIRE(splitter.split(repeated(',', 1000) + "\n", true) == Split::complete);
  CHECK(splitter.has_too_many_fields());
  CHECK(splitter.fields().size() == limits::kColumns);
  CHECK(splitter.length() == 1001);
  REQUIRE(splitter.split("a\n", true) == Split::complete);
  CHECK_FALSE(splitter.has_too_many_fields());
}

TEST_CASE("unescaped fields of one row stay good beside each other") {
  CsvSplitter splitter;
  std::string text;
  for (int at = 0; at < 200; ++at) text += "\"" + std::to_string(at) + " \"\"x\"\"\",";
  REQUIRE(splitter.split(text + "\n", true) == Split::complete);
  for (std::size_t at = 0; at < 200; ++at) {
    CHECK(splitter.fields()[at] == std::to_string(at) + " \"x\"");
  }
}

TEST_CASE("line ends are LF, CRLF and CR") {
  CHECK(next_line_end("ab\ncd", 0, true).at == 2);
  CHECK(next_line_end("ab\r\ncd", 0, true).bytes == 2);
  CHECK(next_line_end("ab\rcd\n", 0, true).bytes == 1);
  CHECK(next_line_end("ab\rcd\n", 3, true).at == 5);
  CHECK(next_line_end("ab", 0, true).bytes == 0);
  CHECK_FALSE(next_line_end("ab\r", 0, false).is_certain);
  CHECK(next_line_end("ab\r", 0, true).is_certain);
}
