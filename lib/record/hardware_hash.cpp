#include "record/hardware_hash.hpp"

#include "base/limits.hpp"
#include "base/text.hpp"
#include "record/base64.hpp"
#include "record/field_text.hpp"
#include "record/pkid.hpp"
#include "record/placeholder.hpp"

#include <algorithm>
#include <cstring>

namespace devicebatch::record {
namespace {

using Bytes = std::span<const std::uint8_t>;
using Decoded = tl::expected<HardwareHash, HashFault>;

constexpr std::size_t kHeadBytes = 4;      // "OA" and the length
constexpr std::size_t kTrailerBytes = 36;  // "CS", 36 and the SHA-256
constexpr std::size_t kRecordHead = 4;     // type and length
constexpr std::size_t kServiceBytes = 3000;

enum RecordType : std::uint16_t {
  kHead = 1,
  kNetwork = 8,
  kOfflineId = 11,
  kUuid = 12,
  kSerial = 14,
  kManufacturer = 16,
  kModel = 17,
  kPkid = 24,
  kTpmKey = 25,
};

std::uint16_t u16_at(Bytes bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] | (bytes[at + 1] << 8));
}

std::uint32_t u32_at(Bytes bytes, std::size_t at) {
  return u16_at(bytes, at) | (std::uint32_t{u16_at(bytes, at + 2)} << 16);
}

tl::unexpected<HashFault> fault(HashFault what) {
  return tl::unexpected(what);
}

std::string_view text_of(Bytes payload) {
  std::string_view text(reinterpret_cast<const char*>(payload.data()), payload.size());
  return trim(text.substr(0, text.find('\0')));
}

// tool build and OS build (four u16 each), u32 capture time, i8 zone, OS type, architecture, tool
// version.
bool read_head(Bytes payload, HardwareHash& hash) {
  if (payload.size() < 24) return false;
  for (std::size_t part = 0; part < 4; ++part) {
    hash.tool_build[part] = u16_at(payload, part * 2);
    hash.os_build[part] = u16_at(payload, 8 + part * 2);
  }
  hash.captured_at = u32_at(payload, 16);
  hash.zone_quarter_hours = static_cast<std::int8_t>(payload[20]);
  hash.os_type = payload[21];
  hash.tool_version = payload[23];
  return true;
}

// u32 status, u8 kind, u8 flag, u32 32, 32 bytes. Kind 1 is the TPM's; kind 3 is a random number
// that every clone of an image shares, and identifies nothing.
void read_offline_id(Bytes payload, HardwareHash& hash) {
  constexpr std::uint8_t kTpmKind = 1;
  constexpr std::size_t kDigestAt = 10;
  if (payload.size() < kDigestAt + 32 || payload[4] != kTpmKind) return;
  const Bytes value = payload.subspan(kDigestAt, 32);
  if (std::all_of(value.begin(), value.end(), [](std::uint8_t byte) { return byte == 0; })) return;
  std::copy(value.begin(), value.end(), hash.tpm.emplace().begin());
}

void read_uuid(Bytes payload, HardwareHash& hash) {
  if (payload.size() < 16) return;
  std::copy_n(payload.begin(), 16, hash.uuid.emplace().begin());
}

// u32 medium, then the address. A filler is no adapter that anybody could recognise.
void read_network(Bytes payload, HardwareHash& hash) {
  constexpr std::size_t kMacAt = 4;
  if (payload.size() < kMacAt + 6) return;
  hash.has_network |= !is_placeholder_mac(payload.subspan(kMacAt).first<6>());
}

void read_pkid(Bytes payload, HardwareHash& hash) {
  const std::string_view text = text_of(payload);
  if (is_pkid(text) && !is_empty_pkid(text)) hash.pkid = text;
}

// Walks the records; false when they do not end exactly where the head says. Unknown types are
// tools of another version, not errors.
template <class Visit>
bool for_each_record(Bytes canonical, Visit visit) {
  const std::size_t end = canonical.size() - kTrailerBytes;
  std::size_t at = kHeadBytes;
  while (at < end) {
    if (end - at < kRecordHead) return false;
    const std::uint16_t length = u16_at(canonical, at + 2);
    if (length < kRecordHead || length > end - at) return false;
    visit(u16_at(canonical, at), canonical.subspan(at + kRecordHead, length - kRecordHead));
    at += length;
  }
  return true;
}

