#include "sandbox/control/control_api.hpp"

#include "base/text.hpp"
#include "sandbox/control/describe_world.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace devicebatch::sandbox {
namespace {

namespace json = boost::json;

Answer bad_request(std::string_view why) {
  return json_answer(400, {{"error", why}});
}

Answer replace_rules(World& world, const json::value& document) {
  auto rules = FaultRules::parse(document, world.options.seed);
  if (!rules) return bad_request(rules.error().message());
  world.rules = std::move(*rules);
  return json_answer(200, {{"rules", world.rules.rules().size()}});
}

std::string as_text(const json::value& value) {
  if (value.is_string()) return std::string(std::string_view(value.get_string()));
  return json::serialize(value);
}

// All or nothing: a misspelled knob changes none of the others.
Answer change_options(World& world, const json::value& document) {
  if (!document.is_object()) return bad_request("an object of options is expected");
  Options changed = world.options;
  for (const auto& [name, value] : document.get_object()) {
    const auto set = set_knob(changed, std::string_view(name), as_text(value));
    if (!set) return bad_request(set.error().message());
  }
  world.options = std::move(changed);
  return json_answer(200, {{"changed", document.get_object().size()}});
}

Answer reset(World& world) {
  world.reset();
  world.ledger.append({{"event", "reset"}, {"at", format_utc(world.clock.now_utc())}});
  return json_answer(200, {{"status", "reset"}});
}

Answer show(const World& world, std::string_view what) {
  if (what == "health") return json_answer(200, {{"status", "ok"}});
  if (what == "summary") return json_answer(200, describe_summary(world));
  if (what == "ledger") return json_answer(200, describe_ledger(world));
  if (what == "requests") return json_answer(200, describe_requests(world));
  if (what == "rules") return json_answer(200, describe_rules(world));
  return json_answer(404, {{"error", "health, summary, ledger, requests or rules"}});
}

}  // namespace

bool is_control_request(const Request& request) {
  return request.target == "/sandbox" || request.target.starts_with("/sandbox/");
}

Answer call_control_api(World& world, const Request& request) {
  const std::vector<std::string> segments = path_segments(request.target);
  const std::string what = segments.size() == 2 ? segments[1] : "";
  if (request.method == "GET") return show(world, what);
  if (request.method == "POST" && what == "reset") return reset(world);
  const bool is_known = what == "rules" || what == "options";
  if (request.method != "POST" || !is_known) return bad_request("POST rules, options or reset");
  json::error_code error;
  const json::value document = json::parse(request.body, error);
  if (error) return bad_request(error.message());
  return what == "rules" ? replace_rules(world, document) : change_options(world, document);
}

}  // namespace devicebatch::sandbox
