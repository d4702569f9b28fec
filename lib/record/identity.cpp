#define XXH_INLINE_ALL
#include "record/identity.hpp"

#include <xxhash.h>

namespace devicebatch::record {
namespace {

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// Spreads the kinds over the seed space; the constant is the golden ratio's, as in splitmix64.
std::uint64_t seed_of(KeyKind kind, std::uint64_t seed) {
  return seed ^ ((static_cast<std::uint64_t>(kind) + 1) * 0x9E3779B97F4A7C15U);
}

// Zero says "no such value" in IdentityKeys, so no value may hash to it.
std::uint64_t never_zero(std::uint64_t key) {
  return key == 0 ? 1 : key;
}

// Each field is hashed with the key of the fields before it as its seed, so that neither a moved
// boundary ("AB","C" and "A","BC") nor an empty field goes unnoticed.
std::uint64_t record_key(const Identity& identity, std::uint64_t seed) {
  std::uint64_t key = seed_of(KeyKind::record, seed);
  for (std::string_view text :
       {identity.serial, identity.pkid, identity.manufacturer, identity.model}) {
    key = XXH3_64bits_withSeed(text.data(), text.size(), key);
  }
  if (identity.hash_digest) {
    key = XXH3_64bits_withSeed(identity.hash_digest->data(), identity.hash_digest->size(), key);
  }
  return never_zero(key);
}

}  // namespace

std::uint64_t key_of(KeyKind kind, std::span<const std::uint8_t> value, std::uint64_t seed) {
  return never_zero(XXH3_64bits_withSeed(value.data(), value.size(), seed_of(kind, seed)));
}

std::uint64_t key_of(KeyKind kind, std::string_view value, std::uint64_t seed) {
  return key_of(kind, bytes_of(value), seed);
}

IdentityKeys keys_of(const Identity& identity, std::uint64_t seed) {
  IdentityKeys keys{};
  const auto set = [&](KeyKind kind, std::span<const std::uint8_t> value) {
    if (!value.empty()) keys[static_cast<std::size_t>(kind)] = key_of(kind, value, seed);
  };
  keys[static_cast<std::size_t>(KeyKind::record)] = record_key(identity, seed);
  if (identity.tpm) set(KeyKind::tpm, *identity.tpm);
  if (identity.uuid) set(KeyKind::uuid, *identity.uuid);
  set(KeyKind::serial, bytes_of(identity.serial));
  set(KeyKind::pkid, bytes_of(identity.pkid));
  return keys;
}

}  // namespace devicebatch::record
