// format/packed/head_source.hpp - a source whose first bytes can be looked at before they are read.
#pragma once

#include "format/byte_source.hpp"

#include <string>
#include <string_view>

namespace devicebatch::format {

class HeadSource final : public ByteSource {
 public:
  explicit HeadSource(ByteSource& source) : source_(source) {}

  // The first `bytes` of what was not read, or all there are.
  Result<std::string_view> head(std::size_t bytes);
  Result<std::size_t> read(std::span<char> into) override;

 private:
  ByteSource& source_;
  std::string head_;
  std::size_t at_ = 0;
};

}  // namespace devicebatch::format
