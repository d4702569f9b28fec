// record/row_checker.hpp - one row as it was written, judged.
//
// Purpose:   the only place where a row is believed or not; `check FILE` and the daemon both call
//            it.
// Threading: a RowChecker belongs to one thread; its options are copied.
// Errors:    none: a bad row is a rejected row with findings.
// Source:    docs/formats.md, "What makes a row acceptable".
#pragma once

#include "record/record_batch.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace devicebatch::record {

enum class ValidationMode {
  strict,      // the hash must verify and agree with its row, the PKID must be one, no fillers
  documented,  // only an identifying combination is required; everything else is a warning
};

// One row, fields already matched to their columns. Views are valid during the call only.
struct RawRow {
  std::uint64_t line = 0;
  std::string_view serial;
  std::string_view pkid;
  std::string_view hash;
  std::string_view manufacturer;
  std::string_view model;
  std::string_view group_tag;
  std::string_view assigned_user;
  // Every field of the row, known column or not: a product key is looked for in all of them.
  std::span<const std::string_view> all_fields;
};

struct CheckOptions {
  ValidationMode mode = ValidationMode::strict;
  std::uint64_t key_seed = 0;
  std::string batch_id;             // the destination's; another group tag in a row is warned about
  std::int64_t now_since_2000 = 0;  // captures from the future are warned about; 0 skips the check
  // A filler in place of the serial number is let through when the hash verifies and names the
  // device by its TPM, its UUID or its PKID; the row then has no serial number.
  bool accepts_hash_only = false;
  // Where each group tag leads, compared without case. With it a row with a tag that it does not
  // have is rejected; a row without a tag, or with that of `batch_id`, stays with its submission.
  bool has_group_tags = false;
  std::map<std::string, DestinationId> group_tags;
};

class RowChecker {
 public:
  explicit RowChecker(CheckOptions options);

  // Appends exactly one row to `batch`, accepted or rejected.
  void check(const RawRow& row, RecordBatch& batch) const;

  // Appends a rejected row for a line that could not even be taken apart into fields.
  void reject(std::uint64_t line, Finding finding, RecordBatch& batch) const;

  // Appends `row` as rejected for `finding`, which is an error whatever the rest of the row is.
  // Only a product key in it outranks the finding.
  void reject(const RawRow& row, Finding finding, RecordBatch& batch) const;

 private:
  CheckOptions options_;
};

}  // namespace devicebatch::record