bool read_record(std::uint16_t type, Bytes payload, HardwareHash& hash) {
  switch (type) {
    case kHead:
      return read_head(payload, hash);
    case kNetwork:
      read_network(payload, hash);
      return true;
    case kOfflineId:
      read_offline_id(payload, hash);
      return true;
    case kUuid:
      read_uuid(payload, hash);
      return true;
    case kSerial:
      hash.serial = text_of(payload);
      return true;
    case kManufacturer:
      hash.manufacturer = text_of(payload);
      return true;
    case kModel:
      hash.model = text_of(payload);
      return true;
    case kPkid:
      read_pkid(payload, hash);
      return true;
    case kTpmKey:
      hash.has_tpm_key = true;
      return true;
    default:
      return true;
  }
}

// Magic and length were read already; `canonical` is exactly as long as the length says.
Decoded verify(Bytes canonical) {
  const std::size_t total = canonical.size() - kTrailerBytes;
  const Bytes trailer = canonical.subspan(total);
  if (trailer[0] != 'C' || trailer[1] != 'S' || u16_at(trailer, 2) != kTrailerBytes) {
    return fault(HashFault::broken_structure);
  }
  HardwareHash hash;
  hash.canonical = canonical;
  hash.digest = sha256(canonical.first(total));
  if (!std::equal(hash.digest.begin(), hash.digest.end(), trailer.begin() + 4)) {
    return fault(HashFault::damaged);
  }
  std::uint32_t seen = 0;
  bool is_sound = true;
  const bool ends_well = for_each_record(canonical, [&](std::uint16_t type, Bytes payload) {
    if (type < 32) seen |= std::uint32_t{1} << type;
    is_sound = read_record(type, payload, hash) && is_sound;
  });
  if (!ends_well || !is_sound) return fault(HashFault::broken_structure);
  constexpr std::uint32_t kRequired =
      1U << kHead | 1U << kSerial | 1U << kManufacturer | 1U << kModel;
  if ((seen & kRequired) != kRequired || hash.manufacturer.empty() || hash.model.empty()) {
    return fault(HashFault::missing_fields);
  }
  return hash;
}

bool is_all(std::string_view text, char letter) {
  return text.empty() || (text.front() == letter &&
                          std::memcmp(text.data(), text.data() + 1, text.size() - 1) == 0);
}

bool is_all_zero(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

// Decodes the letters in front of the padding. A text without its last letters is completed with
// `A`, zero bits: collectors cut those off, and the checksum proves or refutes it.
bool decode_letters(std::string_view letters, std::span<std::uint8_t> out) {
  const std::size_t whole = letters.size() / 4 * 4;
  if (!decode_base64_groups(letters.substr(0, whole), out.first(whole / 4 * 3))) return false;
  if (whole == letters.size()) return true;
  char last[4] = {'A', 'A', 'A', 'A'};
  std::copy(letters.begin() + static_cast<std::ptrdiff_t>(whole), letters.end(), last);
  return decode_base64_groups({last, 4}, out.subspan(whole / 4 * 3, 3));
}

struct Plan {
  std::size_t canonical_bytes = 0;  // head, records and trailer
  std::string_view letters;         // hold the canonical bytes, and up to two zero bytes
  std::string_view padding;         // must be `A` only
};

// Reads magic and length, and decides how much of the text has to be decoded.
tl::expected<Plan, HashFault> plan(std::string_view text) {
  std::uint8_t head[6];
  if (text.size() < 8) return fault(text.empty() ? HashFault::empty : HashFault::too_short);
  if (text.size() > base64_length(limits::kHashBytes)) return fault(HashFault::too_long);
  if (!decode_base64_groups(text.substr(0, 8), head)) return fault(HashFault::not_base64);
  if (head[0] != 'O' || head[1] != 'A') return fault(HashFault::no_magic);
  const std::size_t total = u16_at(head, 2);
  if (total < kHeadBytes + kRecordHead || total + kTrailerBytes > limits::kHashBytes) {
    return fault(HashFault::broken_structure);
  }
  Plan result;
  result.canonical_bytes = total + kTrailerBytes;
  result.letters = text.substr(0, base64_length(result.canonical_bytes));
  result.padding = text.substr(result.letters.size());
  return result;
}

bool all_base64(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_base64_letter);
}

