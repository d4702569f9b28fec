#include "format/transcoder.hpp"

#include "base/random.hpp"
#include "format/encoding.hpp"

#include "unit/format/reading.hpp"
#include <catch2/catch.hpp>
#include <iconv.h>

using namespace devicebatch;
using namespace devicebatch::format;

namespace {

std::string converted(std::string_view raw, bool is_little, std::size_t step) {
  Utf16Transcoder transcoder(is_little);
  transcoder.stay();
  std::string text;
  std::string piece(Utf16Transcoder::room_for(step) + 8, '\0');
  for (std::size_t at = 0; at < raw.size(); at += step) {
    const std::string_view part = raw.substr(at, step);
    const auto done = transcoder.convert(part, at + step >= raw.size(), piece.data());
    CHECK(done.read == part.size());
    text.append(piece, 0, done.written);
  }
  return text.append(piece, 0, transcoder.finish(piece.data()));
}

// What glibc makes of it; the oracle for text without faults.
std::string by_iconv(std::string raw, const char* from) {
  const iconv_t handle = iconv_open("UTF-8", from);
  std::string text(raw.size() * 2, '\0');
  char* in = raw.data();
  char* out = text.data();
  std::size_t in_left = raw.size();
  std::size_t out_left = text.size();
  REQUIRE(iconv(handle, &in, &in_left, &out, &out_left) == 0);
  iconv_close(handle);
  text.resize(text.size() - out_left);
  return text;
}

std::string random_utf16(Random& random, bool is_little) {
  std::string raw;
  const auto put = [&](unsigned unit) {
    const auto low = static_cast<char>(unit & 0xFF);
    const auto high = static_cast<char>(unit >> 8);
    raw.push_back(is_little ? low : high);
    raw.push_back(is_little ? high : low);
  };
  for (int count = 0; count < 300; ++count) {
    const auto bits = static_cast<unsigned>(random.next());
    switch (bits % 8) {
      case 0:
        put(0xD800 | (bits >> 8 & 0x3FF));
        put(0xDC00 | (bits >> 18 & 0x3FF));
        break;
      case 1:
        put(0x80 + (bits >> 8) % 0x700);
        break;
      case 2:
        put(0x900 + (bits >> 8) % 0xC000);
        break;
      default:
        for (unsigned letters = 0; letters < bits % 20; ++letters) put(0x20 + (bits >> 8) % 0x5F);
    }
  }
  return raw;
}

}  // namespace

TEST_CASE("UTF-16 becomes the UTF-8 that glibc makes of it, in pieces of any size") {
  SeededRandom random(5);
  for (int round = 0; round < 40; ++round) {
    for (const bool is_little : {true, false}) {
      const std::string raw = random_utf16(random, is_little);
      const std::string expected = by_iconv(raw, is_little ? "UTF-16LE" : "UTF-16BE");
      CHECK(is_valid_utf8(expected));
      for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{8}, raw.size()}) {
        CHECK(converted(raw, is_little, step) == expected);
      }
    }
  }
}

TEST_CASE("faults of UTF-16 become bytes that no UTF-8 has, and can be undone") {
  using std::string_view_literals::operator""sv;
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"a\0\x3D\xD8"sv, "a\xED\xA0\xBD"},
      {"\x3D\xD8"
       "a\0"sv,
       "\xED\xA0\xBD"
       "a"},
      {"\0\xDE"
       "a\0"sv,
       "\xED\xB8\x80"
       "a"},
      {"\x3D\xD8\x3D\xD8\0\xDE"sv, "\xED\xA0\xBD\xF0\x9F\x98\x80"},
      {"a\0b"sv,
       "a\xFF"
       "b"},
      {"", ""},
  };
  for (const auto& [raw, text] : cases) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{100}}) {
      CHECK(converted(raw, true, step) == text);
    }
    CHECK((text.empty() || !is_valid_utf8(text)));
    std::string back;
    append_utf16(text, true, back);
    CHECK(back == raw);
  }
}

TEST_CASE("what UTF-16 became can be turned back") {
  SeededRandom random(7);
  for (const bool is_little : {true, false}) {
    const std::string raw = random_utf16(random, is_little);
    std::string back;
    append_utf16(converted(raw, is_little, raw.size()), is_little, back);
    CHECK(back == raw);
  }
}

TEST_CASE("the encoding shows in the first bytes") {
  using std::string_view_literals::operator""sv;
  CHECK(detect_encoding("abc").encoding == Encoding::utf8);
  CHECK(detect_encoding("").encoding == Encoding::utf8);
  CHECK(detect_encoding("\xEF\xBB\xBF"
                        "a")
            .mark_bytes == 3);
  CHECK(detect_encoding("\xFF\xFE"
                        "a\0"sv)
            .encoding == Encoding::utf16le);
  CHECK(detect_encoding("\xFE\xFF\0a"sv).encoding == Encoding::utf16be);
  CHECK(detect_encoding("S\0e\0r\0i\0"sv).is_guess);
  CHECK(detect_encoding("\0S\0e\0r\0i"sv).encoding == Encoding::utf16be);
  CHECK(detect_encoding(repeated('\0', 64)).encoding == Encoding::utf8);
  CHECK(detect_encoding("\xFF\xFE\0\0"sv).encoding == Encoding::unknown);
}

TEST_CASE("plain text and valid UTF-8 are told from the rest") {
  for (std::size_t at = 0; at < 100; ++at) {
    std::string text(100, 'a');
    CHECK(is_plain_ascii(text));
    text[at] = '\x80';
    CHECK_FALSE(is_plain_ascii(text));
    text[at] = '\0';
    CHECK_FALSE(is_plain_ascii(text));
  }
  for (const char* good :
       {"", "abc", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"}) {
    CHECK(is_valid_utf8(good));
  }
  for (const char* bad : {"\x80", "\xC3", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80",
                          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xC3\x28", "\xFF"}) {
    CHECK_FALSE(is_valid_utf8(bad));
  }
}
