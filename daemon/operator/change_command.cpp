#include "daemon/operator/change_command.hpp"

#include "base/text.hpp"
#include "daemon/control_client.hpp"
#include "daemon/exit_codes.hpp"
#include "daemon/json_text.hpp"
#include "daemon/load_config.hpp"
#include "daemon/operator/change_words.hpp"
#include "daemon/operator/operator_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstdio>
#include <iostream>

namespace devicebatch::daemon {
namespace {

namespace json = boost::json;

constexpr std::size_t kTargetsAtOnce = 500;
// Of standard input: more are a choice, not a list.
constexpr std::size_t kTargetsMax = 1'000'000;
// Of a dry run: enough to see that it is the right ones.
constexpr std::size_t kShownChanges = 20;
// Kept for --json.
constexpr std::size_t kKeptRows = 100'000;

// How a verb is told: what was done, and what would be.
struct Words {
  std::string_view verb, past, infinitive, thing;
};
constexpr Words kWords[] = {
    {"retry", "retried", "retry", "records"},
    {"hold", "held", "hold", "records"},
    {"release", "released", "release", "records"},
    {"cancel", "cancelled", "cancel", "records"},
    {"resolve", "resolved", "resolve", "conflicts"},
    {"hurry", "hurried", "hurry", "chunks"},
    {"look", "set to be looked for", "look for", "chunks"},
};

const Words& words_of(std::string_view verb) {
  const auto* found = std::ranges::find(kWords, verb, &Words::verb);
  return found == std::end(kWords) ? kWords[0] : *found;
}

int refuse_usage(const std::string& why) {
  std::fprintf(stderr, "devicebatchd: %s\n", why.c_str());
  return kUsage;
}

Result<void> add_target(std::vector<Target>& targets, std::string_view text) {
  if (targets.size() >= kTargetsMax) {
    return fail(Errc::rejected, "more than a million ids; choose them with --where");
  }
  Result<Target> target = parse_target(text);
  if (!target) return fail(std::move(target.error()));
  targets.push_back(*target);
  return {};
}

// The first word of each line, so that a listing can be handed over as it is.
Result<void> add_lines(std::vector<Target>& targets, std::istream& lines) {
  for (std::string line; std::getline(lines, line);) {
    std::string_view word = trim(line);
    word = word.substr(0, word.find_first_of(" \t,"));
    if (word.empty()) continue;
    Result<void> added = add_target(targets, word);
    if (!added) return added;
  }
  return {};
}

Result<std::vector<Target>> read_targets(const std::vector<std::string>& words) {
  std::vector<Target> targets;
  for (const std::string& word : words) {
    Result<void> added = word == "-" ? add_lines(targets, std::cin) : add_target(targets, word);
    if (!added) return fail(std::move(added.error()));
  }
  return targets;
}

// The changes of one call, page by page, and their sum.
class Campaign {
 public:
  Campaign(ControlDesk& desk, const AskOptions& ask, json::object request)
      : desk_(desk), ask_(ask), request_(std::move(request)) {}

  Result<void> run_ids(const std::vector<Target>& targets) {
    for (std::size_t at = 0; at < targets.size(); at += kTargetsAtOnce) {
      json::array ids;
      const std::size_t end = std::min(targets.size(), at + kTargetsAtOnce);
      for (std::size_t each = at; each < end; ++each) ids.emplace_back(targets[each].id);
      request_["ids"] = std::move(ids);
      Result<json::value> asked = ask_page();
      if (!asked) return fail(std::move(asked.error()));
    }
    return {};
  }

  Result<void> run_where(const json::object& where) {
    request_["where"] = where;
    for (;;) {
      Result<json::value> next = ask_page();
      if (!next) return fail(std::move(next.error()));
      if (next->is_null()) return {};
      request_["after"] = *next;
    }
  }

  bool is_empty() const { return changed_ == 0 && refused_ == 0; }

  // Says what became of all of it; the exit code.
  int end(std::string_view verb) const {
    if (ask_.json) {
      json::object sum;
      sum["verb"] = verb;
      sum["dry_run"] = is_dry();
      sum["changed"] = changed_;
      sum["refused"] = refused_;
      sum["changes"] = changes_;
      sum["refusals"] = refusals_;
      std::printf("%s\n", json::serialize(sum).c_str());
    } else {
      print_sum(words_of(verb));
    }
    if (changed_ == 0) return kAllRejected;
    return refused_ == 0 ? kOk : kPartly;
  }

 private:
  bool is_dry() const { return flag_of(request_, "dry_run"); }

  // Where to go on.
  Result<json::value> ask_page() {
    request_["already"] = changed_;
    Result<json::object> page = desk_.ask(request_);
    if (!page) return fail(std::move(page.error()));
    for (const json::value& change : array_of(*page, "changed")) take_change(change);
    for (const json::value& refusal : array_of(*page, "refused")) take_refusal(refusal);
    const json::value* next = page->if_contains("next");
    return next == nullptr ? json::value(nullptr) : *next;
  }

