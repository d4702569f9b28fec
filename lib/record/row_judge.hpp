// record/row_judge.hpp - the judgement of one row, step by step.
//
// Purpose:   the inside of RowChecker::check: one object for one row, so that the steps share what
//            was found without handing it around.
// Lifecycle: made, run once, gone.
// Threading: one thread.
#pragma once

#include "record/finding_codes.hpp"
#include "record/hardware_hash.hpp"
#include "record/row_checker.hpp"

#include <optional>

namespace devicebatch::record {

// "serial number", "hardware hash": the field in a sentence.
std::string_view words_for(Field field);

class RowJudge {
 public:
  RowJudge(const CheckOptions& options, const RawRow& raw, RecordBatch& batch);

  // Appends exactly one row to the batch.
  void run();
  // Appends it rejected, for `finding` or for the product key that it holds.
  void refuse(Finding finding);

 private:
  void read_hash();
  // The field that holds a product key, if any does.
  std::optional<Field> find_secret() const;
  void refuse_secret(Field where);
  void push_refused();

  std::string_view read_text(Field field, std::string_view raw);
  std::string_view proven_text(Field field, std::string_view text);
  std::string_view hash_value(Field field) const;
  void check_text(Field field, std::string_view text);

  void judge_hash_fault();
  void judge_hash();
  void settle_serial();
  void take_serial_from_hash();
  bool identifies_without_serial() const;
  // For a filler: the row goes on without a serial number, or is rejected.
  void settle_placeholder_serial(std::string_view filler);
  void settle_pkid();
  void settle_odd_pkid();
  void settle_product_id();
  void compare_pkid_with_hash();
  void settle_manufacturer();
  void settle_model();
  void check_misplaced_hash();
  void check_combination();
  void settle_group_tag();
  void check_unused_columns();

  void add(Finding finding);
  void complain(Code code, std::initializer_list<std::string_view> values = {});
  void complain(Code code, Field field, std::initializer_list<std::string_view> values = {});

  void finish();
  void store_hash(BatchRow& row);
  BatchRow rejected_row();
  std::string_view kept_text(std::string_view text);
  bool is_strict() const { return options_.mode == ValidationMode::strict; }

  const CheckOptions& options_;
  const RawRow& raw_;
  RecordBatch& batch_;
  const std::size_t first_finding_;
  const std::size_t pack_start_;

  std::string_view hash_text_;
  std::optional<HardwareHash> hash_;  // points into batch_.pack: nothing else may grow it
  HashFault hash_fault_ = HashFault::empty;
  std::string_view serial_;
  std::string_view pkid_;
  std::string_view manufacturer_;
  std::string_view model_;
  DestinationId destination_;
  bool is_rejected_ = false;
};

}  // namespace devicebatch::record
