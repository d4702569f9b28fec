#include "daemon/json_text.hpp"

namespace devicebatch::daemon {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* member = object.if_contains(name);
  return member != nullptr && member->is_string() ? std::string(member->get_string()) : "";
}

std::uint64_t number_of(const json::object& object, std::string_view name) {
  const json::value* member = object.if_contains(name);
  if (member == nullptr) return 0;
  if (const auto* natural = member->if_uint64()) return *natural;
  if (const auto* whole = member->if_int64())
    return *whole < 0 ? 0 : static_cast<std::uint64_t>(*whole);
  return 0;
}

bool flag_of(const json::object& object, std::string_view name) {
  const json::value* member = object.if_contains(name);
  return member != nullptr && member->is_bool() && member->get_bool();
}

const json::object& object_of(const json::object& object, std::string_view name) {
  static const json::object kEmpty;
  const json::value* member = object.if_contains(name);
  return member != nullptr && member->is_object() ? member->get_object() : kEmpty;
}

const json::array& array_of(const json::object& object, std::string_view name) {
  static const json::array kEmpty;
  const json::value* member = object.if_contains(name);
  return member != nullptr && member->is_array() ? member->get_array() : kEmpty;
}

}  // namespace devicebatch::daemon
