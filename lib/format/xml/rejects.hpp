// format/xml/rejects.hpp - the rejected records of an XML file, in the elements they came in.
//
// Purpose:   the XML side of copy_rejects: each record's element byte for byte inside the elements
//            around it, so that the copy is a file of the same kind with these records and no
//            other.
// Lifecycle: one call for one file.
// Threading: the caller's thread.
// Units:     a record longer than limits::kRowBytes is left out: it is in the archived file only.
// Errors:    of window and sink, handed through. A file that breaks off is copied up to there.
// Source:    docs/formats.md, "Rejected rows". UTF-16 comes out as UTF-8, without a declaration.
//            What a ProductKey element holds becomes asterisks; a record with a key in another
//            place, where it may stand in other letters, is left out.
#pragma once

#include "format/byte_source.hpp"
#include "format/submission_reader.hpp"
#include "format/text_window.hpp"

#include <cstdint>
#include <functional>

namespace devicebatch::format {

// `is_rejected` is asked for the number of each record, in rising order.
Result<void> copy_xml_rejects(TextWindow& window, const ReadOptions& options,
                              const std::function<bool(std::uint64_t number)>& is_rejected,
                              const ByteSink& sink);

}  // namespace devicebatch::format
