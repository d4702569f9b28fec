// fuzz/piece_source.hpp - bytes that come in small pieces, as from a pipe.
#pragma once

#include "format/byte_source.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>

namespace devicebatch::fuzz {

// Hands out at most `step` bytes a call.
class PieceSource final : public format::ByteSource {
 public:
  PieceSource(std::string_view bytes, std::size_t step) : memory_(bytes), step_(step) {}
  Result<std::size_t> read(std::span<char> into) override {
    return memory_.read(into.first(std::min(into.size(), step_)));
  }

 private:
  format::MemorySource memory_;
  std::size_t step_;
};

}  // namespace devicebatch::fuzz
