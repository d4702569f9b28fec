#include "format/byte_source.hpp"

#include <algorithm>

namespace devicebatch::format {

Result<std::size_t> MemorySource::read(std::span<char> into) {
  const std::size_t count = std::min(into.size(), rest_.size());
  std::copy_n(rest_.begin(), count, into.begin());
  rest_.remove_prefix(count);
  return count;
}

}  // namespace devicebatch::format
