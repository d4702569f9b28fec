#include "sandbox/control/read_rule.hpp"

#include "base/text.hpp"
#include "sandbox/control/document.hpp"
#include "sandbox/control/fault_words.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace devicebatch::sandbox {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

Result<void> read_pattern(const std::string& text, FaultRule& rule) {
  try {
    rule.pattern.emplace(text, std::regex::ECMAScript | std::regex::icase);
  } catch (const std::regex_error& error) {
    return wrong("regex", error.what());
  }
  return {};
}

Result<void> read_match_member(std::string_view name, const json::value& value, FaultRule& rule) {
  std::string text;
  if (!read_text(value, text)) return wrong(name, "a text is expected");
  if (name == "regex") return read_pattern(text, rule);
  if (name == "method") {
    rule.method = text;
  } else if (name == "path") {
    rule.path = to_lower(text);
  } else {
    return wrong(name, "only method, path and regex are known here");
  }
  return {};
}

Result<void> read_when_member(std::string_view name, const json::value& value, FaultRule& rule) {
  if (name == "probability") {
    json::error_code error;
    const double share = value.is_number() ? value.to_number<double>(error) : -1;
    if (error || share < 0 || share > 1) return wrong(name, "a number from 0 to 1 is expected");
    rule.probability = share;
    return {};
  }
  std::uint64_t number = 0;
  if (!read_number(value, number)) return wrong(name, "a number is expected");
  if (name == "nth") rule.nth = number;
  if (name == "first") rule.first = number;
  if (name == "after") rule.after = number;
  if (name == "every") rule.every = number;
  if (rule.every == std::uint64_t{0}) return wrong(name, "at least 1 is expected");
  const bool is_known = name == "nth" || name == "first" || name == "after" || name == "every";
  if (!is_known) return wrong(name, "only nth, every, first, after and probability are known here");
  return {};
}

using ReadMember = Result<void> (*)(std::string_view, const json::value&, FaultRule&);

Result<void> read_members(std::string_view step, const json::value& value, FaultRule& rule,
                          ReadMember read_member) {
  const json::object* object = value.if_object();
  if (object == nullptr) return wrong(step, "an object is expected");
  for (const auto& [name, each] : *object) {
    if (auto read = read_member(name, each, rule); !read) return inside(step, read.error());
  }
  return {};
}

// Seconds, a text that is none, or `no` for none at all.
bool read_retry_after(const json::value& value, Obstacle& obstacle) {
  if (value.is_bool()) {
    obstacle.omits_retry_after = !value.get_bool();
    return obstacle.omits_retry_after;
  }
  if (value.is_number()) obstacle.retry_after = json::serialize(value);
  return value.is_number() || read_text(value, obstacle.retry_after.emplace());
}

bool read_headers(const json::value& value, std::vector<Header>& headers) {
  const json::object* object = value.if_object();
  if (object == nullptr) return false;
  for (const auto& [name, each] : *object) {
    std::string text;
    if (!read_text(each, text)) return false;
    headers.emplace_back(std::string(std::string_view(name)), text);
  }
  return true;
}

