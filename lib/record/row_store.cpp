// What a batch keeps of a row: the accepted whole, the rejected only as far as a person needs it.
#include "base/text.hpp"
#include "record/field_text.hpp"
#include "record/pkid.hpp"
#include "record/placeholder.hpp"
#include "record/product_key.hpp"
#include "record/row_judge.hpp"

namespace devicebatch::record {
namespace {

// A serial number that is too long to be one is shown, not stored in full.
constexpr std::size_t kRejectedTextBytes = 128;

std::uint64_t& key(IdentityKeys& keys, KeyKind kind) {
  return keys[static_cast<std::size_t>(kind)];
}

// So that a rejected row can be found by what its line engineer knows of it; never from a secret.
IdentityKeys keys_of_rejected(std::string_view serial, std::string_view pkid, std::uint64_t seed) {
  IdentityKeys keys{};
  if (!serial.empty() && !contains_product_key(serial)) {
    key(keys, KeyKind::serial) = key_of(KeyKind::serial, serial, seed);
  }
  if (!is_empty_pkid(pkid) && !contains_product_key(pkid)) {
    key(keys, KeyKind::pkid) = key_of(KeyKind::pkid, pkid, seed);
  }
  return keys;
}

}  // namespace

std::string_view RowJudge::kept_text(std::string_view text) {
  text = trim_field(text);
  if (contains_product_key(text)) {
    return batch_.keep(printable(without_product_keys(text), kRejectedTextBytes));
  }
  const Characters characters = characters_of(text);
  if (text.size() > kRejectedTextBytes || characters.has_control || characters.has_non_ascii) {
    // What is cut short may look like a key that it was not in the whole text.
    return batch_.keep(without_product_keys(printable(text, kRejectedTextBytes)));
  }
  return batch_.keep(text);
}

BatchRow RowJudge::rejected_row() {
  BatchRow row;
  row.line = raw_.line;
  row.is_rejected = true;
  row.serial = kept_text(serial_);
  row.pkid = kept_text(pkid_);
  row.manufacturer = kept_text(manufacturer_);
  row.model = kept_text(model_);
  row.group_tag = kept_text(raw_.group_tag);
  row.keys = keys_of_rejected(serial_, pkid_, options_.key_seed);
  row.finding_offset = static_cast<std::uint32_t>(first_finding_);
  row.finding_count = static_cast<std::uint32_t>(batch_.findings.size() - first_finding_);
  // Last, because the texts may have come from the hash.
  batch_.pack.resize(pack_start_);
  return row;
}

void RowJudge::refuse(Finding finding) {
  read_hash();
  if (const auto where = find_secret()) return refuse_secret(*where);
  add(std::move(finding));
  push_refused();
}

void RowJudge::refuse_secret(Field where) {
  complain(Code::secret_product_key, where);
  push_refused();
}

// The fields as they came: nothing of them is believed.
void RowJudge::push_refused() {
  serial_ = trim_field(raw_.serial);
  pkid_ = trim_field(raw_.pkid);
  manufacturer_ = trim_field(raw_.manufacturer);
  model_ = trim_field(raw_.model);
  batch_.rows.push_back(rejected_row());
}

void RowJudge::store_hash(BatchRow& row) {
  row.hash_offset = static_cast<std::uint32_t>(pack_start_);
  if (hash_) {
    row.hash_form = HashForm::canonical;
    row.captured_at = hash_->captured_at;
  } else if (!hash_text_.empty()) {
    row.hash_form = HashForm::verbatim;
    batch_.pack.insert(batch_.pack.end(), hash_text_.begin(), hash_text_.end());
  }
  row.hash_length = static_cast<std::uint32_t>(batch_.pack.size() - pack_start_);
}

void RowJudge::finish() {
  if (is_rejected_) {
    batch_.rows.push_back(rejected_row());
    return;
  }
  Identity identity;
  identity.serial = serial_;
  identity.pkid = pkid_;
  identity.manufacturer = manufacturer_;
  identity.model = model_;
  if (hash_) {
    identity.hash_digest = hash_->digest;
    identity.tpm = hash_->tpm;
    if (hash_->uuid && !is_placeholder_uuid(*hash_->uuid)) identity.uuid = hash_->uuid;
  } else if (!hash_text_.empty()) {
    identity.hash_digest = sha256(hash_text_);
  }
  BatchRow& row = batch_.rows.emplace_back();
  row.line = raw_.line;
  row.keys = keys_of(identity, options_.key_seed);
  row.serial = batch_.keep(serial_);
  row.pkid = batch_.keep(pkid_);
  row.manufacturer = batch_.keep(manufacturer_);
  row.model = batch_.keep(model_);
  row.group_tag = kept_text(raw_.group_tag);
  row.destination = destination_;
  row.finding_offset = static_cast<std::uint32_t>(first_finding_);
  row.finding_count = static_cast<std::uint32_t>(batch_.findings.size() - first_finding_);
  if (hash_) batch_.learn(hash_->manufacturer, hash_->model);
  store_hash(row);
}

}  // namespace devicebatch::record
