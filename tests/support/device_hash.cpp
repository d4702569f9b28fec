// The encoder of synthetic hardware hashes: docs/formats.md read once more, from the other side.
#include "base/check.hpp"
#include "base/random.hpp"
#include "base/sha256.hpp"
#include "support/device_files.hpp"

#include <algorithm>

namespace devicebatch::support {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kPaddedBytes = 3000;

void put(Bytes& out, std::uint64_t value, int bytes) {
  for (int at = 0; at < bytes; ++at) out.push_back(static_cast<std::uint8_t>(value >> (8 * at)));
}

void put_record(Bytes& out, unsigned type, const Bytes& payload) {
  put(out, type, 2);
  put(out, payload.size() + 4, 2);
  out.insert(out.end(), payload.begin(), payload.end());
}

void put_text(Bytes& out, unsigned type, std::string_view text) {
  Bytes payload(text.begin(), text.end());
  payload.push_back(0);
  put_record(out, type, payload);
}

Bytes random_bytes(std::uint64_t seed, std::size_t count) {
  SeededRandom random(seed);
  Bytes bytes;
  while (bytes.size() < count) put(bytes, random.next(), 8);
  bytes.resize(count);
  return bytes;
}

// Builds of tool and system, the time, a zone an hour east, x64, tool version 7.
Bytes head_record(const HashSpec& spec) {
  Bytes payload;
  for (const unsigned part : {10U, 0U, 26100U, 1U, 10U, 0U, 26100U, 2033U}) {
    put(payload, part, 2);
  }
  put(payload, static_cast<std::uint64_t>(spec.captured_at), 4);
  put(payload, 4, 1);
  put(payload, spec.os_type, 1);
  put(payload, 9, 1);
  put(payload, 7, 1);
  return payload;
}

void put_tpm(Bytes& out, std::uint64_t seed) {
  const Bytes key = random_bytes(seed, 256);
  const Digest digest = sha256(key);
  Bytes offline_id;
  put(offline_id, 0, 4);
  put(offline_id, 1, 1);
  put(offline_id, 0, 1);
  put(offline_id, digest.size(), 4);
  offline_id.insert(offline_id.end(), digest.begin(), digest.end());
  put_record(out, 11, offline_id);
  put_text(out, 13, "TPM-Version:2.0 -Level:0-Revision:1.59-VendorID:'CONT'-Firmware:1.0");
  put_record(out, 25, key);
}

void put_network(Bytes& out, std::uint64_t seed) {
  Bytes payload;
  put(payload, 14, 4);
  Bytes mac = random_bytes(seed ^ 0x4D4143, 6);
  mac[0] = 0x02;
  payload.insert(payload.end(), mac.begin(), mac.end());
  put(payload, 8, 4);
  for (const char c : std::string_view("PCI\0", 4)) put(payload, static_cast<unsigned char>(c), 2);
  put_record(out, 8, payload);
}

void put_inventory(Bytes& out, const HashSpec& spec) {
  Bytes counts;
  for (const unsigned part : {9U, 1U, 8U, 16U, 1U, 0U}) put(counts, part, 2);
  put_record(out, 2, counts);
  put_text(out, 3, "GenuineContoso");
  put_text(out, 4, "Contoso Processor 1234 @ 2.60GHz");
  put_text(out, 15, "Contoso Firmware");
  put_text(out, 18, "CB14-SKU-0001");
  put_text(out, 19, "Contoso Book");
  put_text(out, 23, "1.0");
  put_text(out, 20, spec.manufacturer);
  put_text(out, 21, "CB14-BOARD");
}

// Records of an opaque type until the records have the wanted size.
void put_filler(Bytes& out, const HashSpec& spec) {
  constexpr std::size_t kRecordHead = 4;
  if (out.size() + kRecordHead >= spec.record_bytes) return;
  put_record(out, 37,
             random_bytes(spec.tpm_seed + 77, spec.record_bytes - out.size() - kRecordHead));
}

std::string base64(const Bytes& bytes) {
  constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  DEVICEBATCH_CHECK(bytes.size() % 3 == 0);
  std::string text;
  text.reserve(bytes.size() / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const unsigned group =
        unsigned{bytes[at]} << 16 | unsigned{bytes[at + 1]} << 8 | unsigned{bytes[at + 2]};
    for (const unsigned shift : {18U, 12U, 6U, 0U})
      text.push_back(kLetters[(group >> shift) & 63U]);
  }
  return text;
}

}  // namespace

std::vector<std::uint8_t> make_hash_bytes(const HashSpec& spec) {
  Bytes out{'O', 'A', 0, 0};
  put_record(out, 1, head_record(spec));
  if (spec.uuid != std::array<std::uint8_t, 16>{}) {
    put_record(out, 12, Bytes(spec.uuid.begin(), spec.uuid.end()));
  }
  put_text(out, 14, spec.serial);
  put_text(out, 16, spec.manufacturer);
  put_text(out, 17, spec.model);
  if (!spec.pkid.empty()) put_text(out, 24, spec.pkid);
  if (spec.has_network) put_network(out, spec.tpm_seed);
  if (spec.tpm_seed != 0) put_tpm(out, spec.tpm_seed);
  if (spec.record_bytes != 0) {
    put_inventory(out, spec);
    put_filler(out, spec);
  }
  out[2] = static_cast<std::uint8_t>(out.size());
  out[3] = static_cast<std::uint8_t>(out.size() >> 8);
  const Digest digest = sha256(out);
  out.insert(out.end(), {'C', 'S'});
  put(out, 36, 2);
  out.insert(out.end(), digest.begin(), digest.end());
  return out;
}

std::string hash_text_of(std::vector<std::uint8_t> bytes) {
  bytes.resize(std::max(kPaddedBytes, (bytes.size() + 2) / 3 * 3));
  return base64(bytes);
}

std::string make_hash_text(const HashSpec& spec) {
  return hash_text_of(make_hash_bytes(spec));
}

std::string with_changed_letter(std::string text, std::size_t at) {
  char& letter = text.at(at);
  letter = letter == 'Q' ? 'R' : 'Q';
  return text;
}

}  // namespace devicebatch::support
