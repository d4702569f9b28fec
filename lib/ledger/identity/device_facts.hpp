// ledger/identity/device_facts.hpp - what policy::compare asks of a record, read from a row or the
// ledger.
#pragma once

#include "ledger/sqlite/statement.hpp"
#include "ledger/store/record_row.hpp"
#include "policy/dedupe.hpp"
#include "record/record_batch.hpp"

namespace devicebatch::ledger {

// Texts, times and the hash's digest, without taking the hash apart. Views into their arguments.
policy::DeviceFacts facts_of(const Uuid& customer, const record::BatchRow& row, Bytes hash);
policy::DeviceFacts facts_of(const Uuid& customer, const RecordRow& row, Bytes hash);

// Adds what is inside the hash: TPM and UUID, and the manufacturer and model that the row leaves
// out. Views into the hash. False when a stored canonical hash is none.
bool add_hash_identity(policy::DeviceFacts& facts, record::HashForm form, Bytes hash);

// What the row itself says; the key of the whole record is made of it.
struct RowTexts {
  std::string_view manufacturer;
  std::string_view model;
};
// The keys of a device whose facts are complete.
record::IdentityKeys keys_of(const policy::DeviceFacts& facts, const RowTexts& row,
                             std::uint64_t seed);

}  // namespace devicebatch::ledger
