#include "sandbox/control/fault_rules.hpp"

#include "base/text.hpp"
#include "sandbox/control/document.hpp"
#include "sandbox/control/read_rule.hpp"

#include <boost/json/value.hpp>

namespace devicebatch::sandbox {
namespace {

namespace json = boost::json;

Result<void> read_ids(std::string_view name, const json::value& list,
                      std::unordered_set<std::string>& customers) {
  if (!list.is_array()) return wrong(name, "a list of customer ids is expected");
  for (const json::value& each : list.get_array()) {
    std::string id;
    if (!read_text(each, id)) return wrong(name, "a customer id is expected");
    customers.insert(to_lower(id));
  }
  return {};
}

Result<void> read_customers(const json::value& value, CustomerLists& customers) {
  if (value.is_null()) return {};
  const json::object* lists = value.if_object();
  if (lists == nullptr) return wrong("customers", "unknown, forbidden and locked are expected");
  for (const auto& [key, list] : *lists) {
    const std::string_view name(key);
    std::unordered_set<std::string>* target = nullptr;
    if (name == "unknown") target = &customers.unknown;
    if (name == "forbidden") target = &customers.forbidden;
    if (name == "locked") target = &customers.locked;
    const auto read = target ? read_ids(name, list, *target)
                             : wrong(name, "only unknown, forbidden and locked are known");
    if (!read) return inside("customers", read.error());
  }
  return {};
}

}  // namespace

bool FaultRule::matches(std::string_view method_name, std::string_view target) const {
  if (!method.empty() && !equals_ignoring_case(method, method_name)) return false;
  if (!path.empty() && to_lower(target).find(path) == std::string::npos) return false;
  return !pattern || std::regex_search(target.begin(), target.end(), *pattern);
}

bool FaultRule::fires() {
  ++seen;
  if (nth && seen != *nth) return false;
  if (every && seen % *every != 0) return false;
  if (first && seen > *first) return false;
  if (after && seen <= *after) return false;
  if (probability && random.unit() >= *probability) return false;
  ++fired;
  return true;
}

Result<FaultRules> FaultRules::parse(const json::value& document, std::uint64_t seed) {
  FaultRules parsed;
  const json::object* object = document.if_object();
  if (object == nullptr) {
    if (auto read = parsed.add_rules(document, seed); !read) return fail(read.error());
    return parsed;
  }
  for (const auto& [key, value] : *object) {
    const std::string_view name(key);
    Result<void> read = wrong(name, "only faults and customers are known here");
    if (name == "faults") read = parsed.add_rules(value, seed);
    if (name == "customers") read = read_customers(value, parsed.customers_);
    if (read) continue;
    return name == "faults" ? inside("faults", read.error()) : fail(read.error());
  }
  return parsed;
}

Result<void> FaultRules::add_rules(const json::value& list, std::uint64_t seed) {
  if (list.is_null()) return {};
  if (!list.is_array()) return fail(Errc::bad_config, "a list of rules is expected");
  for (const json::value& each : list.get_array()) {
    auto rule = read_rule(each);
    if (!rule) return inside(std::to_string(rules_.size()), rule.error());
    rule->random = SeededRandom(seed + rules_.size());
    rules_.push_back(std::move(*rule));
  }
  return {};
}

Misfortune FaultRules::draw(std::string_view method, std::string_view target) {
  Misfortune sum;
  for (FaultRule& rule : rules_) {
    if (!rule.matches(method, target) || !rule.fires()) continue;
    sum.merge(rule.effect);
    if (!sum.names.empty()) sum.names += ',';
    sum.names += rule.name;
  }
  return sum;
}

void FaultRules::restart_counts() {
  for (FaultRule& rule : rules_) rule.seen = rule.fired = 0;
}

}  // namespace devicebatch::sandbox
