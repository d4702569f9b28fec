// format/xml/lookalikes.hpp - relatives of OA3 reports that are no XML.
//
// Threading: pure; any thread.
// Source:    docs/formats.md, "OA3 and its relatives". OA3.bin is the table that goes into the
//            firmware: five numbers of four bytes, then the product key as text.
#pragma once

#include "record/finding_codes.hpp"

#include <optional>
#include <string_view>

namespace devicebatch::format {

// Code::file_oa3_binary, or Code::file_oa3_in_log for a text with a report in it, or nothing.
// `head` is what the first window holds.
std::optional<record::Code> find_oa3_lookalike(std::string_view head);

}  // namespace devicebatch::format
