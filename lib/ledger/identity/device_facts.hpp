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

// Adds what is inside the hash: TPM and UUID. False when a stored canonical hash is none.
bool add_hash_identity(policy::DeviceFacts& facts, record::HashForm form, Bytes hash);

// The keys of a device whose facts are complete.
record::IdentityKeys keys_of(const policy::DeviceFacts& facts, std::uint64_t seed);

}  // namespace devicebatch::ledger
