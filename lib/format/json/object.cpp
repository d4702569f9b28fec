#include "format/json/object.hpp"

#include "base/limits.hpp"
#include "base/text.hpp"
#include "format/json/scan.hpp"
#include "record/product_key.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cstring>

namespace devicebatch::format {
namespace {

using record::Code;
using record::make_finding;
namespace dom = simdjson::dom;

using MaybeFinding = std::optional<record::Finding>;

// Names shown to a person.
constexpr std::size_t kShownNames = 12;
constexpr std::size_t kShownNameBytes = 40;

record::Finding finding_for(simdjson::error_code error, std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return make_finding(Code::row_nul_bytes);
  switch (error) {
    case simdjson::UTF8_ERROR:
      return make_finding(Code::row_bad_encoding, {"UTF-8"});
    case simdjson::NUMBER_ERROR:
      return make_finding(Code::row_json_broken, {"a number is misspelled or beyond all bounds"});
    case simdjson::STRING_ERROR:
      return make_finding(Code::row_json_broken, {"a backslash in a text has no meaning"});
    case simdjson::UNESCAPED_CHARS:
      return make_finding(Code::row_json_broken, {"a text has control characters"});
    case simdjson::DEPTH_ERROR:
      return make_finding(Code::row_json_broken, {"it is nested deeper than 64"});
    default:
      return make_finding(Code::row_json_broken,
                          {"a bracket, comma or value is not where it must be"});
  }
}

JsonMember::Kind kind_of(dom::element element) {
  switch (element.type()) {
    case dom::element_type::STRING:
      return JsonMember::Kind::text;
    case dom::element_type::OBJECT:
      return JsonMember::Kind::object;
    case dom::element_type::ARRAY:
      return JsonMember::Kind::array;
    case dom::element_type::BOOL:
      return JsonMember::Kind::boolean;
    case dom::element_type::NULL_VALUE:
      return JsonMember::Kind::null;
    default:
      return JsonMember::Kind::number;
  }
}

// Names and texts of an object and of what is in it.
class Collector {
 public:
  explicit Collector(std::vector<std::string_view>& texts) : texts_(texts) {}

  MaybeFinding collect(dom::element element) {
    if (element.is_string()) {
      texts_.push_back(element.get_string().value_unsafe());
    } else if (element.is_array()) {
      for (const dom::element child : dom::array(element.get_array().value_unsafe())) {
        if (auto found = collect(child)) return found;
      }
    } else if (element.is_object()) {
      return collect_object(element.get_object().value_unsafe());
    }
    return std::nullopt;
  }

 private:
  MaybeFinding collect_object(dom::object object) {
    const std::size_t first = names_.size();
    for (const dom::key_value_pair member : object) {
      const bool is_known = std::find(names_.begin() + static_cast<std::ptrdiff_t>(first),
                                      names_.end(), member.key) != names_.end();
      if (is_known) {
        return make_finding(Code::row_json_duplicate_name,
                            {record::without_product_keys(printable(member.key, kShownNameBytes))});
      }
      // The number of names, all objects together, bounds the work of finding double ones.
      if (++count_ > limits::kColumns) {
        return make_finding(Code::row_too_many_columns, {std::to_string(limits::kColumns)});
      }
      names_.push_back(member.key);
    }
    for (const dom::key_value_pair member : object) {
      texts_.push_back(member.key);
      if (auto found = collect(member.value)) return found;
    }
    names_.resize(first);
    return std::nullopt;
  }

  std::vector<std::string_view>& texts_;
  std::vector<std::string_view> names_;
  std::size_t count_ = 0;
};

}  // namespace

struct JsonObject::Parser {
  Parser() : text(std::make_unique_for_overwrite<char[]>(kCapacity + simdjson::SIMDJSON_PADDING)) {
    const auto error = simdjson.allocate(kCapacity, kJsonDepth + 1);
    if (error != simdjson::SUCCESS) throw std::bad_alloc();
  }

  // A record, or what surrounds a list with the brackets that close it.
  static constexpr std::size_t kCapacity = limits::kRowBytes + 64;
  std::unique_ptr<char[]> text;
  dom::parser simdjson{kCapacity};
};

std::string_view to_string(JsonMember::Kind kind) {
  switch (kind) {
    case JsonMember::Kind::text:
      return "a text";
    case JsonMember::Kind::number:
      return "a number";
    case JsonMember::Kind::boolean:
      return "true or false";
    case JsonMember::Kind::null:
      return "null";
    case JsonMember::Kind::object:
      return "an object";
    case JsonMember::Kind::array:
      return "an array";
  }
  return "unknown";
}

JsonObject::JsonObject() : parser_(std::make_unique<Parser>()) {}
JsonObject::~JsonObject() = default;

MaybeFinding JsonObject::read(std::string_view head, std::string_view tail) {
  members_.clear();
  texts_.clear();
  const std::size_t size = head.size() + tail.size();
  if (size > Parser::kCapacity) {
    return make_finding(Code::row_too_long, {std::to_string(limits::kRowBytes)});
  }
  std::memcpy(parser_->text.get(), head.data(), head.size());
  if (!tail.empty()) std::memcpy(parser_->text.get() + head.size(), tail.data(), tail.size());
  dom::element root;
  const auto error = parser_->simdjson.parse(parser_->text.get(), size, false).get(root);
  if (error != simdjson::SUCCESS) return finding_for(error, head);
  if (!root.is_object()) return make_finding(Code::row_json_not_object, {to_string(kind_of(root))});
  for (const dom::key_value_pair member : dom::object(root.get_object().value_unsafe())) {
    JsonMember& known = members_.emplace_back();
    known.name = member.key;
    known.kind = kind_of(member.value);
    if (known.kind == JsonMember::Kind::text) known.text = member.value.get_string().value_unsafe();
    if (members_.size() > limits::kColumns) break;
  }
  return Collector(texts_).collect(root);
}

std::string JsonObject::names() const {
  std::string list;
  for (std::size_t at = 0; at < std::min(members_.size(), kShownNames); ++at) {
    if (!list.empty()) list += ", ";
    list += printable(members_[at].name, kShownNameBytes);
  }
  return record::without_product_keys(list.empty() ? "an empty object" : list);
}

}  // namespace devicebatch::format
