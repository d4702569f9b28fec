#include "flow/route.hpp"

#include "base/text.hpp"
#include "record/finding_codes.hpp"

#include <algorithm>

namespace devicebatch::flow {
namespace {

using record::Code;

constexpr std::string_view kPlace = "{destination}";

std::string list_of(const RouteRules& rules) {
  std::string list(rules.own);
  for (const std::string& other : rules.others) list += ", " + other;
  return list;
}

// What a name may hold is letters, digits, "_", "." and "-": nothing that a pattern reads.
bool is_in_name(const RouteRules& rules, std::string_view destination, std::string_view name) {
  const std::size_t at = rules.name_template.find(kPlace);
  std::string pattern(rules.name_template.substr(0, at));
  pattern += destination;
  pattern += rules.name_template.substr(at + kPlace.size());
  return follows_pattern(pattern, name);
}

// Of `line` and `line-2` the longer one is meant where both fit.
std::string_view destination_in_name(const RouteRules& rules, std::string_view name) {
  std::string_view found;
  const auto consider = [&](std::string_view candidate) {
    if (candidate.size() > found.size() && is_in_name(rules, candidate, name)) found = candidate;
  };
  consider(rules.own);
  for (const std::string& other : rules.others) consider(other);
  return found;
}

}  // namespace

bool follows_pattern(std::string_view pattern, std::string_view name) {
  // The last `*` may take one character more whenever the rest does not fit.
  std::size_t star = std::string_view::npos;
  std::size_t after_star = 0;
  std::size_t at = 0;
  std::size_t in = 0;
  while (in < name.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      after_star = in;
    } else if (at < pattern.size() &&
               (pattern[at] == '?' || ascii_lower(pattern[at]) == ascii_lower(name[in]))) {
      ++at;
      ++in;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      in = ++after_star;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

tl::expected<std::string_view, record::Finding> choose_destination(const RouteRules& rules,
                                                                   std::string_view file_name,
                                                                   std::string_view asked) {
  if (!asked.empty()) {
    if (equals_ignoring_case(asked, rules.own)) return rules.own;
    const auto other = std::ranges::find_if(
        rules.others, [&](const std::string& each) { return equals_ignoring_case(asked, each); });
    if (other != rules.others.end()) return std::string_view(*other);
    return tl::unexpected(
        record::make_finding(Code::file_other_destination, {asked, list_of(rules)}));
  }
  if (rules.name_template.empty()) return rules.own;
  const std::string_view found = destination_in_name(rules, file_name);
  if (!found.empty()) return found;
  return tl::unexpected(
      record::make_finding(Code::file_no_destination, {rules.name_template, list_of(rules)}));
}

}  // namespace devicebatch::flow
