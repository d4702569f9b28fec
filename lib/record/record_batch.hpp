// record/record_batch.hpp - checked rows on their way from a reader to the ledger.
//
// Purpose:   the unit handed across threads: some hundred rows, their hashes back to back, their
//            texts.
// Lifecycle: filled by RowChecker on a reading thread, moved to the ledger thread, appended,
//            dropped.
// Ownership: the batch owns every byte its rows point to; rows die with it.
// Units:     `captured_at` counts seconds since 2000-01-01T00:00:00Z, as the hash does; 0 is
//            unknown.
#pragma once

#include "record/device.hpp"
#include "record/finding.hpp"
#include "record/identity.hpp"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace devicebatch::record {

struct BatchRow {
  std::uint64_t line = 0;  // physical line of the file, from 1
  bool is_rejected = false;
  HashForm hash_form = HashForm::none;
  std::uint32_t hash_offset = 0;  // into RecordBatch::pack
  std::uint32_t hash_length = 0;
  std::int64_t captured_at = 0;
  std::string_view serial;
  std::string_view pkid;
  std::string_view manufacturer;
  std::string_view model;
  std::string_view group_tag;
  DestinationId destination;  // by its group tag; 0: that of its submission
  IdentityKeys keys{};
  std::uint32_t finding_offset = 0;  // into RecordBatch::findings
  std::uint32_t finding_count = 0;
};

// How a verified hash spells two names; the ledger learns from it.
struct Spelling {
  std::string_view manufacturer;
  std::string_view model;
};

class RecordBatch {
 public:
  std::vector<BatchRow> rows;
  std::vector<std::uint8_t> pack;  // hashes back to back, as HashForm says
  std::vector<Finding> findings;
  std::vector<Spelling> spellings;  // each once, at most kSpellings

  static constexpr std::size_t kSpellings = 64;
  void learn(std::string_view manufacturer, std::string_view model);

  // Copies a text into the batch; the view lives as long as the batch.
  std::string_view keep(std::string_view text);

  std::span<const std::uint8_t> hash_of(const BatchRow& row) const {
    return std::span(pack).subspan(row.hash_offset, row.hash_length);
  }
  std::span<const Finding> findings_of(const BatchRow& row) const {
    return std::span(findings).subspan(row.finding_offset, row.finding_count);
  }

 private:
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t block_used_ = 0;
  std::size_t block_size_ = 0;
};

}  // namespace devicebatch::record
