#include "partner_center/json_reply.hpp"

#include "base/check.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

#include <boost/json/memory_resource.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/system_error.hpp>
#include <string.h>

#include <charconv>
#include <new>

namespace devicebatch::partner_center {

namespace json = boost::json;

namespace {

// A reply of a thousand devices takes about 1 MB as a tree. A body at its cap, made of empty
// arrays, would take 30 times its size; this stops it.
constexpr std::size_t kTreeBytes = 4 * limits::kReplyBytes;

struct OverBudget : std::bad_alloc {
  const char* what() const noexcept override { return "reply over its memory budget"; }
};

// Counts what it hands out and wipes what comes back.
class BoundedMemory final : public json::memory_resource {
 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    if (bytes > kTreeBytes - used_) throw OverBudget();
    // Boost.JSON 1.81 frees a key with another alignment than it asked for, so the alignment cannot
    // be part of the call; operator new serves what its types need.
    DEVICEBATCH_CHECK(alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);
    void* memory = ::operator new(bytes);
    used_ += bytes;
    return memory;
  }
  void do_deallocate(void* memory, std::size_t bytes, std::size_t) override {
    explicit_bzero(memory, bytes);
    used_ -= bytes;
    ::operator delete(memory);
  }
  bool do_is_equal(const json::memory_resource& other) const noexcept override {
    return this == &other;
  }
  std::size_t used_ = 0;
};

json::value parse_within(const json::storage_ptr& memory, std::string_view text,
                         json::error_code& error) {
  json::parse_options options;
  // A text that is not UTF-8 is shown escaped; it is no reason to lose the rest.
  options.allow_invalid_utf8 = true;
  json::parser parser(memory, options);
  parser.reset(memory);
  parser.write(text.data(), text.size(), error);
  return error ? json::value(nullptr) : parser.release();
}

}  // namespace

std::string_view without_bom(std::string_view body) {
  constexpr std::string_view kBom = "\xEF\xBB\xBF";
  if (body.starts_with(kBom)) body.remove_prefix(kBom.size());
  return body;
}

Result<json::value> parse_reply(std::string_view body) {
  body = without_bom(body);
  if (trim(body).empty()) return fail(Errc::corrupt, "the reply is empty");
  if (body.size() > limits::kReplyBytes) return fail(Errc::corrupt, "the reply is too large");
  const json::storage_ptr memory = json::make_shared_resource<BoundedMemory>();
  json::error_code error;
  try {
    json::value value = parse_within(memory, body, error);
    if (!error) return value;
  } catch (const OverBudget& over) {
    return fail(Errc::corrupt, over.what());
  } catch (const json::system_error& too_large) {
    return fail(Errc::corrupt, too_large.what());
  }
  return fail(Errc::corrupt, "the reply is no JSON: " + error.message());
}

const json::value* member(const json::object& object, std::string_view name) {
  const auto present = [](const json::value& value) { return value.is_null() ? nullptr : &value; };
  if (const json::value* exact = object.if_contains(name)) {
    if (const json::value* value = present(*exact)) return value;
  }
  for (const json::key_value_pair& pair : object) {
    if (!equals_ignoring_case(std::string_view(pair.key()), name)) continue;
    if (const json::value* value = present(pair.value())) return value;
  }
  return nullptr;
}

const json::object* object_member(const json::object& object, std::string_view name) {
  const json::value* value = member(object, name);
  return value == nullptr ? nullptr : value->if_object();
}

const json::array* array_member(const json::object& object, std::string_view name) {
  const json::value* value = member(object, name);
  return value == nullptr ? nullptr : value->if_array();
}

std::string text_of(const json::value& value) {
  if (const json::string* text = value.if_string()) return std::string(text->data(), text->size());
  if (value.is_number() || value.is_bool()) return json::serialize(value);
  return {};
}

std::string text_member(const json::object& object, std::string_view name) {
  const json::value* value = member(object, name);
  return value == nullptr ? std::string() : text_of(*value);
}

std::optional<std::int64_t> number_member(const json::object& object, std::string_view name) {
  const std::string owned = text_member(object, name);
  const std::string_view text = trim(owned);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string short_text(std::string_view bytes, std::size_t max_bytes) {
  std::string text = printable(bytes, max_bytes);
  if (text.size() <= max_bytes) return text;
  std::size_t end = max_bytes;
  // Not in the middle of a character.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text;
}

}  // namespace devicebatch::partner_center
