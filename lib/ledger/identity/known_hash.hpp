// ledger/identity/known_hash.hpp - the hash that earlier records have of a device whose row has
// none.
//
// Purpose:   a row without a hash is found by the service only when the maker has reported the
//            device; with the hash it is found always. Records that hold nothing any more, and
//            captures that were kept without being sent, still have theirs.
// Errors:    kept by the connection.
// Source:    docs/formats.md, "Same device or not".
#pragma once

#include "ledger/store/pack_store.hpp"
#include "ledger/store/record_row.hpp"
#include "policy/dedupe.hpp"

#include <optional>
#include <span>
#include <vector>

namespace devicebatch::ledger {

struct KnownHash {
  RecordRow record;
  std::vector<std::uint8_t> hash;
};

// The newest among `known` and the records that were answered by pointing to one of them, all of
// the customer of `incoming`. None when two of them tell different stories.
std::optional<KnownHash> find_known_hash(Connection& db, PackStore& packs,
                                         const policy::DeviceFacts& incoming,
                                         std::span<const RecordRow> known);

}  // namespace devicebatch::ledger
