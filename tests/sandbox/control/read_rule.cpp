#include "sandbox/control/read_rule.hpp"

#include "base/text.hpp"

#include <boost/json/value.hpp>

#include <charconv>
#include <unordered_map>

namespace devicebatch::sandbox {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

Result<void> wrong(std::string what) {
  return fail(Errc::bad_config, std::move(what));
}

// The members of a rule that give a fault its measure.
struct Measures {
  milliseconds ms{1'000};
  std::uint64_t count = 1;
};

using Build = void (*)(FaultRule& rule, const Measures& measures);

template <Obstacle::Kind Kind, bool Commits>
void build_obstacle(FaultRule& rule, const Measures&) {
  rule.effect.obstacle->kind = Kind;
  rule.effect.obstacle->commits |= Commits;
}

template <auto Member>
void build_flag(FaultRule& rule, const Measures&) {
  rule.effect.*Member = true;
}

template <auto Member>
void build_job_flag(FaultRule& rule, const Measures&) {
  rule.effect.job.*Member = true;
}

template <auto Member>
void build_job_time(FaultRule& rule, const Measures& measures) {
  rule.effect.job.*Member = measures.ms;
}

void build_slow(FaultRule& rule, const Measures& measures) {
  rule.effect.slow = measures.ms;
}

void build_omitted(FaultRule& rule, const Measures& measures) {
  rule.effect.job.omitted = measures.count;
}

const std::unordered_map<std::string_view, Build>& builders() {
  using Kind = Obstacle::Kind;
  static const std::unordered_map<std::string_view, Build> kBuilders = {
      {"drop_before", build_obstacle<Kind::drop, false>},
      {"drop_after", build_obstacle<Kind::drop, true>},
      {"reset", build_obstacle<Kind::reset, false>},
      {"reset_after", build_obstacle<Kind::reset, true>},
      {"status", build_obstacle<Kind::status, false>},
      {"html", build_obstacle<Kind::html, false>},
      {"expired_token", build_obstacle<Kind::expired_token, false>},
      {"slow", build_slow},
      {"no_location", build_flag<&Misfortune::has_no_location>},
      {"link_body", build_flag<&Misfortune::has_link_body>},
      {"truncated", build_flag<&Misfortune::is_truncated>},
      {"cut_answer", build_flag<&Misfortune::is_cut>},
      {"job_stuck", build_job_flag<&JobQuirks::is_stuck>},
      {"job_hides_devices", build_job_flag<&JobQuirks::hides_devices>},
      {"job_shuffled", build_job_flag<&JobQuirks::is_shuffled>},
      {"job_omits", build_omitted},
      {"job_hidden", build_job_time<&JobQuirks::hidden>},
      {"job_unknown", build_job_time<&JobQuirks::unknown>},
      {"job_lost", build_job_time<&JobQuirks::lost>},
      {"job_slow", build_job_time<&JobQuirks::duration>},
      {"batch_hidden", build_job_time<&JobQuirks::batch_hidden>},
  };
  return kBuilders;
}

bool is_obstacle(std::string_view fault) {
  return fault.starts_with("drop") || fault.starts_with("reset") || fault == "status" ||
         fault == "html" || fault == "expired_token";
}

template <class Number>
bool read_number(const json::value& value, Number& number) {
  if (!value.is_number()) return false;
  json::error_code error;
  number = value.to_number<Number>(error);
  return !error && number >= 0;
}

Result<void> read_match(const json::value& value, FaultRule& rule) {
  if (!value.is_object()) return wrong("match: {method, path, regex} is expected");
  for (const auto& [name, each] : value.get_object()) {
    if (!each.is_string()) return wrong("match: texts are expected");
    const std::string text(std::string_view(each.get_string()));
    if (name == "method") {
      rule.method = text;
    } else if (name == "path") {
      rule.path = to_lower(text);
    } else if (name == "regex") {
      try {
        rule.pattern.emplace(text, std::regex::ECMAScript | std::regex::icase);
      } catch (const std::regex_error& error) {
        return wrong(std::string("regex: ") + error.what());
      }
    } else {
      return wrong("match: no such member: " + std::string(std::string_view(name)));
    }
  }
  return {};
}

Result<void> read_when(const json::value& value, FaultRule& rule) {
  if (!value.is_object()) return wrong("when: {nth, every, first, probability} is expected");
  for (const auto& [name, each] : value.get_object()) {
    bool is_read = false;
    if (name == "nth") is_read = read_number(each, rule.nth.emplace());
    if (name == "every") is_read = read_number(each, rule.every.emplace()) && *rule.every > 0;
    if (name == "first") is_read = read_number(each, rule.first.emplace());
    if (name == "probability") is_read = read_number(each, rule.probability.emplace());
    if (!is_read)
      return wrong("when: " + std::string(std::string_view(name)) + " is not understood");
  }
  return {};
}

Result<void> read_retry_after(const json::value& value, Obstacle& obstacle) {
  if (value.is_bool() && !value.get_bool()) {
    obstacle.omits_retry_after = true;
    return {};
  }
  if (read_number(value, obstacle.retry_after_seconds.emplace())) return {};
  return wrong("retry_after: seconds or `no` are expected");
}

// Members that only an obstacle has.
Result<bool> read_obstacle_member(std::string_view name, const json::value& value,
                                  Obstacle& obstacle) {
  if (name == "retry_after") {
    auto read = read_retry_after(value, obstacle);
    if (!read) return tl::unexpected(read.error());
    return true;
  }
  if (name == "status") return read_number(value, obstacle.status);
  const bool is_switch = value.is_bool();
  if (name == "retry_after_date")
    return is_switch && (obstacle.retry_after_is_date = value.get_bool(), true);
  if (name == "commit") return is_switch && (obstacle.commits = value.get_bool(), true);
  if (name == "revoke") return is_switch && (obstacle.revokes_tokens = value.get_bool(), true);
  if (name != "code" && name != "description") return false;
  if (!value.is_string()) return false;
  (name == "code" ? obstacle.code : obstacle.description) = std::string_view(value.get_string());
  return true;
}

Result<void> read_member(std::string_view name, const json::value& value, FaultRule& rule,
                         Measures& measures) {
  if (name == "match") return read_match(value, rule);
  if (name == "when") return read_when(value, rule);
  if (name == "fault") return {};
  bool is_read = false;
  std::uint32_t ms = 0;
  if (name == "ms" && read_number(value, ms)) measures.ms = milliseconds(ms), is_read = true;
  if (name == "count") is_read = read_number(value, measures.count);
  if (!is_read && rule.effect.obstacle) {
    auto read = read_obstacle_member(name, value, *rule.effect.obstacle);
    if (!read) return tl::unexpected(read.error());
    is_read = *read;
  }
  return is_read ? Result<void>() : wrong(std::string(name) + " is not understood here");
}

// `fault: 503` is short for `fault: status, status: 503`.
Result<void> read_fault_word(const json::object& object, FaultRule& rule) {
  const json::value* fault = object.if_contains("fault");
  if (fault == nullptr) return wrong("`fault` is missing");
  if (unsigned status = 0; read_number(*fault, status)) {
    rule.name = "status";
    rule.effect.obstacle.emplace().status = status;
    return {};
  }
  if (!fault->is_string()) return wrong("fault: a word or a status is expected");
  rule.name = std::string_view(fault->get_string());
  if (!builders().contains(rule.name)) return wrong("no such fault: " + printable(rule.name));
  if (is_obstacle(rule.name)) rule.effect.obstacle.emplace();
  return {};
}

}  // namespace

Result<FaultRule> read_rule(const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr) return fail(Errc::bad_config, "an object is expected");
  FaultRule rule;
  if (auto read = read_fault_word(*object, rule); !read) return tl::unexpected(read.error());
  Measures measures;
  for (const auto& [name, each] : *object) {
    auto read = read_member(name, each, rule, measures);
    if (!read) return tl::unexpected(read.error());
  }
  const unsigned status = rule.effect.obstacle ? rule.effect.obstacle->status : 503;
  if (status < 200 || status > 599) return fail(Errc::bad_config, "status: 200 to 599 is expected");
  builders().at(rule.name)(rule, measures);
  if (rule.name == "status") rule.name = std::to_string(status);
  return rule;
}

}  // namespace devicebatch::sandbox
