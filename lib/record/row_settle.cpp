// The product key id, manufacturer and model of a row, against its hash and against the rules.
#include "base/check.hpp"
#include "record/field_text.hpp"
#include "record/pkid.hpp"
#include "record/placeholder.hpp"
#include "record/row_judge.hpp"

namespace devicebatch::record {

void RowJudge::settle_pkid() {
  if (is_empty_pkid(pkid_)) {
    pkid_ = hash_ ? hash_->pkid : std::string_view();
  } else if (is_pkid(pkid_)) {
    compare_pkid_with_hash();
  } else {
    settle_odd_pkid();
  }
}

void RowJudge::compare_pkid_with_hash() {
  if (!hash_ || hash_->pkid.empty() || hash_->pkid == pkid_) return;
  complain(Code::pkid_disagrees_with_hash, {pkid_, hash_->pkid});
}

void RowJudge::settle_odd_pkid() {
  const bool is_number = is_scientific_number(pkid_);
  if (hash_ && !hash_->pkid.empty() && (is_number || is_same_number_damaged(pkid_, hash_->pkid))) {
    complain(Code::pkid_recovered_from_hash, {pkid_, hash_->pkid});
    pkid_ = hash_->pkid;
  } else if (is_number) {
    complain(Code::pkid_spreadsheet_damage, {pkid_});
  } else if (product_id_kind(pkid_) != ProductIdKind::none && is_strict()) {
    settle_product_id();
  } else {
    complain(Code::pkid_malformed, {pkid_});
  }
}

void RowJudge::settle_product_id() {
  if (const auto inside = pkid_of_product_id(pkid_)) {
    const std::string_view converted = batch_.keep({inside->data(), inside->size()});
    complain(Code::pkid_converted, {pkid_, converted});
    pkid_ = converted;
    return compare_pkid_with_hash();
  }
  if (product_id_kind(pkid_) == ProductIdKind::oem) return complain(Code::pkid_malformed, {pkid_});
  if (!hash_) return complain(Code::pkid_product_id, {pkid_});
  // The hash identifies the device; the licence's number is left out.
  Finding finding = make_finding(Code::pkid_product_id, {pkid_});
  finding.severity = Severity::warning;
  add(std::move(finding));
  pkid_ = hash_->pkid;
}

void RowJudge::settle_manufacturer() {
  if (manufacturer_.empty()) return;
  if (!hash_) {
    const std::string_view exact = exact_manufacturer(manufacturer_);
    if (is_placeholder_name(manufacturer_)) {
      complain(Code::manufacturer_placeholder, {manufacturer_});
    } else if (!exact.empty()) {
      complain(Code::manufacturer_near_miss, {manufacturer_, exact});
    }
    return;
  }
  const std::string_view inside = hash_->manufacturer;
  if (manufacturer_ == inside) return;
  if (!differs_in_spelling_only(manufacturer_, inside)) {
    return complain(Code::manufacturer_disagrees_with_hash, {manufacturer_, inside});
  }
  complain(Code::manufacturer_spelled_differently, {manufacturer_, inside});
  manufacturer_ = inside;
}

void RowJudge::settle_model() {
  if (model_.empty()) return;
  if (!hash_) {
    if (is_placeholder_name(model_)) complain(Code::model_placeholder, {model_});
    return;
  }
  const std::string_view inside = hash_->model;
  if (model_ == inside) return;
  if (!differs_in_spelling_only(model_, inside)) {
    return complain(Code::model_disagrees_with_hash, {model_, inside});
  }
  complain(Code::model_spelled_differently, {model_, inside});
  model_ = inside;
}

}  // namespace devicebatch::record
