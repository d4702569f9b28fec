#include "format/packed/head_source.hpp"

#include <algorithm>

namespace devicebatch::format {

Result<std::string_view> HeadSource::head(std::size_t bytes) {
  std::size_t have = head_.size() - at_;
  while (have < bytes) {
    head_.resize(at_ + bytes);
    auto count = source_.read(std::span(head_).subspan(at_ + have));
    head_.resize(at_ + have + (count ? *count : 0));
    if (!count) return fail(std::move(count.error()));
    if (*count == 0) break;
    have += *count;
  }
  return std::string_view(head_).substr(at_, bytes);
}

Result<std::size_t> HeadSource::read(std::span<char> into) {
  if (at_ == head_.size()) return source_.read(into);
  const std::size_t count = std::min(into.size(), head_.size() - at_);
  std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(at_), count, into.begin());
  at_ += count;
  return count;
}

}  // namespace devicebatch::format
