// format/json/rejects.hpp - the rejected records of a JSON file, in the shape they came in.
//
// Purpose:   the JSON side of copy_rejects: lists stay lists, with what surrounds them in front;
//            JSON Lines stay lines; each record is copied byte for byte but for product keys.
// Lifecycle: one call for one file.
// Threading: the caller's thread.
// Units:     a record longer than limits::kRowBytes is left out: it is in the archived file only.
//            So is one with a product key in escaped letters.
// Errors:    of window and sink, handed through. A file that breaks off is copied up to there.
// Source:    docs/formats.md, "Rejected rows". UTF-16 comes out as UTF-8.
#pragma once

#include "format/byte_source.hpp"
#include "format/text_window.hpp"

#include <cstdint>
#include <functional>

namespace devicebatch::format {

// `is_rejected` is asked for the number of each record, in rising order.
Result<void> copy_json_rejects(TextWindow& window,
                               const std::function<bool(std::uint64_t number)>& is_rejected,
                               const ByteSink& sink);

}  // namespace devicebatch::format
