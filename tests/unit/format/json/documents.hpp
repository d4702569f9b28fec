// unit/format/json/documents.hpp - numbered devices as JSON.
#pragma once

#include "support/device_dialects.hpp"

#include <string>
#include <string_view>

namespace devicebatch::format {

inline std::string as_json(std::string_view text) {
  return support::json_text(text);
}
inline std::string pascal_device(std::uint64_t number) {
  return support::pascal_json(support::make_device(number));
}
inline std::string camel_device(std::uint64_t number) {
  return support::camel_json(support::make_device(number));
}
inline std::string tuple_device(std::uint64_t number) {
  return support::tuple_json(support::make_device(number));
}
inline std::string graph_device(std::uint64_t number, std::string_view group_tag = "") {
  return support::graph_json(support::make_device(number), group_tag);
}

}  // namespace devicebatch::format
