// record/identity.hpp - the keys by which a device is found again.
//
// Purpose:   64-bit keys for the ledger's index. A hit is a suspicion: the ledger verifies it
//            against the stored record before anything is decided, so a collision costs a read,
//            not a device.
// Threading: pure; any thread.
// Source:    docs/formats.md, "Identity". The kind is mixed into the key, so all kinds share one
//            name space; the seed is drawn once for each ledger, so that nobody can aim collisions
//            at it.
#pragma once

#include "base/sha256.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace devicebatch::record {

enum class KeyKind : std::uint8_t {
  record = 0,  // the whole record: serial, PKID, manufacturer, model, hash
  tpm = 1,     // SHA-256 of the TPM endorsement key
  uuid = 2,    // SMBIOS UUID, unless a known filler
  serial = 3,  // serial number; the tuple is verified on a hit
  pkid = 4,    // product key id
};
inline constexpr std::size_t kKeyKinds = 5;

// One key for each kind; 0 where the record has no such value.
using IdentityKeys = std::array<std::uint64_t, kKeyKinds>;

using SmbiosUuid = std::array<std::uint8_t, 16>;

// What identifies a device, as far as a row and its hash tell.
struct Identity {
  std::string_view serial;
  std::string_view pkid;
  std::string_view manufacturer;
  std::string_view model;
  std::optional<Digest> hash_digest;  // SHA-256 of the canonical hash, or of the verbatim text
  std::optional<Digest> tpm;
  std::optional<SmbiosUuid> uuid;
};

IdentityKeys keys_of(const Identity& identity, std::uint64_t seed);

// The key of one value of one kind, as keys_of computes it: for looking a device up. Never 0.
std::uint64_t key_of(KeyKind kind, std::span<const std::uint8_t> value, std::uint64_t seed);
std::uint64_t key_of(KeyKind kind, std::string_view value, std::uint64_t seed);

}  // namespace devicebatch::record
