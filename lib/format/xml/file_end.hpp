// format/xml/file_end.hpp - is the writer of an XML file done?
//
// Threading: pure; any thread.
// Source:    docs/formats.md, "OA3 and its relatives". The root element must be closed at the end.
#pragma once

#include <string_view>

namespace devicebatch::format {

// `head` and `tail` are the file's ends, in UTF-8; they may overlap.
bool is_complete_xml(std::string_view head, std::string_view tail);

}  // namespace devicebatch::format
