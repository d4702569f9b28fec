// format/csv/rejects.hpp - the CSV side of copy_rejects.
//
// Threading: the caller's thread.
// Units:     memory as the reader's; an endless line is copied in pieces.
// Errors:    of window and sink, handed through. A file that is refused has no rows to copy.
// Source:    docs/formats.md, "Rejected rows".
#pragma once

#include "format/byte_source.hpp"
#include "format/submission_reader.hpp"
#include "format/text_window.hpp"

#include <cstdint>
#include <functional>

namespace devicebatch::format {

// `is_rejected` is asked for the first line of each row, in ascending order. The bytes are those of
// the file's first encoding, where a merged file has several.
Result<void> copy_csv_rejects(TextWindow& window, const DetectedEncoding& encoding,
                              const ReadOptions& options,
                              const std::function<bool(std::uint64_t line)>& is_rejected,
                              const ByteSink& sink);

// Lines of a scanner station have no header and no quotes.
Result<void> copy_scan_rejects(TextWindow& window, const DetectedEncoding& encoding,
                               const std::function<bool(std::uint64_t line)>& is_rejected,
                               const ByteSink& sink);

}  // namespace devicebatch::format
