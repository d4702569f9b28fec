// ledger/index/bloom_filter.hpp - "surely not here" for the keys of one run.
//
// Units:     12 bits a key, 7 probes inside one 64-byte block: about 0.6 % false answers for one
//            cache miss. Fewer bits trade memory (1.5 bytes a key) for page reads.
// Source:    our choice, because a block is one cache line. The block comes from bits that the
//            shard of a key does not use; with the same bits a shard would fill 1/32 of its filter.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace devicebatch::ledger {

class BloomFilter {
 public:
  BloomFilter() = default;
  explicit BloomFilter(std::size_t keys);

  void add(std::uint64_t key);
  bool may_hold(std::uint64_t key) const;
  void prefetch(std::uint64_t key) const { __builtin_prefetch(&blocks_[block_of(key)]); }

  std::span<const std::uint8_t> bytes() const {
    return {reinterpret_cast<const std::uint8_t*>(blocks_.data()), blocks_.size() * sizeof(Block)};
  }
  // Puts stored bytes back, piece by piece; false when they do not fit.
  bool restore(std::size_t offset, std::span<const std::uint8_t> piece);

 private:
  struct alignas(64) Block {
    std::uint64_t words[8] = {};
  };
  static std::uint64_t mixed(std::uint64_t key);
  std::size_t block_of(std::uint64_t key) const;

  std::vector<Block> blocks_;
};

}  // namespace devicebatch::ledger
