// sandbox/control/fault_words.hpp - the words behind `fault:`, and what each takes.
//
// Threading: pure.
// Source:    tests/sandbox/README.md has the same table in prose.
#pragma once

#include "base/result.hpp"
#include "sandbox/control/misfortune.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace devicebatch::sandbox {

// The members of a rule that give its fault a measure.
struct Measures {
  Obstacle obstacle;
  std::optional<unsigned> status;
  std::optional<std::chrono::milliseconds> ms;
  std::optional<std::uint64_t> count;
  std::optional<std::uint64_t> bytes;
  std::optional<std::uint64_t> cut_at;
  std::optional<std::uint64_t> drop_request_at;
  bool resets = false;
  std::string form;
  std::string to;
};

struct FaultWord {
  const char* word;
  const char* members;  // what it may have, between spaces
  void (*build)(Misfortune& effect, const Measures& measures);

  bool takes(std::string_view member) const;
};

// nullptr: there is no such fault.
const FaultWord* find_fault_word(std::string_view word);
// The twist that `form` names.
std::optional<LocationTwist> location_twist(std::string_view form);

}  // namespace devicebatch::sandbox
