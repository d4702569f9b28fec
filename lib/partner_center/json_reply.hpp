// partner_center/json_reply.hpp - JSON of the service, read leniently and within bounds.
//
// Purpose:   what replies.cpp and token.cpp share; no other module includes this file.
// Threading: pure; any thread.
// Errors:    Errc::corrupt when the text is no JSON, nests deeper than 32, or would take more
//            memory than a reply of the largest size that means anything.
// Source:    docs/protocol.md, "Replies": a BOM may come first, member names in either casing, null
//            means absent, numbers may be strings.
#pragma once

#include "base/result.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace devicebatch::partner_center {

// Without the byte order mark that bodies may start with.
std::string_view without_bom(std::string_view body);

// The value's memory is wiped when it dies: replies of the token endpoint come through here.
Result<boost::json::value> parse_reply(std::string_view body);

// The member of that name in any casing, the exact one preferred; nullptr when absent or null.
const boost::json::value* member(const boost::json::object& object, std::string_view name);
// The same for a member that must be an object or an array.
const boost::json::object* object_member(const boost::json::object& object, std::string_view name);
const boost::json::array* array_member(const boost::json::object& object, std::string_view name);

// A string as it is, a number or truth value as text; empty for anything else.
std::string text_of(const boost::json::value& value);
std::string text_member(const boost::json::object& object, std::string_view name);
// A whole number, written as a number or as a string.
std::optional<std::int64_t> number_member(const boost::json::object& object, std::string_view name);

// Printable and never longer than `max_bytes`, escapes included.
std::string short_text(std::string_view bytes, std::size_t max_bytes);

}  // namespace devicebatch::partner_center
