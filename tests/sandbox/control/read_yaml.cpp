#include "base/text.hpp"
#include "sandbox/control/fault_rules.hpp"

#include <boost/json/value.hpp>
#include <yaml-cpp/yaml.h>

#include <charconv>

namespace devicebatch::sandbox {
namespace {

namespace json = boost::json;

template <class Number>
bool is_number(const std::string& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

// A quoted scalar (tag "!") is a text; a plain one is what it looks like.
json::value scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return json::string(text);
  if (std::int64_t whole = 0; is_number(text, whole)) return whole;
  if (double fraction = 0; is_number(text, fraction)) return fraction;
  const std::string word = to_lower(text);
  if (word == "true" || word == "yes") return true;
  if (word == "false" || word == "no") return false;
  return json::string(text);
}

json::value convert(const YAML::Node& node) {
  if (node.IsScalar()) return scalar(node);
  if (node.IsSequence()) {
    json::array list;
    for (const YAML::Node& each : node) list.push_back(convert(each));
    return list;
  }
  if (!node.IsMap()) return nullptr;
  json::object object;
  for (const auto& each : node) object[each.first.as<std::string>()] = convert(each.second);
  return object;
}

}  // namespace

// yaml-cpp reports by exceptions; they end here.
Result<json::value> read_yaml(const std::string& path) {
  try {
    return convert(YAML::LoadFile(path));
  } catch (const YAML::Exception& error) {
    return fail(Errc::bad_config, path + ": " + error.what());
  }
}

}  // namespace devicebatch::sandbox
