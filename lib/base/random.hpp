// base/random.hpp - randomness, handed in.
//
// Purpose:   jitter and identifiers. Not for secrets.
// Threading: one object belongs to one thread.
#pragma once

#include <cstdint>

namespace devicebatch {

class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;

  // Uniform in [0, 1).
  double unit();
};

// Starts from the kernel's entropy.
class SystemRandom final : public Random {
 public:
  std::uint64_t next() override;
};

// splitmix64: the same seed gives the same numbers on every machine.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() override;

 private:
  std::uint64_t state_;
};

}  // namespace devicebatch