// What is wrong with a text whose bytes do not verify, in the words that help most.
HashFault explain_fault(HashFault found, std::string_view text, const Plan& plan) {
  if (!all_base64(text) || (text.size() % 4 == 1 && text.back() != 'A')) {
    return HashFault::not_base64;
  }
  const bool is_cut_off = plan.letters.size() < base64_length(plan.canonical_bytes);
  return is_cut_off ? HashFault::too_short : found;
}

// Behind `storage`; the caller shortens it again on failure.
Decoded decode_strictly(std::string_view text, std::vector<std::uint8_t>& storage) {
  text = text.substr(0, text.find_last_not_of('=') + 1);
  const auto planned = plan(text);
  if (!planned) return fault(planned.error());
  const std::size_t start = storage.size();
  storage.resize(start + (planned->canonical_bytes + 2) / 3 * 3);
  const auto decoded = std::span(storage).subspan(start);
  if (!decode_letters(planned->letters, decoded)) return fault(HashFault::not_base64);
  auto hash = verify(decoded.first(planned->canonical_bytes));
  if (!hash) return fault(explain_fault(hash.error(), text, *planned));
  if (!is_all(planned->padding, 'A') || !is_all_zero(decoded.subspan(planned->canonical_bytes))) {
    return fault(all_base64(planned->padding) ? HashFault::dirty_padding : HashFault::not_base64);
  }
  storage.resize(start + planned->canonical_bytes);
  return hash;
}

// White space, quotes and invisible characters that wrapping, quoting and copying leave inside.
std::string without_wrapping(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const std::string_view rest = trim_field(text);
    if (rest.empty()) break;
    text = rest;
    if (text.front() != '"' && text.front() != '\'') clean.push_back(text.front());
    text.remove_prefix(1);
  }
  return clean;
}

// URL decoding turns `+` into a space; the URL alphabet of base64 has `-` and `_`.
std::string with_standard_alphabet(std::string_view text) {
  std::string repaired(text);
  for (char& c : repaired) {
    if (c == ' ' || c == '-') c = '+';
    if (c == '_') c = '/';
  }
  return repaired;
}

Decoded decode_or_restore(std::string_view text, std::vector<std::uint8_t>& storage) {
  const std::size_t start = storage.size();
  auto hash = decode_strictly(text, storage);
  if (!hash) storage.resize(start);
  return hash;
}

}  // namespace

Decoded decode_hardware_hash(std::string_view text, std::vector<std::uint8_t>& storage) {
  text = trim_field(text);
  while (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') &&
         text.front() == text.back()) {
    text = trim_field(text.substr(1, text.size() - 2));
  }
  auto hash = decode_or_restore(text, storage);
  if (hash || hash.error() != HashFault::not_base64) return hash;
  // Repairs are safe because the checksum decides: a wrong guess does not verify.
  auto unwrapped = decode_or_restore(without_wrapping(text), storage);
  if (unwrapped) return unwrapped;
  auto respelled = decode_or_restore(with_standard_alphabet(text), storage);
  return respelled ? respelled : unwrapped;
}

Decoded parse_canonical_hash(Bytes canonical) {
  if (canonical.size() < kHeadBytes + kRecordHead + kTrailerBytes)
    return fault(HashFault::too_short);
  if (canonical.size() > limits::kHashBytes) return fault(HashFault::too_long);
  if (canonical[0] != 'O' || canonical[1] != 'A') return fault(HashFault::no_magic);
  if (u16_at(canonical, 2) + kTrailerBytes != canonical.size()) {
    return fault(HashFault::broken_structure);
  }
  return verify(canonical);
}

std::string wire_text(Bytes canonical) {
  if (canonical.size() >= kServiceBytes) return encode_base64(canonical);
  std::vector<std::uint8_t> padded(kServiceBytes);
  std::copy(canonical.begin(), canonical.end(), padded.begin());
  return encode_base64(padded);
}

std::size_t wire_text_length(std::size_t canonical_bytes) {
  return base64_length(std::max(canonical_bytes, kServiceBytes));
}

std::vector<HashRecord> records_of(const HardwareHash& hash) {
  std::vector<HashRecord> records;
  for_each_record(hash.canonical, [&](std::uint16_t type, Bytes payload) {
    records.push_back({type, payload});
  });
  return records;
}

}  // namespace devicebatch::record
