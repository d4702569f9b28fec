// format/redaction.hpp - a file without the product keys that are in it.
//
// Purpose:   a file that holds a 25-character product key is kept without it.
// Threading: the caller's thread.
// Units:     memory is bounded by limits::kWindowBytes, whatever the file.
// Errors:    those of source and sink, handed through.
// Source:    docs/formats.md, "The secret".
#pragma once

#include "format/byte_source.hpp"

#include <cstdint>

namespace devicebatch::format {

// Copies `source` to `sink` with every product key turned into asterisks, in UTF-8 and UTF-16 of
// either byte order, whatever the file is. All other bytes and the size stay as they are. Returns
// how many keys there were.
Result<std::uint64_t> redact(ByteSource& source, const ByteSink& sink);

}  // namespace devicebatch::format
