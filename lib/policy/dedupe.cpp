#include "policy/dedupe.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace devicebatch::policy {
namespace {

enum class Match { unknown, same, different };

template <class T>
Match match(const std::optional<T>& left, const std::optional<T>& right) {
  if (!left || !right) return Match::unknown;
  return *left == *right ? Match::same : Match::different;
}

Match match(std::string_view left, std::string_view right) {
  if (left.empty() || right.empty()) return Match::unknown;
  return left == right ? Match::same : Match::different;
}

// Only a well-formed product key id names one device; anything else in its column is a remark.
bool is_pkid(std::string_view text) {
  return text.size() == 13 && std::all_of(text.begin(), text.end(), is_ascii_digit);
}

struct Comparison {
  Comparison(const DeviceFacts& incoming, const DeviceFacts& stored)
      : serial(match(incoming.serial, stored.serial)),
        manufacturer(match(incoming.manufacturer, stored.manufacturer)),
        model(match(incoming.model, stored.model)),
        pkid(is_pkid(incoming.pkid) && is_pkid(stored.pkid) ? match(incoming.pkid, stored.pkid)
                                                            : Match::unknown),
        hash(match(incoming.hash_digest, stored.hash_digest)),
        tpm(match(incoming.tpm, stored.tpm)),
        uuid(match(incoming.uuid, stored.uuid)) {}

  bool is_same_tuple() const {
    return serial == Match::same && manufacturer == Match::same && model == Match::same;
  }
  bool is_same_board() const { return tpm == Match::same || uuid == Match::same; }
  bool is_same_identity() const {
    return is_same_board() || is_same_tuple() || pkid == Match::same || hash == Match::same;
  }

  Match serial, manufacturer, model, pkid, hash, tpm, uuid;
};

bool is_same_record(const DeviceFacts& left, const DeviceFacts& right) {
  return left.serial == right.serial && left.pkid == right.pkid &&
         left.manufacturer == right.manufacturer && left.model == right.model &&
         left.hash_digest == right.hash_digest;
}

DedupeDecision conflict(std::string_view code, std::string_view reason) {
  return {Kinship::conflict, code, reason};
}

// Two stories about one device, or unrelated when there is none.
DedupeDecision contradiction(const Comparison& facts) {
  if (facts.is_same_board() && facts.serial == Match::different) {
    return conflict(
        "conflict.board_reused",
        "A device with the same mainboard or TPM is known under another serial number.");
  }
  const bool has_other_board = facts.uuid == Match::different || facts.tpm == Match::different;
  if (facts.is_same_tuple() && has_other_board && !facts.is_same_board()) {
    return conflict("conflict.serial_reused",
                    "A device with this serial number is known with another mainboard and TPM.");
  }
  if (facts.pkid == Match::same &&
      (facts.serial == Match::different || (has_other_board && !facts.is_same_board()))) {
    return conflict("conflict.pkid_reused", "This product key id belongs to another device.");
  }
  if (facts.pkid == Match::different) {
    return conflict("conflict.pkid_changed", "This device is known with another product key id.");
  }
  return {};
}

// Does the incoming record let the service find a device that the stored one may not?
bool knows_more(const DeviceFacts& incoming, const DeviceFacts& stored) {
  if (incoming.hash_digest || stored.hash_digest) {
    return incoming.hash_digest.has_value() && !stored.hash_digest.has_value();
  }
  return !incoming.pkid.empty() && stored.pkid.empty();
}

DedupeDecision replaces_or_duplicate(Progress progress, std::string_view code,
                                     std::string_view reason) {
  if (progress == Progress::waiting) return {Kinship::replaces, "superseded.recapture", reason};
  return {Kinship::duplicate, code, reason};
}

DedupeDecision same_device(const DeviceFacts& incoming, const DeviceFacts& stored,
                           const Comparison& facts, Progress progress) {
  if (facts.hash == Match::different) {
    const bool has_times = incoming.captured_at != 0 && stored.captured_at != 0;
    if (has_times && incoming.captured_at < stored.captured_at) {
      return {Kinship::superseded, "superseded.stale",
              "A newer capture of this device is known already."};
    }
    constexpr std::string_view kRecapture =
        "This is another capture of a device that is known already.";
    if (!has_times || incoming.captured_at == stored.captured_at) {
      return {Kinship::duplicate, "duplicate.recapture", kRecapture};
    }
    return replaces_or_duplicate(progress, "duplicate.recapture", kRecapture);
  }
  constexpr std::string_view kKnown = "This device is known already.";
  if (knows_more(incoming, stored)) {
    return replaces_or_duplicate(progress, "duplicate.device", kKnown);
  }
  return {Kinship::duplicate, "duplicate.device", kKnown};
}

int strength(Kinship kinship) {
  switch (kinship) {
    case Kinship::duplicate:
      return 4;
    case Kinship::superseded:
      return 3;
    case Kinship::conflict:
      return 2;
    case Kinship::replaces:
      return 1;
    case Kinship::unrelated:
      return 0;
  }
  return 0;
}

}  // namespace

DedupeDecision compare(const DeviceFacts& incoming, const DeviceFacts& stored, Progress progress) {
  if (progress == Progress::gone) return {};
  const Comparison facts(incoming, stored);
  const bool is_same = is_same_record(incoming, stored);
  if (!is_same && !facts.is_same_identity()) return {};
  const bool is_held = progress == Progress::held;
  if (incoming.customer != stored.customer) {
    if (is_held || progress == Progress::retired) return {};
    return conflict("conflict.other_customer", "This device is known for another customer.");
  }
  if (progress == Progress::retired && !is_same) return {};
  if (is_same && !is_held) {
    return {Kinship::duplicate, "duplicate.record", "The same record is known already."};
  }
  const DedupeDecision doubt = is_same ? DedupeDecision{} : contradiction(facts);
  // A held record was never sent: it can be repeated, but it cannot stand against another story.
  if (is_held) {
    if (doubt.kinship == Kinship::conflict) return {};
    return conflict("conflict.held", "A record of this device is held for a person already.");
  }
  if (doubt.kinship == Kinship::conflict) return doubt;
  return same_device(incoming, stored, facts, progress);
}

bool is_same_device(const DeviceFacts& left, const DeviceFacts& right) {
  if (left.customer != right.customer) return false;
  const Comparison facts(left, right);
  if (is_same_record(left, right)) return true;
  return facts.is_same_identity() && contradiction(facts).kinship != Kinship::conflict;
}

const DedupeDecision& strongest(const DedupeDecision& left, const DedupeDecision& right) {
  return strength(right.kinship) > strength(left.kinship) ? right : left;
}

}  // namespace devicebatch::policy
