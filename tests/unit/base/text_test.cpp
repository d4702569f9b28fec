#include "base/text.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;

TEST_CASE("text for people shows what would deceive or disturb") {
  CHECK(printable("plain Grüße") == "plain Grüße");
  CHECK(printable("a\nb\x1b[2J") == "a\\x0ab\\x1b[2J");
  CHECK(printable("ev\xE2\x80\xAEil") == "ev\\xe2\\x80\\xaeil");
  CHECK(printable("\xFF\xC3") == "\\xff\\xc3");
  CHECK(printable("\xC0\xAF") == "\\xc0\\xaf");
}

TEST_CASE("long text is cut and says so") {
  CHECK(printable("abcdef", 3) == "abc...");
}

TEST_CASE("case is folded for ASCII only") {
  CHECK(equals_ignoring_case("LINE7-a", "line7-A"));
  CHECK_FALSE(equals_ignoring_case("a", "ab"));
  CHECK_FALSE(equals_ignoring_case("\xC4", "\xE4"));
}

TEST_CASE("trimming takes the edges only") {
  CHECK(trim(" \t a b\r\n") == "a b");
  CHECK(trim("   ").empty());
}
