#include "sandbox/control/document.hpp"

#include "base/text.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
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

class Converter {
 public:
  explicit Converter(Document& document) : document_(document) {}

  json::value convert(const YAML::Node& node, const std::string& pointer) {
    if (node.IsScalar()) return scalar(node);
    if (node.IsSequence()) return convert_list(node, pointer);
    if (!node.IsMap()) return nullptr;
    json::object object;
    for (const auto& each : node) {
      const std::string name = each.first.as<std::string>();
      if (object.contains(name)) throw YAML::Exception(each.first.Mark(), name + " stands twice");
      const std::string member = pointer + '/' + name;
      document_.lines[member] = each.first.Mark().line + 1;
      object[name] = convert(each.second, member);
    }
    return object;
  }

 private:
  json::array convert_list(const YAML::Node& node, const std::string& pointer) {
    json::array list;
    for (const YAML::Node& each : node) {
      const std::string item = pointer + '/' + std::to_string(list.size());
      document_.lines[item] = each.Mark().line + 1;
      list.push_back(convert(each, item));
    }
    return list;
  }

  Document& document_;
};

}  // namespace

// yaml-cpp reports by exceptions; they end here.
Result<Document> read_document(const std::string& path) {
  Document document;
  document.path = path;
  try {
    document.value = Converter(document).convert(YAML::LoadFile(path), "");
  } catch (const YAML::Exception& error) {
    const bool has_line = error.mark.line >= 0;
    const std::string line = has_line ? "line " + std::to_string(error.mark.line + 1) + ": " : "";
    return fail(Errc::bad_config, path + ": " + line + error.msg);
  }
  return document;
}

Error Document::locate(const Error& error) const {
  const std::string& message = error.message();
  if (!message.starts_with('/')) return Error(error.code(), path + ": " + message);
  const std::size_t end = std::min(message.find(": "), message.size());
  std::string pointer = message.substr(0, end);
  const std::string member = pointer.substr(pointer.rfind('/') + 1);
  const bool is_item = !member.empty() && is_ascii_digit(member[0]);  // a number tells nobody much
  const std::string what = is_item ? message.substr(end + 2) : member + message.substr(end);
  while (!pointer.empty() && !lines.contains(pointer)) pointer.resize(pointer.rfind('/'));
  const auto found = lines.find(pointer);
  const std::string line =
      found == lines.end() ? "" : "line " + std::to_string(found->second) + ": ";
  return Error(error.code(), path + ": " + line + what);
}

tl::unexpected<Error> wrong(std::string_view member, std::string_view what) {
  std::string message = "/" + printable(member) + ": ";
  message += what;
  return tl::unexpected(Error(Errc::bad_config, std::move(message)));
}

tl::unexpected<Error> inside(std::string_view step, const Error& error) {
  const bool has_place = error.message().starts_with('/');
  const std::string place = "/" + std::string(step) + (has_place ? "" : ": ");
  return tl::unexpected(Error(error.code(), place + error.message()));
}

bool read_number(const json::value& value, std::uint64_t& number) {
  if (!value.is_number()) return false;
  json::error_code error;
  const auto read = value.to_number<std::int64_t>(error);
  if (error || read < 0) return false;
  number = static_cast<std::uint64_t>(read);
  return true;
}

bool read_text(const json::value& value, std::string& text) {
  if (!value.is_string()) return false;
  text = std::string_view(value.get_string());
  return true;
}

bool read_switch(const json::value& value, bool& on) {
  if (!value.is_bool()) return false;
  on = value.get_bool();
  return true;
}

}  // namespace devicebatch::sandbox
