// format/other_dialects.hpp - files that are no rows of separated values, by how they begin.
//
// Purpose:   one place that knows which reader takes a file: `{` and `[` are JSON, `<` is XML, and
//            some more are recognised by what is in them.
// Threading: the caller's thread.
// Errors:    those of the readers.
// Source:    docs/formats.md.
#pragma once

#include "format/submission_reader.hpp"
#include "format/text_window.hpp"

namespace devicebatch::format {

// Reads the file, or finds out why it is refused. False when it is rows of separated values, as far
// as its beginning says: then nothing was done.
Result<bool> read_other_dialect(TextWindow& window, const record::RowChecker& checker,
                                const ReadOptions& options, const BatchSink& sink,
                                FileReport& report);

}  // namespace devicebatch::format
