// format/json/file_end.hpp - is the writer of a JSON file done?
//
// Threading: pure; any thread.
// Source:    docs/formats.md, "JSON". Judged by the end alone: read backwards from the last
//            bracket, which is never inside a text, the brackets tell whether something around it
//            is open.
#pragma once

#include <string_view>

namespace devicebatch::format {

// `tail` is the end of the file, or all of it, in UTF-8. A value that would still need a closing
// bracket, and a last line that stops in the middle, are not complete.
bool is_complete_json(std::string_view tail);

}  // namespace devicebatch::format
