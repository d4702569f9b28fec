// format/rejects.hpp - the rejected rows of a file, in the dialect they came in.
//
// Purpose:   the line corrects just these and drops them again.
// Lifecycle: one call for one file, which is read a second time.
// Threading: runs on the caller's thread; calls `is_rejected` and `sink` there.
// Units:     memory is bounded as in submission_reader.hpp.
// Errors:    those of source and sink, handed through.
// Source:    docs/formats.md, "Rejected rows". Product keys become asterisks of the same length.
#pragma once

#include "format/byte_source.hpp"
#include "format/submission_reader.hpp"

#include <cstdint>
#include <functional>

namespace devicebatch::format {

// Writes the header and the rows that begin on a rejected line, byte for byte: encoding, byte order
// mark, separator, line ends. Calls `sink` never when there are none. Lines are asked for in
// ascending order.
Result<void> copy_rejects(ByteSource& source, const ReadOptions& options,
                          const std::function<bool(std::uint64_t line)>& is_rejected,
                          const ByteSink& sink);

}  // namespace devicebatch::format
