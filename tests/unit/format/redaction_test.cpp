#include "format/redaction.hpp"

#include "base/random.hpp"
#include "record/product_key.hpp"

#include "unit/format/packed_text.hpp"
#include "unit/format/reading.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::format;

namespace {

const std::string kKey(support::fake_product_key());
const std::string kMasked = "*****-*****-*****-*****-*****";

struct Redacted {
  std::string bytes;
  std::uint64_t keys = 0;
};

Redacted redacted(std::string_view bytes, std::size_t step = 1 << 20) {
  Redacted result;
  SlowSource source(bytes, step);
  const auto count = redact(source, [&](std::string_view piece) -> Result<void> {
    result.bytes += piece;
    return {};
  });
  REQUIRE(count);
  result.keys = *count;
  return result;
}

}  // namespace

TEST_CASE("every product key becomes asterisks, the rest stays byte for byte") {
  const std::string text = "a," + kKey + "\r\n(" + kKey + ")\xFF\xFE x";
  const Redacted result = redacted(text);
  CHECK(result.bytes == "a," + kMasked + "\r\n(" + kMasked + ")\xFF\xFE x");
  CHECK(result.keys == 2);
  CHECK_FALSE(record::contains_product_key(result.bytes));
  CHECK(redacted("").bytes.empty());
}

TEST_CASE("keys are masked in both byte orders of UTF-16, with any dashes") {
  const std::string text = "Key: " + kKey + "\r\nx";
  const std::string masked = "Key: " + kMasked + "\r\nx";
  CHECK(redacted("\xFF\xFE" + support::utf16le(text)).bytes ==
        "\xFF\xFE" + support::utf16le(masked));
  CHECK(redacted("\xFE\xFF" + support::utf16be(text)).bytes ==
        "\xFE\xFF" + support::utf16be(masked));
  const auto with_dash = [](const std::string& key, const std::string& dash, bool is_wide) {
    std::string text_with;
    for (const char c : key) {
      if (c == '-') {
        text_with += dash;
      } else {
        text_with += is_wide ? support::utf16le(std::string(1, c)) : std::string(1, c);
      }
    }
    return text_with;
  };
  for (const char* dash : {"\xE2\x80\x93", "\xE2\x80\x91", " ", "_"}) {
    CHECK(redacted(with_dash(kKey, dash, false)).bytes == with_dash(kMasked, dash, false));
  }
  CHECK(redacted(with_dash(kKey, "\x13\x20", true)).bytes == with_dash(kMasked, "\x13\x20", true));
  using std::string_literals::operator""s;
  CHECK(redacted(with_dash(kKey, "\xA0\0"s, true)).bytes == with_dash(kMasked, "\xA0\0"s, true));
}

TEST_CASE("a key in UTF-8 behind UTF-16 is masked too") {
  const std::string plain = "BCDFGHJKMPQRTVWXY2346789B";
  const std::string wide = support::utf16le("Number");
  for (const std::string& key : {plain, kKey}) {
    const Redacted result = redacted(wide + key + wide);
    CHECK_FALSE(record::contains_product_key(result.bytes));
    CHECK(result.bytes.size() == wide.size() * 2 + key.size());
  }
}

TEST_CASE("a key across the edge of two pieces is masked, wherever the edge is") {
  const std::string filler = repeated('x', 64 * 1024 - 300) + ' ';
  for (std::size_t shift = 0; shift < 700; shift += 3) {
    const std::string before = filler + repeated(' ', shift);
    const Redacted result = redacted(before + kKey + " y");
    CHECK(result.bytes == before + kMasked + " y");
  }
  for (const std::size_t step : {1U, 2U, 3U, 29U}) {
    CHECK(redacted("a " + kKey + " b", step).bytes == "a " + kMasked + " b");
    const std::string wide = support::utf16le("a " + kKey + " b");
    CHECK(redacted(wide, step).bytes == support::utf16le("a " + kMasked + " b"));
  }
}

TEST_CASE("hashes, PKIDs and zero bytes are not touched") {
  std::string text;
  for (std::uint64_t number = 1; number < 400; ++number) {
    const auto device = support::make_device(number);
    text += device.spec.serial + "," + device.spec.pkid + "," + device.hash + "\n";
  }
  CHECK(redacted(text).bytes == text);
  CHECK(redacted(support::utf16be(text)).bytes == support::utf16be(text));
  const std::string zeros = repeated('\0', 300'000);
  CHECK(redacted(zeros + "x" + zeros).bytes == zeros + "x" + zeros);
  CHECK(redacted(zeros + kKey + zeros).bytes == zeros + kMasked + zeros);
}

TEST_CASE("random text with keys in it loses them and nothing else") {
  SeededRandom random(11);
  for (int round = 0; round < 30; ++round) {
    std::string text;
    std::string expected;
    for (int part = 0; part < 60; ++part) {
      const auto bits = random.next();
      const std::string noise = repeated("xyz 019-_.\n"[bits % 11], bits / 16 % 4000) + ' ';
      text += noise + kKey + '\n';
      expected += noise + kMasked + '\n';
    }
    const std::size_t step = 1 + random.next() % 70'000;
    CHECK(redacted(text, step).bytes == expected);
    CHECK(redacted(support::utf16le(text), step).bytes == support::utf16le(expected));
  }
}

TEST_CASE("a gzip file is masked inside and packed again") {
  const Redacted result = redacted(packed("a " + kKey + "\n"));
  CHECK(result.keys == 1);
  CHECK(result.bytes == packed("a " + kMasked + "\n"));
  const std::string cut = packed(kKey).substr(0, 20);
  MemorySource source(cut);
  const auto failed = redact(source, [](std::string_view) -> Result<void> { return {}; });
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code() == Errc::corrupt);
}

TEST_CASE("a key among further groups leaves no part of itself") {
  CHECK(redacted("ABCDE-" + kKey).bytes.find("6789B") == std::string::npos);
  CHECK(redacted(kKey + "-" + kKey).bytes.find("6789B") == std::string::npos);
}

TEST_CASE("a file is read again without its keys, whatever the pieces, gzip inflated") {
  const std::string text = std::string(70'000, 'x') + "," + kKey + "\r\n" + kKey + ",\xFF";
  const auto read_all = [](std::string_view bytes, std::size_t step) {
    SlowSource source(bytes, step);
    RedactedSource masked(source);
    std::string all;
    char piece[97];
    for (;;) {
      const auto count = masked.read(piece);
      REQUIRE(count);
      if (*count == 0) return all;
      all.append(piece, *count);
    }
  };
  const std::string expected = redacted(text).bytes;
  CHECK_FALSE(record::contains_product_key(expected));
  CHECK(read_all(text, 1 << 20) == expected);
  CHECK(read_all(text, 7) == expected);
  CHECK(read_all(packed(text), 11) == expected);
  CHECK(read_all("", 1).empty());
  const std::string cut = packed(text).substr(0, 60);
  SlowSource damaged(cut, 9);
  RedactedSource masked(damaged);
  char piece[4'000];
  Result<std::size_t> count = masked.read(piece);
  while (count && *count > 0) count = masked.read(piece);
  REQUIRE_FALSE(count);
  CHECK(count.error().code() == Errc::corrupt);
}
