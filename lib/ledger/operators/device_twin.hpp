// ledger/operators/device_twin.hpp - is there another record that takes care of the same device?
//
// Purpose:   a record that failed holds nothing, so its device may have come again since. Trying
//            the first one again would then register the device twice (promise I2).
// Errors:    kept by the connection.
#pragma once

#include "ledger/index/identity_index.hpp"
#include "ledger/store/pack_store.hpp"
#include "ledger/store/record_row.hpp"

#include <optional>

namespace devicebatch::ledger {

// The stores it reads from.
struct DeviceSources {
  Connection& db;
  IdentityIndex& index;
  PackStore& packs;
};

std::optional<RecordRow> find_twin(const DeviceSources& from, const RecordRow& record);

}  // namespace devicebatch::ledger
