#include "record/hardware_hash.hpp"

#include "base/random.hpp"
#include "base/sha256.hpp"
#include "support/device_files.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::record;
using support::HashSpec;
using support::make_hash_text;

namespace {

struct Outcome {
  std::vector<std::uint8_t> storage;
  tl::expected<HardwareHash, HashFault> hash;
};

Outcome decode(std::string_view text) {
  Outcome outcome;
  outcome.hash = decode_hardware_hash(text, outcome.storage);
  return outcome;
}

HashFault fault_of(std::string_view text) {
  Outcome outcome = decode(text);
  REQUIRE_FALSE(outcome.hash);
  CHECK(outcome.storage.empty());
  return outcome.hash.error();
}

// Bytes of the layout with records chosen by the test.
std::vector<std::uint8_t> sealed(const std::vector<std::uint8_t>& records) {
  const std::size_t total = 4 + records.size();
  std::vector<std::uint8_t> bytes(total + 36);
  bytes[0] = 'O';
  bytes[1] = 'A';
  bytes[2] = static_cast<std::uint8_t>(total);
  bytes[3] = static_cast<std::uint8_t>(total >> 8);
  std::copy(records.begin(), records.end(), bytes.begin() + 4);
  const auto trailer = std::span(bytes).subspan(total);
  trailer[0] = 'C';
  trailer[1] = 'S';
  trailer[2] = 36;
  const Digest digest = sha256(std::span(bytes).first(total));
  std::copy(digest.begin(), digest.end(), trailer.begin() + 4);
  return bytes;
}

}  // namespace

TEST_CASE("a hash gives every field that was put into it") {
  HashSpec spec = support::make_spec(17);
  const Outcome outcome = decode(make_hash_text(spec));
  REQUIRE(outcome.hash);
  const HardwareHash& hash = *outcome.hash;
  CHECK(hash.serial == "CONTOSO-0000017");
  CHECK(hash.manufacturer == "Fabrikam, Inc.");
  CHECK(hash.model == "Fabrikam Slate 7");
  CHECK(hash.pkid == "3305000000017");
  CHECK(hash.uuid == spec.uuid);
  CHECK(hash.captured_at == spec.captured_at);
  CHECK(hash.zone_quarter_hours == 4);
  CHECK(hash.os_type == 2);
  CHECK(hash.tool_version == 7);
  CHECK(hash.tool_build[2] == 26100);
  CHECK(hash.os_build[3] == 2033);
  CHECK(hash.has_network);
  CHECK(hash.has_tpm_key);
  CHECK(hash.tpm.has_value());
  CHECK(std::vector(hash.canonical.begin(), hash.canonical.end()) ==
        support::make_hash_bytes(spec));
  CHECK(std::equal(hash.digest.begin(), hash.digest.end(), hash.canonical.end() - 32));
}

TEST_CASE("the canonical bytes give the text of the device back") {
  const std::string text = make_hash_text(HashSpec{});
  REQUIRE(text.size() == 4000);
  const Outcome outcome = decode(text);
  REQUIRE(outcome.hash);
  CHECK(wire_text(outcome.hash->canonical) == text);
  CHECK(wire_text_length(outcome.hash->canonical.size()) == 4000);
  CHECK(outcome.storage.size() == outcome.hash->canonical.size());
}

TEST_CASE("a hash of more than 3,000 bytes is kept as it is") {
  HashSpec spec;
  spec.record_bytes = 3101;
  const Outcome outcome = decode(make_hash_text(spec));
  REQUIRE(outcome.hash);
  const std::string wire = wire_text(outcome.hash->canonical);
  CHECK(wire.size() == wire_text_length(outcome.hash->canonical.size()));
  CHECK(decode(wire).hash);
}

TEST_CASE("decoding appends behind what the storage holds and leaves it alone on failure") {
  std::vector<std::uint8_t> storage{1, 2, 3};
  REQUIRE(decode_hardware_hash(make_hash_text(HashSpec{}), storage));
  CHECK(storage[2] == 3);
  const std::size_t size = storage.size();
  CHECK_FALSE(decode_hardware_hash("T0EnotAhash", storage));
  CHECK(storage.size() == size);
}

TEST_CASE("what copying and collecting do to a hash is forgiven") {
  const std::string text = make_hash_text(HashSpec{});
  const auto expected = support::make_hash_bytes(HashSpec{});
  const std::string without_tail = text.substr(0, text.find_last_not_of('A') + 1);
  std::string wrapped;
  for (std::size_t at = 0; at < text.size(); at += 76) wrapped += text.substr(at, 76) + "\r\n";
  std::string spaces = text;
  std::replace(spaces.begin(), spaces.end(), '+', ' ');
  std::string url = text;
  std::replace(url.begin(), url.end(), '+', '-');
  std::replace(url.begin(), url.end(), '/', '_');
  const std::pair<const char*, std::string> cases[] = {
      {"as it is", text},
      {"surrounded by white space", " \t" + text + " \r\n"},
      {"quoted", "\"" + text + "\""},
      {"apostrophes", "'" + text + "'"},
      {"byte order mark", "\xEF\xBB\xBF" + text},
      {"zero-width space inside", text.substr(0, 90) + "\xE2\x80\x8B" + text.substr(90)},
      {"wrapped lines", wrapped},
      {"one trailing A missing", text.substr(0, text.size() - 1)},
      {"three trailing As missing", text.substr(0, text.size() - 3)},
      {"all trailing As missing", without_tail},
      {"padding signs", text.substr(0, text.size() - 2) + "=="},
      {"one A too many", text + "A"},
      {"plus became space", spaces},
      {"URL alphabet", url},
  };
  for (const auto& [name, variant] : cases) {
    INFO(name);
    const Outcome outcome = decode(variant);
    REQUIRE(outcome.hash);
    CHECK(outcome.storage == expected);
  }
}

