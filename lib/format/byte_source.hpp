// format/byte_source.hpp - where a reader's bytes come from.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>

namespace devicebatch::format {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills the front of `into` and returns how much; 0 is the end, which stays the end.
  virtual Result<std::size_t> read(std::span<char> into) = 0;
};

// Where a writer's bytes go, in order.
using ByteSink = std::function<Result<void>(std::string_view bytes)>;

// Bytes that are in memory already. They must outlive the source.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : rest_(bytes) {}
  Result<std::size_t> read(std::span<char> into) override;

 private:
  std::string_view rest_;
};

}  // namespace devicebatch::format
