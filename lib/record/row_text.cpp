// The texts of a row before anything is made of them: secrets, wrappings, characters, lengths.
#include "record/field_text.hpp"
#include "record/product_key.hpp"
#include "record/row_judge.hpp"

namespace devicebatch::record {
namespace {

// SMBIOS allows 64 and tools write more: 54 were seen in a real virtual machine.
constexpr std::size_t kSerialBytes = 128;
constexpr std::size_t kNameBytes = 256;
std::size_t longest(Field field) {
  return field == Field::serial ? kSerialBytes : kNameBytes;
}

}  // namespace

std::string_view words_for(Field field) {
  switch (field) {
    case Field::serial:
      return "serial number";
    case Field::pkid:
      return "product key id";
    case Field::hash:
      return "hardware hash";
    case Field::group_tag:
      return "group tag";
    default:
      return to_string(field);
  }
}

std::optional<Field> RowJudge::find_secret() const {
  const std::pair<Field, std::string_view> known[] = {{Field::pkid, raw_.pkid},
                                                      {Field::serial, raw_.serial},
                                                      {Field::hash, raw_.hash},
                                                      {Field::manufacturer, raw_.manufacturer},
                                                      {Field::model, raw_.model},
                                                      {Field::group_tag, raw_.group_tag},
                                                      {Field::assigned_user, raw_.assigned_user}};
  for (const auto& [field, text] : known) {
    // A text whose checksum verifies is no key, and 4,000 characters need not be searched.
    if (field == Field::hash && hash_) continue;
    if (contains_product_key(text)) return field;
  }
  for (std::string_view text : raw_.all_fields) {
    if (hash_ && text.data() == raw_.hash.data()) continue;
    if (contains_product_key(text)) return Field::row;
  }
  if (!hash_) return std::nullopt;
  for (std::string_view text : {hash_->serial, hash_->manufacturer, hash_->model}) {
    if (contains_product_key(text)) return Field::hash;
  }
  return std::nullopt;
}

std::string_view RowJudge::read_text(Field field, std::string_view raw) {
  std::string_view text = trim_field(raw);
  if (text.empty()) return text;
  const std::string_view inside = without_spreadsheet_guard(text);
  if (inside.size() != text.size()) {
    complain(Code::text_spreadsheet_guard, field, {words_for(field)});
    text = inside;
  }
  const std::string_view proven = proven_text(field, text);
  if (!proven.empty()) return proven;
  check_text(field, text);
  return text;
}

// Typography around or in a value is forgiven where the hash says the same in plain letters.
std::string_view RowJudge::proven_text(Field field, std::string_view text) {
  if (!hash_ || !characters_of(text).has_non_ascii || text.size() > kNameBytes) return {};
  const std::string_view inside = hash_value(field);
  if (inside.empty() || plain_form(text) != inside) return {};
  complain(Code::text_restored_from_hash, field, {words_for(field), text, inside});
  return inside;
}

std::string_view RowJudge::hash_value(Field field) const {
  switch (field) {
    case Field::serial:
      return hash_->serial;
    case Field::pkid:
      return hash_->pkid;
    case Field::manufacturer:
      return hash_->manufacturer;
    case Field::model:
      return hash_->model;
    default:
      return {};
  }
}

void RowJudge::check_text(Field field, std::string_view text) {
  const Characters characters = characters_of(text);
  if (characters.has_control) complain(Code::text_control_characters, field, {words_for(field)});
  if (characters.has_non_ascii) complain(Code::text_not_ascii, field, {words_for(field), text});
  if (looks_like_hash(text)) {
    complain(Code::text_hash_in_wrong_column, field, {words_for(field)});
  } else if (text.size() > longest(field)) {
    complain(Code::text_too_long, field,
             {words_for(field), std::to_string(text.size()), std::to_string(longest(field))});
  }
}

}  // namespace devicebatch::record
