#include "sandbox/control/control_api.hpp"

#include "base/text.hpp"
#include "sandbox/control/describe_world.hpp"
#include "sandbox/control/document.hpp"
#include "sandbox/control/scenario.hpp"
#include "sandbox/identity/assertion.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <iterator>

namespace devicebatch::sandbox {
namespace {

namespace json = boost::json;

// A year in one step is enough, and keeps times far from overflowing.
constexpr std::uint64_t kLongestStepMs = 366ULL * 24 * 3'600'000;
constexpr int kRevoked = 50173;

Answer bad_request(std::string_view why) {
  return json_answer(400, {{"error", why}});
}

Answer replace_rules(World& world, const json::value& document) {
  auto rules = FaultRules::parse(document, world.options.seed);
  if (!rules) return bad_request(rules.error().message());
  world.rules = std::move(*rules);
  return json_answer(200, {{"rules", world.rules.rules().size()}});
}

Answer replace_accounts(World& world, const json::value& document) {
  auto accounts = Accounts::parse(document);
  if (!accounts) return bad_request(accounts.error().message());
  world.accounts = std::move(*accounts);
  return json_answer(200, {{"status", "ok"}});
}

// All or nothing: a misspelled knob changes none of the others.
Answer change_options(World& world, const json::value& document) {
  if (!document.is_object()) return bad_request("an object of options is expected");
  Options changed = world.options;
  for (const auto& [name, value] : document.get_object()) {
    const auto set = set_knob_from_json(changed, name, value);
    if (!set) return bad_request(set.error().message());
  }
  const bool has_other_certificate = changed.client_certificate != world.options.client_certificate;
  if (has_other_certificate && !changed.client_certificate.empty()) {
    const auto checked = check_certificate_file(changed.client_certificate);
    if (!checked) return bad_request(checked.error().message());
  }
  world.change_options(std::move(changed));
  return json_answer(200, {{"changed", document.get_object().size()}});
}

json::object describe_clock(const World& world) {
  return {{"now", format_utc(world.clock.now_utc())},
          {"flows", world.clock.flows()},
          {"advanced_ms", world.clock.advanced().count()}};
}

Answer advance_clock(World& world, const json::value& document) {
  const json::object* object = document.if_object();
  const json::value* step = object ? object->if_contains("advance_ms") : nullptr;
  std::uint64_t ms = 0;
  const bool is_good = step && object->size() == 1 && read_number(*step, ms);
  if (!is_good || ms > kLongestStepMs) return bad_request("{\"advance_ms\": N} is expected");
  world.clock.advance(std::chrono::milliseconds(ms));
  return json_answer(200, describe_clock(world));
}

// {"access_tokens": "all", "refresh_tokens": "all" or one, "number": AADSTS}
Answer revoke(World& world, const json::value& document) {
  const json::object* object = document.if_object();
  if (object == nullptr) return bad_request("an object is expected");
  std::string access, refresh;
  std::uint64_t number = kRevoked;
  for (const auto& [name, value] : *object) {
    bool is_read = false;
    if (name == "access_tokens") is_read = read_text(value, access) && access == "all";
    if (name == "refresh_tokens") is_read = read_text(value, refresh);
    if (name == "number") is_read = read_number(value, number) && number < 100'000'000;
    if (!is_read) return bad_request("access_tokens: all, refresh_tokens: all or one, number");
  }
  if (!access.empty()) world.tokens.revoke_all();
  const int reason = static_cast<int>(number);
  if (refresh == "all") {
    world.tokens.revoke_refresh_tokens(world.options.refresh_token, reason);
  } else if (!refresh.empty()) {
    world.tokens.revoke(refresh, reason);
  }
  return json_answer(200, {{"status", "revoked"}});
}

Answer reset(World& world, const json::value&) {
  world.reset();
  world.ledger.append({{"event", "reset"}, {"at", format_utc(world.clock.now_utc())}});
  return json_answer(200, {{"status", "reset"}});
}

struct Verb {
  std::string_view name;
  Answer (*act)(World& world, const json::value& document);
};
constexpr Verb kVerbs[] = {
    {"rules", replace_rules},    {"accounts", replace_accounts},
    {"options", change_options}, {"clock", advance_clock},
    {"revoke", revoke},          {"reset", reset},
};

Answer act(World& world, const Request& request, std::string_view what) {
  const Verb* verb = std::find_if(std::begin(kVerbs), std::end(kVerbs),
                                  [&](const Verb& each) { return each.name == what; });
  if (verb == std::end(kVerbs)) {
    return bad_request("POST rules, options, accounts, clock, revoke or reset");
  }
  if (what == "reset") return reset(world, nullptr);
  json::error_code error;
  const json::value document = json::parse(request.body, error);
  if (error) return bad_request(error.message());
  return verb->act(world, document);
}

Answer show(const World& world, std::string_view what) {
  if (what == "health") return json_answer(200, {{"status", "ok"}});
  if (what == "summary") return json_answer(200, describe_summary(world));
  if (what == "ledger") return json_answer(200, describe_ledger(world));
  if (what == "requests") return json_answer(200, describe_requests(world));
  if (what == "rules") return json_answer(200, describe_rules(world));
  if (what == "clock") return json_answer(200, describe_clock(world));
  return json_answer(404, {{"error", "health, summary, ledger, requests, rules or clock"}});
}

}  // namespace

bool is_control_request(const Request& request) {
  return request.target == "/sandbox" || request.target.starts_with("/sandbox/");
}

Answer call_control_api(World& world, const Request& request) {
  const std::vector<std::string> segments = path_segments(request.target);
  const std::string what = segments.size() == 2 ? segments[1] : "";
  if (request.method == "GET") return show(world, what);
  if (request.method == "POST") return act(world, request, what);
  return bad_request("GET or POST");
}

}  // namespace devicebatch::sandbox
