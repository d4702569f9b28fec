// Any text as a hardware hash: what is accepted survives encoding and decoding unchanged.
//
// An even first byte takes the rest as the text of a row. An odd one takes it as records and seals
// them with their checksum, or no input would ever get past it.
#include "base/check.hpp"
#include "base/sha256.hpp"
#include "record/hardware_hash.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace {

using namespace devicebatch;
using record::decode_hardware_hash;

void check_text(std::string_view text) {
  const std::vector<std::uint8_t> before{1, 2, 3};
  std::vector<std::uint8_t> storage = before;
  const auto hash = decode_hardware_hash(text, storage);
  if (!hash) {
    DEVICEBATCH_CHECK(storage == before);
    return;
  }
  const std::vector<std::uint8_t> canonical(hash->canonical.begin(), hash->canonical.end());
  DEVICEBATCH_CHECK(storage.size() == before.size() + canonical.size());
  std::size_t bytes = 4 + 36;
  for (const record::HashRecord& one : records_of(*hash)) bytes += one.payload.size() + 4;
  DEVICEBATCH_CHECK(bytes == canonical.size());

  const auto parsed = record::parse_canonical_hash(canonical);
  DEVICEBATCH_CHECK(parsed.has_value());
  DEVICEBATCH_CHECK(parsed->serial == hash->serial && parsed->tpm == hash->tpm);

  const std::string wire = record::wire_text(canonical);
  DEVICEBATCH_CHECK(wire.size() == record::wire_text_length(canonical.size()));
  std::vector<std::uint8_t> again;
  DEVICEBATCH_CHECK(decode_hardware_hash(wire, again).has_value());
  DEVICEBATCH_CHECK(again == canonical);
}

std::string sealed(const std::uint8_t* records, std::size_t size) {
  std::vector<std::uint8_t> bytes{'O', 'A', 0, 0};
  bytes.insert(bytes.end(), records, records + std::min<std::size_t>(size, 8000));
  bytes[2] = static_cast<std::uint8_t>(bytes.size());
  bytes[3] = static_cast<std::uint8_t>(bytes.size() >> 8);
  const Digest digest = sha256(bytes);
  bytes.insert(bytes.end(), {'C', 'S', 36, 0});
  bytes.insert(bytes.end(), digest.begin(), digest.end());
  return record::wire_text(bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool is_sealed = (data[0] & 1) != 0;
  check_text(is_sealed ? sealed(data + 1, size - 1)
                       : std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
  return 0;
}
