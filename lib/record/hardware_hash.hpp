// record/hardware_hash.hpp - the 4K hardware hash, taken apart and verified.
//
// Purpose:   text to canonical bytes, bytes to fields, bytes to the text the service wants.
// Threading: pure; any thread.
// Errors:    HashFault says what is wrong in a way that can be told to the line.
// Source:    docs/formats.md, "The hardware hash": "OA", u16 length, typed records, "CS", 36,
//            SHA-256, zero padding to 3,000 bytes, base64 of exactly 4,000 characters.
#pragma once

#include "base/sha256.hpp"
#include "record/identity.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace devicebatch::record {

enum class HashFault {
  empty,
  not_base64,        // characters outside the alphabet, or a length no base64 text has
  too_short,         // an old 128-byte hash or a cut-off one
  too_long,          // beyond limits::kHashBytes
  no_magic,          // does not begin with "OA"
  broken_structure,  // lengths that contradict each other
  damaged,           // the checksum does not match: changed on its way
  dirty_padding,     // bytes after the checksum that are not zero
  missing_fields,    // no manufacturer, model, serial or head record
};

// A verified hash. The views point into the bytes it was decoded from.
struct HardwareHash {
  std::span<const std::uint8_t> canonical;  // records and trailer, without padding
  Digest digest;                            // the checksum inside, which covers all records
  std::string_view serial;                  // type 14, edge-trimmed
  std::string_view manufacturer;            // 16
  std::string_view model;                   // 17
  std::string_view pkid;                    // 24; empty when absent or all zero
  std::optional<SmbiosUuid> uuid;           // 12, in the byte order of the hash
  std::optional<Digest> tpm;                // 11 of kind 1: SHA-256 of the endorsement key
  std::int64_t captured_at = 0;             // 1: seconds since 2000-01-01T00:00:00Z
  std::int8_t zone_quarter_hours = 0;
  std::uint8_t os_type = 0;  // 1 WinPE, 2 full OS
  std::uint8_t tool_version = 0;
  std::uint16_t tool_build[4] = {};  // minor, major, revision, build, as stored
  std::uint16_t os_build[4] = {};
  bool has_network = false;  // any type 8 with a MAC address that is no filler
  bool has_tpm_key = false;  // type 25
};

// Decodes `text` (whitespace, quotes, BOM and missing padding forgiven) behind what `storage`
// already holds, trims it to its canonical bytes and verifies it. On failure `storage` is as it
// was. The result's views point into `storage` and die with its next growth.
tl::expected<HardwareHash, HashFault> decode_hardware_hash(std::string_view text,
                                                           std::vector<std::uint8_t>& storage);

// Parses bytes that decode_hardware_hash once made canonical.
tl::expected<HardwareHash, HashFault> parse_canonical_hash(std::span<const std::uint8_t> canonical);

// What the service wants: zero padding up to 3,000 bytes, base64 with `=`.
std::string wire_text(std::span<const std::uint8_t> canonical);
// Length of wire_text without making it.
std::size_t wire_text_length(std::size_t canonical_bytes);

struct HashRecord {
  std::uint16_t type;
  std::span<const std::uint8_t> payload;
};
// All typed records in order, for `decode-hash`.
std::vector<HashRecord> records_of(const HardwareHash& hash);

}  // namespace devicebatch::record
