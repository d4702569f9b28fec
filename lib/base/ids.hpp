// base/ids.hpp - row numbers that cannot be mixed up.
//
// Source: the ledger hands them out in append order; 0 means "none".
#pragma once

#include <compare>
#include <cstdint>

namespace devicebatch {

template <class Tag>
struct RowId {
  std::int64_t value = 0;
  explicit operator bool() const { return value != 0; }
  auto operator<=>(const RowId&) const = default;
};

using SubmissionId = RowId<struct SubmissionTag>;
using RecordId = RowId<struct RecordTag>;
using ChunkId = RowId<struct ChunkTag>;
using DestinationId = RowId<struct DestinationTag>;

}  // namespace devicebatch
