// sandbox/control/fault_rules.hpp - what goes wrong, and when.
//
// Purpose:   the first rule of each kind that fires decides; every matching rule counts the
// request. Threading: the loop. Errors:    Errc::bad_config with the number of the rule. Source:
// tests/sandbox/README.md, "Rules".
#pragma once

#include "base/random.hpp"
#include "base/result.hpp"
#include "sandbox/service/jobs.hpp"

#include <boost/json/fwd.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace devicebatch::sandbox {

// Replaces the answer.
struct Obstacle {
  enum class Kind { drop, reset, status, html, expired_token };
  Kind kind = Kind::drop;
  bool commits = false;  // the service does its work first, and the client never learns of it
  unsigned status = 503;
  std::optional<std::uint32_t> retry_after_seconds;
  bool retry_after_is_date = false;
  bool omits_retry_after = false;  // otherwise a 429 says 1 second
  bool revokes_tokens = false;
  std::string code;  // of the error body; empty: the published one
  std::string description;
};

// Everything that befalls one request.
struct Misfortune {
  std::optional<Obstacle> obstacle;
  std::chrono::milliseconds slow{0};
  bool has_no_location = false;
  bool has_link_body = false;
  bool is_truncated = false;
  bool is_cut = false;
  JobQuirks job;
  std::string names;  // comma-separated
};

struct FaultRule {
  std::string method;  // empty: any
  std::string path;    // lower-case part of the target; empty: any
  std::optional<std::regex> pattern;
  std::optional<std::uint64_t> nth, every, first;
  std::optional<double> probability;

  std::string name;  // as written
  Misfortune effect;

  std::uint64_t seen = 0;
  std::uint64_t fired = 0;
  SeededRandom random{0};

  bool matches(std::string_view method_name, std::string_view target) const;
  bool fires();  // counts
};

class FaultRules {
 public:
  // A list of rules, or an object of `faults` and `customers`.
  static Result<FaultRules> parse(const boost::json::value& document, std::uint64_t seed);

  Misfortune draw(std::string_view method, std::string_view target);
  // Customer ids in lower case that the service does not know, or may not serve.
  bool is_unknown(const std::string& customer) const { return unknown_.contains(customer); }
  bool is_forbidden(const std::string& customer) const { return forbidden_.contains(customer); }

  void restart_counts();
  const std::vector<FaultRule>& rules() const { return rules_; }

 private:
  std::vector<FaultRule> rules_;
  std::unordered_set<std::string> unknown_;
  std::unordered_set<std::string> forbidden_;
};

// Reads a rules file: YAML, of which JSON is a part.
Result<boost::json::value> read_yaml(const std::string& path);

}  // namespace devicebatch::sandbox