template <class Number>
bool read_into(const json::value& value, std::optional<Number>& target) {
  std::uint64_t number = 0;
  if (!read_number(value, number) || number > 0xFFFF'FFFF) return false;
  target = static_cast<Number>(number);
  return true;
}

bool read_status(const json::value& value, std::optional<unsigned>& status) {
  return read_into(value, status) && *status >= 200 && *status <= 599;
}

bool read_code(const json::value& value, std::string& code) {
  if (value.is_number()) code = json::serialize(value);
  return value.is_number() || read_text(value, code);
}

bool read_aadsts(const json::value& value, int& number) {
  std::optional<std::uint32_t> read;
  if (!read_into(value, read) || *read > 99'999'999) return false;
  number = static_cast<int>(*read);
  return true;
}

bool read_ms(const json::value& value, std::optional<milliseconds>& ms) {
  std::optional<std::uint32_t> read;
  if (read_into(value, read)) ms = milliseconds(*read);
  return read.has_value();
}

// A body that is no text is written as JSON.
bool read_body(const json::value& value, std::optional<std::string>& body) {
  std::string text;
  body = read_text(value, text) ? text : json::serialize(value);
  return true;
}

bool read_form(const json::value& value, std::string& form) {
  return read_text(value, form) && location_twist(form);
}

struct MemberReader {
  const char* name;
  bool (*read)(const json::value& value, Measures& m);
  const char* expected;
};

using Json = const json::value&;
const MemberReader kMembers[] = {
    {"status", [](Json v, Measures& m) { return read_status(v, m.status); }, "200 to 599"},
    {"ms", [](Json v, Measures& m) { return read_ms(v, m.ms); }, "milliseconds"},
    {"count", [](Json v, Measures& m) { return read_into(v, m.count); }, "a number"},
    {"bytes", [](Json v, Measures& m) { return read_into(v, m.bytes); }, "a number of bytes"},
    {"cut_at", [](Json v, Measures& m) { return read_into(v, m.cut_at); }, "a number of bytes"},
    {"drop_request_at", [](Json v, Measures& m) { return read_into(v, m.drop_request_at); },
     "a number of bytes"},
    {"reset", [](Json v, Measures& m) { return read_switch(v, m.resets); }, "yes or no"},
    {"form", [](Json v, Measures& m) { return read_form(v, m.form); },
     "absent, in_body, empty, other_host, http_downgrade, file, userinfo, long, crlf, folded, "
     "not_guid or other_customer"},
    {"to", [](Json v, Measures& m) { return read_text(v, m.to); }, "an address"},
    {"retry_after", [](Json v, Measures& m) { return read_retry_after(v, m.obstacle); },
     "seconds, a text, or no"},
    {"retry_after_date",
     [](Json v, Measures& m) { return read_switch(v, m.obstacle.retry_after_is_date); },
     "yes or no"},
    {"code", [](Json v, Measures& m) { return read_code(v, m.obstacle.code); }, "a code"},
    {"description", [](Json v, Measures& m) { return read_text(v, m.obstacle.description); },
     "a text"},
    {"number", [](Json v, Measures& m) { return read_aadsts(v, m.obstacle.aadsts); },
     "the number behind AADSTS"},
    {"commit", [](Json v, Measures& m) { return read_switch(v, m.obstacle.commits); }, "yes or no"},
    {"revoke", [](Json v, Measures& m) { return read_switch(v, m.obstacle.revokes_tokens); },
     "yes or no"},
    {"body", [](Json v, Measures& m) { return read_body(v, m.obstacle.body); }, "a text"},
    {"content_type", [](Json v, Measures& m) { return read_text(v, m.obstacle.content_type); },
     "a text"},
    {"headers", [](Json v, Measures& m) { return read_headers(v, m.obstacle.headers); },
     "names with texts"},
};

Result<void> read_measure(std::string_view name, const json::value& value, const FaultWord& word,
                          Measures& measures) {
  if (!word.takes(name)) return wrong(name, std::string("does not belong to ") + word.word);
  for (const MemberReader& each : kMembers) {
    if (name != each.name) continue;
    if (each.read(value, measures)) return {};
    return wrong(name, std::string(each.expected) + " is expected");
  }
  return wrong(name, "is not understood");
}

// `fault: 503` is short for `fault: status, status: 503`; `cut_at: 100` and `drop_request_at: 100`
// alone say which fault is meant.
Result<const FaultWord*> read_fault_word(const json::object& object, Measures& measures) {
  const json::value* fault = object.if_contains("fault");
  if (fault == nullptr && object.contains("cut_at")) return find_fault_word("cut_answer");
  if (fault == nullptr && object.contains("drop_request_at")) {
    return find_fault_word("drop_request");
  }
  if (fault == nullptr) return fail(Errc::bad_config, "`fault` is missing");
  if (fault->is_number()) {
    if (read_status(*fault, measures.status)) return find_fault_word("status");
    return wrong("fault", "a status from 200 to 599 is expected");
  }
  std::string text;
  if (!read_text(*fault, text)) return wrong("fault", "a word or a status is expected");
  if (const FaultWord* word = find_fault_word(text)) return word;
  return wrong("fault", "no such fault: " + printable(text));
}

}  // namespace

Result<FaultRule> read_rule(const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr) return fail(Errc::bad_config, "an object is expected");
  FaultRule rule;
  Measures measures;
  const auto word = read_fault_word(*object, measures);
  if (!word) return fail(word.error());
  for (const auto& [key, each] : *object) {
    const std::string_view name(key);
    Result<void> read;
    if (name == "match") {
      read = read_members(name, each, rule, read_match_member);
    } else if (name == "when") {
      read = read_members(name, each, rule, read_when_member);
    } else if (name != "fault") {
      read = read_measure(name, each, **word, measures);
    }
    if (!read) return fail(read.error());
  }
  (*word)->build(rule.effect, measures);
  rule.name = (*word)->word;
  if (rule.name == "status") rule.name = std::to_string(rule.effect.obstacle->status);
  return rule;
}

}  // namespace devicebatch::sandbox
