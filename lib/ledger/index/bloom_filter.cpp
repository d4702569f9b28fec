#include "ledger/index/bloom_filter.hpp"

#include <algorithm>
#include <cstring>

namespace devicebatch::ledger {
namespace {

constexpr std::size_t kBitsPerKey = 14;
constexpr std::size_t kBitsPerBlock = 512;
constexpr int kProbes = 7;

}  // namespace

BloomFilter::BloomFilter(std::size_t keys)
    : blocks_(std::max<std::size_t>(1, (keys * kBitsPerKey + kBitsPerBlock - 1) / kBitsPerBlock)) {}

// The finaliser of MurmurHash3: every bit of the key reaches every bit of the result.
std::uint64_t BloomFilter::mixed(std::uint64_t key) {
  key = (key ^ (key >> 33)) * 0xFF51AFD7ED558CCDULL;
  key = (key ^ (key >> 33)) * 0xC4CEB9FE1A85EC53ULL;
  return key ^ (key >> 33);
}

std::size_t BloomFilter::block_of(std::uint64_t key) const {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::size_t>((static_cast<Wide>(mixed(key)) * blocks_.size()) >> 64);
}

void BloomFilter::add(std::uint64_t key) {
  Block& block = blocks_[block_of(key)];
  std::uint64_t probes = key * 0x9E3779B97F4A7C15ULL;
  for (int probe = 0; probe < kProbes; ++probe, probes >>= 9) {
    block.words[probes >> 6 & 7] |= std::uint64_t{1} << (probes & 63);
  }
}

bool BloomFilter::may_hold(std::uint64_t key) const {
  const Block& block = blocks_[block_of(key)];
  std::uint64_t probes = key * 0x9E3779B97F4A7C15ULL;
  for (int probe = 0; probe < kProbes; ++probe, probes >>= 9) {
    if ((block.words[probes >> 6 & 7] >> (probes & 63) & 1) == 0) return false;
  }
  return true;
}

bool BloomFilter::restore(std::size_t offset, std::span<const std::uint8_t> piece) {
  const std::size_t size = blocks_.size() * sizeof(Block);
  if (offset > size || piece.size() > size - offset) return false;
  if (!piece.empty()) {
    std::memcpy(reinterpret_cast<std::uint8_t*>(blocks_.data()) + offset, piece.data(),
                piece.size());
  }
  return true;
}

}  // namespace devicebatch::ledger
