#include "ledger/identity/device_facts.hpp"

#include "record/hardware_hash.hpp"
#include "record/placeholder.hpp"

#include <algorithm>

namespace devicebatch::ledger {
namespace {

// A canonical hash ends with the SHA-256 of everything before its trailer, which was verified when
// it was made canonical.
std::optional<Digest> digest_of(record::HashForm form, Bytes hash) {
  if (form == record::HashForm::none || hash.empty()) return std::nullopt;
  Digest digest;
  if (form == record::HashForm::verbatim || hash.size() < digest.size()) return sha256(hash);
  std::copy(hash.end() - static_cast<std::ptrdiff_t>(digest.size()), hash.end(), digest.begin());
  return digest;
}

template <class Row>
policy::DeviceFacts facts_from(const Uuid& customer, const Row& row, Bytes hash) {
  policy::DeviceFacts facts;
  facts.customer = customer;
  facts.serial = row.serial;
  facts.pkid = row.pkid;
  facts.manufacturer = row.manufacturer;
  facts.model = row.model;
  facts.hash_digest = digest_of(row.hash_form, hash);
  return facts;
}

}  // namespace

policy::DeviceFacts facts_of(const Uuid& customer, const record::BatchRow& row, Bytes hash) {
  policy::DeviceFacts facts = facts_from(customer, row, hash);
  facts.captured_at = row.captured_at;
  return facts;
}

policy::DeviceFacts facts_of(const Uuid& customer, const RecordRow& row, Bytes hash) {
  policy::DeviceFacts facts = facts_from(customer, row, hash);
  facts.captured_at = row.captured;
  return facts;
}

bool add_hash_identity(policy::DeviceFacts& facts, record::HashForm form, Bytes hash) {
  if (form != record::HashForm::canonical) return true;
  const auto parsed = record::parse_canonical_hash(hash);
  if (!parsed) return false;
  facts.tpm = parsed->tpm;
  // Most files have no columns for them.
  if (facts.manufacturer.empty() && !record::is_placeholder_name(parsed->manufacturer)) {
    facts.manufacturer = parsed->manufacturer;
  }
  if (facts.model.empty() && !record::is_placeholder_name(parsed->model)) {
    facts.model = parsed->model;
  }
  if (parsed->uuid && !record::is_placeholder_uuid(*parsed->uuid)) facts.uuid = parsed->uuid;
  return true;
}

record::IdentityKeys keys_of(const policy::DeviceFacts& facts, const RowTexts& row,
                             std::uint64_t seed) {
  record::Identity identity;
  identity.serial = facts.serial;
  identity.pkid = facts.pkid;
  identity.manufacturer = row.manufacturer;
  identity.model = row.model;
  identity.hash_digest = facts.hash_digest;
  identity.tpm = facts.tpm;
  identity.uuid = facts.uuid;
  return record::keys_of(identity, seed);
}

}  // namespace devicebatch::ledger
