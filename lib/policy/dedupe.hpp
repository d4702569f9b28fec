// policy/dedupe.hpp - is this record a device we know?
//
// Purpose:   one decision between an incoming record and one stored record that shares a key with
//            it.
// Threading: pure; any thread.
// Source:    docs/formats.md, "Same device or not". The caller asks for every stored candidate and
//            takes the strongest answer (strongest() below).
#pragma once

#include "base/sha256.hpp"
#include "base/uuid.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace devicebatch::policy {

// How far a stored record has come.
enum class Progress {
  waiting,     // accepted, not in any chunk yet
  in_flight,   // in a chunk: its fate is being decided
  registered,  // registered or already_registered
  gone,        // rejected, failed, superseded: it holds nothing
  held,        // conflict
  retired,     // registered or on its way, but a person gave its device to another record
};

struct DeviceFacts {
  Uuid customer;
  std::string_view serial;
  std::string_view pkid;
  std::string_view manufacturer;
  std::string_view model;
  std::optional<Digest> hash_digest;
  std::optional<Digest> tpm;
  std::optional<std::array<std::uint8_t, 16>> uuid;
  std::int64_t captured_at = 0;  // seconds since 2000-01-01T00:00:00Z; 0 unknown
};

enum class Kinship {
  unrelated,   // another device: the shared key was a coincidence
  duplicate,   // the same record, or a capture that adds nothing: answer `duplicate`
  superseded,  // an older capture than the stored one: answer `superseded`
  replaces,    // a newer capture of a device that still waits: the stored one becomes `superseded`
  conflict,    // two stories about one device: hold it for a person
};

struct DedupeDecision {
  Kinship kinship = Kinship::unrelated;
  std::string_view code;    // "duplicate.record", "conflict.serial_reused", ...; empty if unrelated
  std::string_view reason;  // a sentence without names; the caller adds who had it first and when
};

DedupeDecision compare(const DeviceFacts& incoming, const DeviceFacts& stored, Progress progress);

// Do both speak of one device of one customer, without contradicting each other? Whatever became of
// them.
bool is_same_device(const DeviceFacts& left, const DeviceFacts& right);

// Of two answers for one incoming record, the one that must win: duplicate, then superseded,
// conflict, replaces, unrelated.
const DedupeDecision& strongest(const DedupeDecision& left, const DedupeDecision& right);

}  // namespace devicebatch::policy
