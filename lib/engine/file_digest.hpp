// engine/file_digest.hpp - what tells two files apart, and two looks at one.
//
// Threading: plain blocking code for a worker thread.
#pragma once

#include "base/sha256.hpp"
#include "spool/file_handle.hpp"

#include <cstdint>

namespace devicebatch::engine {

// SHA-256 of all bytes.
Result<Digest> digest_of(const spool::FileHandle& handle);

// Of the size and the first and last 64 KiB: finds files that may be equal without reading them.
Result<std::uint64_t> fingerprint_of(const spool::FileHandle& handle, std::uint64_t size);

struct FileStamp {
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  bool operator==(const FileStamp&) const = default;
};
Result<FileStamp> stamp_of(const spool::FileHandle& handle);

}  // namespace devicebatch::engine
