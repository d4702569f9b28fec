// sandbox/control/fault_rules.hpp - what goes wrong, when, and for whom.
//
// Purpose:   the first obstacle that fires decides; every matching rule counts the request.
// Threading: the loop.
// Errors:    Errc::bad_config with the place of the mistake, as document.hpp writes it.
// Source:    tests/sandbox/README.md, "Rules".
#pragma once

#include "base/random.hpp"
#include "base/result.hpp"
#include "sandbox/control/misfortune.hpp"

#include <boost/json/fwd.hpp>

#include <cstdint>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace devicebatch::sandbox {

struct FaultRule {
  std::string method;  // empty: any
  std::string path;    // lower-case part of the target; empty: any
  std::optional<std::regex> pattern;
  std::optional<std::uint64_t> nth, every, first, after;
  std::optional<double> probability;

  std::string name;  // as written
  Misfortune effect;

  std::uint64_t seen = 0;
  std::uint64_t fired = 0;
  SeededRandom random{0};

  bool matches(std::string_view method_name, std::string_view target) const;
  bool fires();  // counts
};

// Customer ids in lower case, by what the service says about them.
struct CustomerLists {
  std::unordered_set<std::string> unknown;    // 404 60003
  std::unordered_set<std::string> forbidden;  // 403 20002
  std::unordered_set<std::string> locked;     // 403 900416
};

class FaultRules {
 public:
  // A list of rules, or an object of `faults` and `customers`.
  static Result<FaultRules> parse(const boost::json::value& document, std::uint64_t seed);

  Misfortune draw(std::string_view method, std::string_view target);
  const CustomerLists& customers() const { return customers_; }

  void restart_counts();
  const std::vector<FaultRule>& rules() const { return rules_; }

 private:
  Result<void> add_rules(const boost::json::value& list, std::uint64_t seed);

  std::vector<FaultRule> rules_;
  CustomerLists customers_;
};

}  // namespace devicebatch::sandbox
