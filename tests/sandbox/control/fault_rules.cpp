#include "sandbox/control/fault_rules.hpp"

#include "base/text.hpp"
#include "sandbox/control/read_rule.hpp"

#include <boost/json/value.hpp>

namespace devicebatch::sandbox {
namespace {

namespace json = boost::json;

// Takes over what `effect` brings and nobody has decided yet.
void merge(Misfortune& sum, const Misfortune& effect) {
  if (!sum.obstacle) sum.obstacle = effect.obstacle;
  sum.slow += effect.slow;
  sum.has_no_location |= effect.has_no_location;
  sum.has_link_body |= effect.has_link_body;
  sum.is_truncated |= effect.is_truncated;
  sum.is_cut |= effect.is_cut;
  sum.job.is_stuck |= effect.job.is_stuck;
  sum.job.hides_devices |= effect.job.hides_devices;
  sum.job.is_shuffled |= effect.job.is_shuffled;
  sum.job.omitted += effect.job.omitted;
  sum.job.hidden += effect.job.hidden;
  sum.job.unknown += effect.job.unknown;
  sum.job.batch_hidden += effect.job.batch_hidden;
  if (!sum.job.lost) sum.job.lost = effect.job.lost;
  if (!sum.job.duration) sum.job.duration = effect.job.duration;
}

Result<void> read_customers(const json::value& list, std::unordered_set<std::string>& customers) {
  if (!list.is_array()) return fail(Errc::bad_config, "customers: a list of ids is expected");
  for (const json::value& each : list.get_array()) {
    if (!each.is_string()) return fail(Errc::bad_config, "customers: an id is expected");
    customers.insert(to_lower(std::string_view(each.get_string())));
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
  if (probability && random.unit() >= *probability) return false;
  ++fired;
  return true;
}

Result<FaultRules> FaultRules::parse(const json::value& document, std::uint64_t seed) {
  FaultRules parsed;
  const json::value* faults = &document;
  if (const json::object* object = document.if_object()) {
    faults = object->if_contains("faults");
    const json::value* customers = object->if_contains("customers");
    if (customers && customers->is_object()) {
      for (const auto& [name, list] : customers->get_object()) {
        if (name != "unknown" && name != "forbidden") {
          return fail(Errc::bad_config, "customers: only `unknown` and `forbidden` are known");
        }
        auto read = read_customers(list, name == "unknown" ? parsed.unknown_ : parsed.forbidden_);
        if (!read) return fail(std::move(read), "rules");
      }
    }
  }
  if (faults == nullptr || faults->is_null()) return parsed;
  if (!faults->is_array()) return fail(Errc::bad_config, "rules: a list is expected");
  for (const json::value& each : faults->get_array()) {
    auto rule = read_rule(each);
    const std::string number = std::to_string(parsed.rules_.size() + 1);
    if (!rule) return fail(std::move(rule), "rule " + number);
    rule->random = SeededRandom(seed + parsed.rules_.size());
    parsed.rules_.push_back(std::move(*rule));
  }
  return parsed;
}

Misfortune FaultRules::draw(std::string_view method, std::string_view target) {
  Misfortune sum;
  for (FaultRule& rule : rules_) {
    if (!rule.matches(method, target) || !rule.fires()) continue;
    merge(sum, rule.effect);
    if (!sum.names.empty()) sum.names += ',';
    sum.names += rule.name;
  }
  return sum;
}

void FaultRules::restart_counts() {
  for (FaultRule& rule : rules_) rule.seen = rule.fired = 0;
}

}  // namespace devicebatch::sandbox
