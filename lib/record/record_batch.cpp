#include "record/record_batch.hpp"

#include <algorithm>
#include <cstring>

namespace devicebatch::record {
namespace {

// The texts of a window of full rows (about 260) take 10 to 20 KB; a smaller block would be several
// allocations a window, a larger one is waste for a file of one row.
constexpr std::size_t kBlockBytes = 16 * 1024;

}  // namespace

std::string_view RecordBatch::keep(std::string_view text) {
  if (text.empty()) return {};
  if (blocks_.empty() || text.size() > block_size_ - block_used_) {
    block_size_ = std::max(kBlockBytes, text.size());
    block_used_ = 0;
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(block_size_));
  }
  char* const start = blocks_.back().get() + block_used_;
  std::memcpy(start, text.data(), text.size());
  block_used_ += text.size();
  return {start, text.size()};
}

// The rows of a file are mostly of one model, so the latest is compared first.
void RecordBatch::learn(std::string_view manufacturer, std::string_view model) {
  const auto is_known = [&](const Spelling& known) {
    return known.model == model && known.manufacturer == manufacturer;
  };
  if (std::any_of(spellings.rbegin(), spellings.rend(), is_known)) return;
  if (spellings.size() < kSpellings) spellings.push_back({keep(manufacturer), keep(model)});
}

}  // namespace devicebatch::record
