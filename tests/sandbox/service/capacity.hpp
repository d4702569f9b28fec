// sandbox/service/capacity.hpp - a service that processes only so much at once.
//
// Purpose:   uploads beyond the limit wait in the order they came, so that their answers take
//            longer; beyond the queue they are refused. What a client that adapts has to find.
// Threading: the loop.
// Units:     real time: it is the client's patience that is tested.
// Source:    first come, first served, N at once: an upload starts when all but N - 1 of those
//            before it have ended, so its end is known when it comes.
#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <optional>
#include <set>

namespace devicebatch::sandbox {

class Capacity {
 public:
  struct Limits {
    std::uint64_t at_once = 0;  // 0: no limit
    std::uint64_t waiting = 0;
    std::chrono::milliseconds each{0};
  };
  // When the upload that comes now will have been processed; nullopt: there is no room for it.
  std::optional<MonoTime> admit(MonoTime now, const Limits& limits);
  void clear() { *this = Capacity(); }

  std::uint64_t refused() const { return refused_; }
  std::uint64_t most_at_once() const { return most_; }  // processed and waiting together

 private:
  std::multiset<MonoTime> ends_;  // of those that are processed or wait
  std::uint64_t refused_ = 0;
  std::uint64_t most_ = 0;
};

}  // namespace devicebatch::sandbox
