// format/json/object.hpp - the text of one JSON object, taken apart.
//
// Purpose:   members by name, every text that is anywhere in it, and a clear word for what is
//            wrong. Lifecycle: one for a file; read() again and again. Everything it says is valid
//            until the next read() and not longer.
// Threading: one thread.
// Units:     memory is bounded by the text, which is limits::kRowBytes at most.
// Errors:    a finding: broken JSON, bytes that are no UTF-8, a name that occurs twice in an object
//            at any depth, more than limits::kColumns members.
// Source:    docs/formats.md, "JSON". simdjson's DOM, which checks every byte; its faster on-demand
//            interface leaves what it skips unchecked.
#pragma once

#include "record/finding_codes.hpp"

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace devicebatch::format {

struct JsonMember {
  enum class Kind { text, number, boolean, null, object, array };
  std::string_view name;
  Kind kind = Kind::null;
  std::string_view text;  // of Kind::text, decoded
};

std::string_view to_string(JsonMember::Kind kind);

class JsonObject {
 public:
  JsonObject();
  ~JsonObject();
  JsonObject(const JsonObject&) = delete;
  JsonObject& operator=(const JsonObject&) = delete;

  // `head` and `tail` are read as one text; either may be empty.
  std::optional<record::Finding> read(std::string_view head, std::string_view tail = {});

  const std::vector<JsonMember>& members() const { return members_; }
  // Every text and every name, of objects inside it too: a product key is looked for in all of
  // them.
  const std::vector<std::string_view>& texts() const { return texts_; }
  // "a, b, c": for a person who wonders what the object is.
  std::string names() const;

 private:
  struct Parser;  // keeps simdjson's large header out of this one
  std::unique_ptr<Parser> parser_;
  std::vector<JsonMember> members_;
  std::vector<std::string_view> texts_;
};

}  // namespace devicebatch::format
