// daemon/json_text.hpp - reading members of the reports without fuss.
//
// Errors:    a member that is absent or of another kind reads as empty: reports of an older or
//            newer daemon stay readable.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace devicebatch::daemon {

std::string text_of(const boost::json::object& object, std::string_view name);
std::uint64_t number_of(const boost::json::object& object, std::string_view name);
bool flag_of(const boost::json::object& object, std::string_view name);
const boost::json::object& object_of(const boost::json::object& object, std::string_view name);
const boost::json::array& array_of(const boost::json::object& object, std::string_view name);

}  // namespace devicebatch::daemon
