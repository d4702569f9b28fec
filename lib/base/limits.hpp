// base/limits.hpp - every fixed bound in one place, each with its reason.
//
// Purpose:   memory is bounded by configuration, not by input (promise I9). What an operator may
//            want to change is a setting; what protects the process is here.
#pragma once

#include <cstddef>

namespace devicebatch::limits {

// One read of a file. What is read must still be in the processor's cache when it is looked at;
// below 64 KiB the calls show in a profile.
inline constexpr std::size_t kReadBytes = 256 * 1024;

// Text that goes to the ledger together; a file that is not larger is read as a whole.
inline constexpr std::size_t kWindowBytes = std::size_t{1} << 20;

// One row of text, line break included. A full row is about 4.2 KB; the rest is room for local
// columns.
inline constexpr std::size_t kRowBytes = 100 * 1024;

// One field. The hash is 4,000 characters; spreadsheets stop at 32,767.
inline constexpr std::size_t kFieldBytes = 64 * 1024;

// Columns of one row: twelve are known; a row of bare commas must not allocate without end.
inline constexpr std::size_t kColumns = 256;

// Batches of parsed rows between the readers and the ledger: bounds memory at about 8 windows.
inline constexpr std::size_t kBatchesInFlight = 8;

// Records of one group commit: above this a commit gets longer without getting cheaper.
inline constexpr std::size_t kRecordsPerCommit = 10'000;

// Submissions claimed together: shares the commits and the directory syncs of small files.
inline constexpr std::size_t kFilesPerClaim = 1'000;

// A decoded hardware hash. The service's is 3,000 bytes; hostile input must not cost more than
// this.
inline constexpr std::size_t kHashBytes = 8 * 1024;

// An HTTP reply body. A status reply of 1,000 devices is about 300 KB.
inline constexpr std::size_t kReplyBytes = std::size_t{16} << 20;

// A line on the control socket.
inline constexpr std::size_t kControlLineBytes = std::size_t{1} << 20;

// A file handed over by `submit`, and the largest file a drop folder takes unless configured.
inline constexpr std::size_t kSubmissionBytes = std::size_t{16} << 30;

// What a compressed file may become: no more than a plain one, unless configured.
inline constexpr std::size_t kInflatedBytes = kSubmissionBytes;

// Bytes out for one byte in, once kInflationGrace came out. Device files reach 40 at most, a bomb
// 1,000.
inline constexpr std::size_t kInflation = 200;
inline constexpr std::size_t kInflationGrace = std::size_t{32} << 20;

// Rows of a compressed file: a gigabyte of line breaks packs into a megabyte.
inline constexpr std::size_t kInflatedRows = 20'000'000;

// Findings kept for one row: a row can be wrong in every field, not in a thousand ways.
inline constexpr std::size_t kFindingsPerRow = 16;

}  // namespace devicebatch::limits
