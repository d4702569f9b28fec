// unit/record/row_fixture.hpp - a row with one good device in it, to be spoilt by a test.
#pragma once

#include "record/row_checker.hpp"
#include "support/device_files.hpp"

#include <algorithm>
#include <memory>
#include <string>

namespace devicebatch::record {

// A row whose texts the test owns.
struct TestRow {
  std::string serial;
  std::string pkid;
  std::string hash;
  std::string manufacturer;
  std::string model;
  std::string group_tag;
  std::string assigned_user;
  std::vector<std::string> more_fields = {};
};

inline TestRow hash_row(const support::HashSpec& spec = support::make_spec(1)) {
  TestRow row;
  row.serial = spec.serial;
  row.hash = support::make_hash_text(spec);
  return row;
}

inline TestRow tuple_row() {
  TestRow row;
  row.serial = "CONTOSO-0000001";
  row.manufacturer = "Contoso";
  row.model = "Contoso Book 14";
  return row;
}

struct Judged {
  std::unique_ptr<RecordBatch> batch = std::make_unique<RecordBatch>();

  const BatchRow& row() const { return batch->rows.front(); }
  bool has(std::string_view code) const { return find(code) != nullptr; }
  const Finding* find(std::string_view code) const {
    const auto all = batch->findings_of(row());
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Finding& one) { return one.code == code; });
    return found == all.end() ? nullptr : &*found;
  }
  // "serial.placeholder pkid.converted": all codes in order.
  std::string codes() const {
    std::string text;
    for (const Finding& finding : batch->findings_of(row())) {
      if (!text.empty()) text += ' ';
      text += finding.code;
    }
    return text;
  }
};

inline void check_into(const TestRow& row, const CheckOptions& options, RecordBatch& batch,
                       std::uint64_t line = 2) {
  std::vector<std::string_view> all = {row.serial,       row.pkid,  row.hash,
                                       row.manufacturer, row.model, row.group_tag,
                                       row.assigned_user};
  all.insert(all.end(), row.more_fields.begin(), row.more_fields.end());
  RawRow raw;
  raw.line = line;
  raw.serial = all[0];
  raw.pkid = all[1];
  raw.hash = all[2];
  raw.manufacturer = all[3];
  raw.model = all[4];
  raw.group_tag = all[5];
  raw.assigned_user = all[6];
  raw.all_fields = all;
  RowChecker(options).check(raw, batch);
}

inline Judged judge(const TestRow& row, const CheckOptions& options = {}) {
  Judged judged;
  check_into(row, options, *judged.batch);
  return judged;
}

inline CheckOptions documented() {
  CheckOptions options;
  options.mode = ValidationMode::documented;
  return options;
}

}  // namespace devicebatch::record
