// sim/dice.hpp - every choice of a simulated run, from its seed.
//
// Purpose:   one stream for each part of the world, so that more choices in one part do not change
//            those of another.
// Threading: one thread.
#pragma once

#include "base/random.hpp"

#include <chrono>
#include <cstdint>

namespace devicebatch::sim {

using std::chrono::milliseconds;

class Dice {
 public:
  enum class Stream : std::uint64_t { scenario = 1, disk, network, server, schedule, process };
  Dice(std::uint64_t seed, Stream stream) : random_(begin_of(seed, stream)) {}

  std::uint64_t number() { return random_.next(); }
  // In [0, bound).
  std::size_t below(std::size_t bound) {
    return bound == 0 ? 0 : static_cast<std::size_t>(random_.next() % bound);
  }
  // Both ends included.
  int between(int least, int most) {
    return least + static_cast<int>(below(static_cast<std::size_t>(most - least + 1)));
  }
  bool chance(double probability) { return random_.unit() < probability; }
  milliseconds time(milliseconds least, milliseconds most) {
    const auto span = static_cast<std::size_t>((most - least).count() + 1);
    return least + milliseconds(static_cast<std::int64_t>(below(span)));
  }
  Random& random() { return random_; }

 private:
  // SeededRandom counts up from its seed, so neighbours would be the same stream, shifted.
  static std::uint64_t begin_of(std::uint64_t seed, Stream stream) {
    const std::uint64_t of_seed = SeededRandom(seed).next();
    return SeededRandom(of_seed ^ (static_cast<std::uint64_t>(stream) << 56)).next();
  }

  SeededRandom random_;
};

}  // namespace devicebatch::sim
