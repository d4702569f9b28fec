#include "record/row_judge.hpp"

#include "base/limits.hpp"
#include "base/text.hpp"
#include "record/field_text.hpp"
#include "record/pkid.hpp"
#include "record/placeholder.hpp"

namespace devicebatch::record {
namespace {

// What Microsoft's report schema allows.
constexpr std::size_t kUsualSerialBytes = 36;
// The service's own size; a larger hash is kept as it is.
constexpr std::size_t kUsualHashBytes = 3000;

bool is_usual_serial(std::string_view serial) {
  constexpr std::string_view kOthers = "(),._/-\\ ";
  if (serial.size() > kUsualSerialBytes) return false;
  for (const char c : serial) {
    const bool is_letter = ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
    if (!is_letter && !is_ascii_digit(c) && kOthers.find(c) == std::string_view::npos) return false;
  }
  return true;
}

bool is_only_digits(std::string_view text) {
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

Code code_of(HashFault fault) {
  switch (fault) {
    case HashFault::empty:
    case HashFault::no_magic:
      return Code::hash_not_a_hash;
    case HashFault::not_base64:
      return Code::hash_not_base64;
    case HashFault::too_short:
      return Code::hash_too_short;
    case HashFault::too_long:
      return Code::hash_too_long;
    case HashFault::broken_structure:
      return Code::hash_broken_structure;
    case HashFault::damaged:
      return Code::hash_damaged;
    case HashFault::dirty_padding:
      return Code::hash_dirty_padding;
    case HashFault::missing_fields:
      return Code::hash_missing_fields;
  }
  return Code::hash_not_a_hash;
}

RowJudge::RowJudge(const CheckOptions& options, const RawRow& raw, RecordBatch& batch)
    : options_(options),
      raw_(raw),
      batch_(batch),
      first_finding_(batch.findings.size()),
      pack_start_(batch.pack.size()) {}

void RowJudge::run() {
  read_hash();
  if (const auto where = find_secret()) return refuse_secret(*where);
  serial_ = read_text(Field::serial, raw_.serial);
  pkid_ = read_text(Field::pkid, raw_.pkid);
  manufacturer_ = read_text(Field::manufacturer, raw_.manufacturer);
  model_ = read_text(Field::model, raw_.model);
  if (hash_) {
    judge_hash();
  } else if (!hash_text_.empty()) {
    judge_hash_fault();
  }
  settle_serial();
  settle_pkid();
  settle_manufacturer();
  settle_model();
  check_misplaced_hash();
  check_combination();
  settle_group_tag();
  check_unused_columns();
  finish();
}

void RowJudge::read_hash() {
  hash_text_ = trim_field(raw_.hash);
  if (hash_text_.empty()) return;
  auto decoded = decode_hardware_hash(hash_text_, batch_.pack);
  if (decoded) {
    hash_ = *decoded;
  } else {
    hash_fault_ = decoded.error();
  }
}

void RowJudge::judge_hash_fault() {
  if (characters_of(hash_text_).has_control && !is_strict()) {
    return complain(Code::text_control_characters, Field::hash, {words_for(Field::hash)});
  }
  const Code code = code_of(hash_fault_);
  if (code == Code::hash_too_short || code == Code::hash_too_long) {
    return complain(code, {std::to_string(hash_text_.size())});
  }
  complain(code);
}

void RowJudge::judge_hash() {
  constexpr std::uint8_t kWindowsPe = 1;
  // Clocks of capturing stations wander; a day covers every time zone.
  constexpr std::int64_t kClockTolerance = 24 * 60 * 60;
  if (hash_->canonical.size() > kUsualHashBytes) complain(Code::hash_oversized);
  if (!hash_->has_tpm_key) complain(Code::hash_no_tpm_key);
  if (!hash_->uuid || is_placeholder_uuid(*hash_->uuid)) complain(Code::hash_no_uuid);
  if (!hash_->has_network) complain(Code::hash_no_network);
  if (hash_->os_type == kWindowsPe) complain(Code::hash_from_winpe);
  if (options_.now_since_2000 != 0 &&
      hash_->captured_at > options_.now_since_2000 + kClockTolerance) {
    complain(Code::hash_from_the_future);
  }
  for (std::string_view name : {hash_->manufacturer, hash_->model}) {
    if (is_placeholder_name(name)) complain(Code::hash_filler_name, {name});
  }
}

void RowJudge::settle_serial() {
  if (hash_ && serial_ != hash_->serial) return take_serial_from_hash();
  if (serial_.empty() && !hash_) return;
  if (is_placeholder_serial(serial_)) return settle_placeholder_serial(serial_);
  if (!hash_ && is_scientific_number(serial_)) {
    return complain(Code::serial_spreadsheet_damage, {serial_});
  }
  if (!is_usual_serial(serial_)) complain(Code::serial_unusual, {serial_});
  if (hash_text_.empty() && is_only_digits(serial_)) complain(Code::serial_digits_only, {serial_});
}

// The row's serial number is empty or another one.
void RowJudge::take_serial_from_hash() {
  const std::string_view inside = hash_->serial;
  const bool may_go_without_serial = options_.accepts_hash_only && is_strict();
  if (is_placeholder_serial(inside)) {
    if (serial_.empty()) return settle_placeholder_serial(inside);
    if (may_go_without_serial && is_placeholder_serial(serial_)) {
      return settle_placeholder_serial(inside);
    }
    return complain(Code::serial_disagrees_with_hash, {serial_, inside});
  }
  if (is_scientific_number(serial_) || is_same_number_damaged(serial_, inside)) {
    complain(Code::serial_recovered_from_hash, {serial_, inside});
  } else if (!serial_.empty() && is_placeholder_serial(serial_)) {
    if (!may_go_without_serial) return complain(Code::serial_placeholder, {serial_});
    complain(Code::serial_spelled_differently, {serial_, inside});
  } else if (!serial_.empty() && differs_in_spelling_only(serial_, inside)) {
    complain(Code::serial_spelled_differently, {serial_, inside});
  } else if (!serial_.empty()) {
    return complain(Code::serial_disagrees_with_hash, {serial_, inside});
  }
  serial_ = inside;
  check_text(Field::serial, serial_);
  if (!is_usual_serial(serial_)) complain(Code::serial_unusual, {serial_});
}

bool RowJudge::identifies_without_serial() const {
  if (!hash_) return false;
  const bool has_uuid = hash_->uuid && !is_placeholder_uuid(*hash_->uuid);
  return has_uuid || hash_->tpm || is_pkid(hash_->pkid);
}

// Two devices that share a filler would be taken for one device: the serial number is left out.
void RowJudge::settle_placeholder_serial(std::string_view filler) {
  const bool is_let_through =
      options_.accepts_hash_only && is_strict() && identifies_without_serial();
  if (!is_let_through) return complain(Code::serial_placeholder, {filler});
  complain(Code::serial_hash_only, {filler});
  serial_ = {};
}

// A hash in a column that nobody knows, while the hash's own is empty.
void RowJudge::check_misplaced_hash() {
  if (!hash_text_.empty()) return;
  const auto is_known = [&](std::string_view text) {
    return text.data() == raw_.serial.data() || text.data() == raw_.pkid.data() ||
           text.data() == raw_.manufacturer.data() || text.data() == raw_.model.data();
  };
  for (std::string_view text : raw_.all_fields) {
    if (!looks_like_hash(trim_field(text)) || is_known(text)) continue;
    return complain(Code::text_hash_in_wrong_column, Field::row, {"wrong"});
  }
}

void RowJudge::check_combination() {
  if (!hash_text_.empty() || !pkid_.empty()) return;
  if (!serial_.empty() && !manufacturer_.empty() && !model_.empty()) return;
  std::string present;
  const auto mention = [&](std::string_view value, Field field) {
    if (value.empty()) return;
    present.append(present.empty() ? "only " : " and ").append(words_for(field));
  };
  mention(serial_, Field::serial);
  mention(manufacturer_, Field::manufacturer);
  mention(model_, Field::model);
  complain(Code::row_not_identifying,
           {present.empty() ? "no value in the columns that do" : present});
}

void RowJudge::settle_group_tag() {
  const std::string_view tag = trim_field(raw_.group_tag);
  const bool is_own = equals_ignoring_case(tag, options_.batch_id);
  if (!options_.has_group_tags) {
    if (tag.empty() || options_.batch_id.empty() || is_own) return;
    return complain(Code::group_tag_not_used, {tag, options_.batch_id});
  }
  const auto known = options_.group_tags.find(to_lower(tag));
  if (known != options_.group_tags.end()) {
    destination_ = known->second;
  } else if (!tag.empty() && !is_own) {
    complain(Code::group_tag_unknown, {tag});
  }
}

void RowJudge::check_unused_columns() {
  if (!trim_field(raw_.assigned_user).empty()) complain(Code::assigned_user_not_used);
}

void RowJudge::add(Finding finding) {
  if (finding.severity == Severity::error) is_rejected_ = true;
  if (batch_.findings.size() - first_finding_ >= limits::kFindingsPerRow) return;
  batch_.findings.push_back(std::move(finding));
}

void RowJudge::complain(Code code, std::initializer_list<std::string_view> values) {
  complain(code, row_of(code).field, values);
}

void RowJudge::complain(Code code, Field field, std::initializer_list<std::string_view> values) {
  Finding finding = make_finding(code, field, values);
  if (!is_strict() && !row_of(code).is_error_always) finding.severity = Severity::warning;
  add(std::move(finding));
}

}  // namespace devicebatch::record
