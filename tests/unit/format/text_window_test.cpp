#include "format/text_window.hpp"

#include "base/limits.hpp"
#include "base/random.hpp"

#include "unit/format/reading.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::format;

namespace {

// All text of a window whose reader uses `used` bytes at a time.
std::string text_of(std::string_view bytes, std::size_t step, std::size_t used) {
  SlowSource source(bytes, step);
  TextWindow window(source);
  REQUIRE(window.start());
  std::string text;
  while (!window.rest().empty() || !window.is_last()) {
    const std::size_t count = std::min(used, window.rest().size());
    text += window.rest().substr(0, count);
    window.skip(count);
    if (window.rest().size() < 100) REQUIRE(window.refill());
  }
  return text;
}

std::string lines(const char* word, std::size_t count) {
  std::string text;
  for (std::size_t at = 0; at < count; ++at) text += word + std::to_string(at) + " of a part\n";
  return text;
}

}  // namespace

TEST_CASE("a window gives all text once, in UTF-8") {
  const std::string text = lines("line ", 120'000);
  for (const std::size_t step : {4093U, 1U << 20}) {
    CHECK(text_of(text, step, 50'000) == text);
    CHECK(text_of("\xFF\xFE" + support::utf16le(text), step, 50'000) == text);
    CHECK(text_of(support::utf16be(text), step, 70'000) == text);
  }
}

TEST_CASE("a window follows from UTF-16 to what begins on another line") {
  const std::string one = lines("one ", 3000);
  const std::string two = lines("two ", 3000);
  const std::string wide = "\xFF\xFE" + support::utf16le(one);
  for (const std::size_t step : {3U, 1U << 20}) {
    CHECK(text_of(wide + two, step, 1000) == one + two);
    CHECK(text_of(wide + "\xEF\xBB\xBF" + two, step, 1000) == one + two);
    CHECK(text_of(wide + "\xFE\xFF" + support::utf16be(two), step, 1000) == one + two);
    CHECK(text_of(wide + support::utf16be(two), step, 1000) == one + two);
    // The mark of the same order is a character, for the reader to step over.
    CHECK(text_of(wide + "\xFF\xFE" + support::utf16le(two), step, 1000) ==
          one + "\xEF\xBB\xBF" + two);
  }
}

TEST_CASE("text of other scripts is not taken for another encoding") {
  std::string raw = "\xFF\xFE";
  std::string expected;
  for (int at = 0; at < 300; ++at) {
    // U+8BBE U+5907, and a line break: their bytes are no ASCII.
    raw += std::string("\xBE\x8B\x07\x59\n\0", 6);
    expected += "\xE8\xAE\xBE\xE5\xA4\x87\n";
  }
  CHECK(text_of(raw, 7, 100) == expected);
}

TEST_CASE("a change where two pieces of the file meet is seen") {
  // The raw pieces are 64 KiB first and 256 KiB then.
  for (std::size_t shift = 0; shift < 24; ++shift) {
    const std::string filler = repeated('x', (64 * 1024 - 2) / 2 - 12 + shift) + "\n";
    const std::string wide = "\xFF\xFE" + support::utf16le(filler);
    const std::string tail = "3305000000001,text behind\n";
    CHECK(text_of(wide + tail, 1 << 20, 1000) == filler + tail);
  }
}

TEST_CASE("a reader can turn a window to UTF-16 and back, as often as is bounded") {
  const std::string wide = support::utf16le("3305000000001 wide\n");
  const std::string bytes = "plain\n" + wide;
  MemorySource source(bytes);
  TextWindow window(source);
  REQUIRE(window.start());
  window.skip(6);
  const auto changed = window.change_encoding({Encoding::utf16le, 0, true});
  REQUIRE(changed);
  CHECK(*changed);
  CHECK(window.rest() == "3305000000001 wide\n");
  CHECK(window.is_last());
  CHECK(window.encoding_changes() == 1);
  for (int at = 0; at < 499; ++at) {
    REQUIRE(window.change_encoding({Encoding::utf8, 0, false}).value());
  }
  CHECK_FALSE(window.change_encoding({Encoding::utf8, 0, false}).value());
}
