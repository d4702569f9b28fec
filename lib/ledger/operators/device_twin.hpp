// ledger/operators/device_twin.hpp - the other records of the same device, or of one like it.
//
// Purpose:   a record that failed holds nothing, so its device may have come again since. Trying
//            the first one again would then register the device twice (promise I2). A record that
//            is held for a conflict is compared with all that it contradicts.
// Errors:    kept by the connection.
#pragma once

#include "ledger/index/identity_index.hpp"
#include "ledger/store/pack_store.hpp"
#include "ledger/store/record_row.hpp"
#include "policy/dedupe.hpp"

#include <optional>
#include <vector>

namespace devicebatch::ledger {

// The stores it reads from.
struct DeviceSources {
  Connection& db;
  IdentityIndex& index;
  PackStore& packs;
};

// A record with its hash. Its facts point into it.
struct KnownDevice {
  RecordRow record;
  Uuid customer;
  std::vector<std::uint8_t> hash;

  policy::DeviceFacts facts() const;
  record::IdentityKeys keys(std::uint64_t seed) const;
};
KnownDevice device_of(const DeviceSources& from, RecordRow record);

// A record that shares a key with another one, and what the other one is to it.
struct Relative {
  KnownDevice device;
  policy::Progress progress = policy::Progress::gone;
  policy::DedupeDecision decision;
};
// All of them, in ascending order; those that hold nothing any more included.
std::vector<Relative> find_relatives(const DeviceSources& from, const KnownDevice& device);

// Takes it care of the device, so that nothing else may be sent for it?
bool is_twin(const Relative& relative);

}  // namespace devicebatch::ledger