  void take_change(const json::value& change) {
    ++changed_;
    if (ask_.json && changes_.size() < kKeptRows) changes_.push_back(change);
    if (ask_.json || !is_dry() || changed_ > kShownChanges || !change.is_object()) return;
    std::printf("%s\n", change_text(change.get_object()).c_str());
  }

  void take_refusal(const json::value& refusal) {
    ++refused_;
    if (ask_.json && refusals_.size() < kKeptRows) refusals_.push_back(refusal);
    if (ask_.json || !refusal.is_object()) return;
    std::printf("refused: %s\n", text_of(refusal.get_object(), "message").c_str());
  }

  void print_sum(const Words& words) const {
    if (is_empty()) {
      std::printf("nothing is chosen by that\n");
      return;
    }
    if (is_dry() && changed_ > kShownChanges) {
      std::printf("... and %zu more\n", changed_ - kShownChanges);
    }
    const std::string did =
        is_dry() ? "would " + std::string(words.infinitive) + " " : std::string(words.past) + " ";
    std::printf("%s%zu %s, %zu refused\n", did.c_str(), changed_, std::string(words.thing).c_str(),
                refused_);
  }

  ControlDesk& desk_;
  const AskOptions& ask_;
  json::object request_;
  std::size_t changed_ = 0;
  std::size_t refused_ = 0;
  json::array changes_;
  json::array refusals_;
};

// What is to be done, once it is known that it makes sense.
struct Order {
  std::string verb;
  std::string how;  // of a verb that has several ways
  std::vector<Target> targets;
  json::object where;
  std::chrono::milliseconds spacing{0};
};

bool is_kind(const std::vector<Target>& targets, Target::Kind kind) {
  return std::ranges::all_of(targets, [kind](const Target& each) { return each.kind == kind; });
}

Result<std::string> verb_for(const ChangeOptions& options, const std::vector<Target>& targets) {
  const bool are_chunks = !targets.empty() && is_kind(targets, Target::Kind::chunk);
  if (are_chunks && options.verb == "retry") return std::string(options.look ? "look" : "hurry");
  if (options.look) return fail(Errc::rejected, "--look is for chunks: retry --look chunk:3");
  if (is_kind(targets, Target::Kind::record)) return options.verb;
  return fail(Errc::rejected, are_chunks ? "a chunk never changes; only retry takes one"
                                         : "records and chunks are not changed together");
}

// Which of the ways to settle a conflict; empty for other verbs.
Result<std::string> way_of(const ChangeOptions& options) {
  const int ways = int{options.keep} + int{options.send} + int{options.drop};
  if (options.verb != "resolve") return std::string();
  if (ways != 1) {
    return fail(Errc::rejected,
                "say one of --keep (the earlier record stands), --send (deliver this one, too) and "
                "--drop (this one is wrong)");
  }
  return std::string(options.keep ? "keep" : options.send ? "send" : "drop");
}

Result<Order> make_order(const ChangeOptions& options) {
  Order order;
  Result<std::string> how = way_of(options);
  if (!how) return fail(std::move(how.error()));
  order.how = std::move(*how);
  if (options.reason.empty() && !options.dry_run) {
    return fail(Errc::rejected, "say why with --reason TEXT: it is kept in the audit log");
  }
  if (options.targets.empty() == options.where.empty()) {
    return fail(Errc::rejected, "say which: either ids (or - for standard input), or --where");
  }
  Result<json::object> where = parse_where(options.where);
  if (!where) return fail(std::move(where.error()));
  Result<std::chrono::milliseconds> spacing = parse_rate(options.rate);
  if (!spacing) return fail(std::move(spacing.error()));
  Result<std::vector<Target>> targets = read_targets(options.targets);
  if (!targets) return fail(std::move(targets.error()));
  Result<std::string> verb = verb_for(options, *targets);
  if (!verb) return fail(std::move(verb.error()));
  order.verb = std::move(*verb);
  order.targets = std::move(*targets);
  order.where = std::move(*where);
  order.spacing = *spacing;
  if (options.redrive && !order.where.contains("all")) order.where["dead_letter"] = "true";
  return order;
}

}  // namespace

int change_command(const AskOptions& ask, const ChangeOptions& options) {
  const Result<Order> order = make_order(options);
  if (!order) return refuse_usage(order.error().message());
  settings::Settings settings;
  if (const int failed = load_config(ask.config, settings); failed != kOk) return failed;
  json::object request;
  request["verb"] = order->verb;
  if (!order->how.empty()) request["how"] = order->how;
  request["reason"] = options.reason;
  if (options.dry_run) request["dry_run"] = true;
  if (order->spacing.count() > 0) request["spacing_ms"] = order->spacing.count();
  ControlDesk desk(settings);
  Campaign campaign(desk, ask, std::move(request));
  Result<void> done =
      options.where.empty() ? campaign.run_ids(order->targets) : campaign.run_where(order->where);
  if (done) return campaign.end(order->verb);
  // What was changed before the trouble is told all the same.
  if (!campaign.is_empty()) (void)campaign.end(order->verb);
  std::fprintf(stderr, "devicebatchd: %s\n", done.error().message().c_str());
  return exit_code_of_question(done.error().code());
}

}  // namespace devicebatch::daemon