TEST_CASE("what is wrong with a hash has a name") {
  const std::string text = make_hash_text(HashSpec{});
  HashSpec nameless;
  nameless.manufacturer.clear();
  std::string lower = text;
  std::transform(lower.begin() + 2, lower.end(), lower.begin() + 2,
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const std::tuple<const char*, std::string, HashFault> cases[] = {
      {"nothing", "", HashFault::empty},
      {"blanks", "  \t ", HashFault::empty},
      {"a word", "DummyHash1234", HashFault::no_magic},
      {"short", "T0E", HashFault::too_short},
      {"cut at 255", text.substr(0, 255), HashFault::too_short},
      {"cut at 1,024", text.substr(0, 1024), HashFault::too_short},
      {"wrong alphabet", "T0E\xC3\xA9" + text.substr(5), HashFault::not_base64},
      {"exclamation mark in the tail", text.substr(0, 3999) + "!", HashFault::not_base64},
      {"equals sign in the middle", text.substr(0, 99) + "=" + text.substr(100),
       HashFault::not_base64},
      {"a letter changed", support::with_changed_letter(text, 700), HashFault::damaged},
      {"a letter missing", text.substr(0, 700) + text.substr(701), HashFault::broken_structure},
      {"lower case", lower, HashFault::no_magic},
      {"doubled", text + text, HashFault::dirty_padding},
      {"something behind the end", support::with_changed_letter(text, 3990),
       HashFault::dirty_padding},
      {"no manufacturer", make_hash_text(nameless), HashFault::missing_fields},
      {"far too long", std::string(60000, 'A'), HashFault::too_long},
      {"no records", support::hash_text_of(sealed({})), HashFault::broken_structure},
      {"a record shorter than its head", support::hash_text_of(sealed({99, 0, 2, 0})),
       HashFault::broken_structure},
      {"a record beyond the end", support::hash_text_of(sealed({99, 0, 200, 0, 1, 2})),
       HashFault::broken_structure},
      {"none of the required records", support::hash_text_of(sealed({99, 0, 5, 0, 1})),
       HashFault::missing_fields},
      {"a head record that is too short", support::hash_text_of(sealed({1, 0, 5, 0, 1})),
       HashFault::broken_structure},
  };
  for (const auto& [name, variant, fault] : cases) {
    INFO(name);
    CHECK(static_cast<int>(fault_of(variant)) == static_cast<int>(fault));
  }
}

TEST_CASE("changing any one character of a hash is caught") {
  HashSpec spec = support::make_spec(3);
  const std::string text = make_hash_text(spec);
  const auto expected = support::make_hash_bytes(spec);
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  SeededRandom random(20260101);
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    while (changed[at] == text[at]) changed[at] = kLetters[random.next() % kLetters.size()];
    std::vector<std::uint8_t> storage;
    if (decode_hardware_hash(changed, storage)) FAIL("accepted a change at " << at);
  }
}

TEST_CASE("any byte in place of a character is caught or changes nothing") {
  HashSpec spec = support::make_spec(4);
  const std::string text = make_hash_text(spec);
  const auto expected = support::make_hash_bytes(spec);
  SeededRandom random(7);
  for (int round = 0; round < 4000; ++round) {
    std::string changed = text;
    changed[random.next() % text.size()] = static_cast<char>(random.next());
    std::vector<std::uint8_t> storage;
    if (decode_hardware_hash(changed, storage)) REQUIRE(storage == expected);
  }
}

TEST_CASE("a filled-in zero PKID and a random offline id identify nothing") {
  HashSpec spec;
  spec.pkid = "0000000000000";
  spec.tpm_seed = 0;
  const Outcome outcome = decode(make_hash_text(spec));
  REQUIRE(outcome.hash);
  CHECK(outcome.hash->pkid.empty());
  CHECK_FALSE(outcome.hash->tpm);
  CHECK_FALSE(outcome.hash->has_tpm_key);
}

TEST_CASE("edge blanks of texts inside a hash are trimmed") {
  HashSpec spec;
  spec.serial = "CONTOSO-77     ";
  const Outcome outcome = decode(make_hash_text(spec));
  REQUIRE(outcome.hash);
  CHECK(outcome.hash->serial == "CONTOSO-77");
}

TEST_CASE("canonical bytes parse again, and any change of them is caught") {
  auto bytes = support::make_hash_bytes(support::make_spec(5));
  REQUIRE(parse_canonical_hash(bytes));
  CHECK(parse_canonical_hash(bytes)->serial == "CONTOSO-0000005");
  CHECK_FALSE(parse_canonical_hash(std::span(bytes).first(bytes.size() - 1)));
  CHECK_FALSE(parse_canonical_hash({}));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    bytes[at] ^= 0x10;
    if (parse_canonical_hash(bytes)) FAIL("accepted a change at " << at);
    bytes[at] ^= 0x10;
  }
}

TEST_CASE("all records of a hash are listed in order") {
  const auto bytes = support::make_hash_bytes(HashSpec{});
  const auto records = records_of(*parse_canonical_hash(bytes));
  REQUIRE(records.size() > 10);
  CHECK(records.front().type == 1);
  CHECK(records.front().payload.size() == 24);
  CHECK(records.back().type == 37);
}
