#include "engine/control/control_verbs.hpp"

#include "base/limits.hpp"
#include "base/text.hpp"
#include "engine/control/record_changes.hpp"
#include "engine/control/request_fields.hpp"
#include "record/product_key.hpp"
#include "spool/names.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>

namespace devicebatch::engine {

namespace json = boost::json;

ControlVerbs::ControlVerbs(Context& context, Engine& engine)
    : context_(context),
      engine_(engine),
      ledger_(context.ledger_queue, context.log),
      service_(context, engine) {}

const ControlVerbs::Verb* ControlVerbs::find_verb(std::string_view name) {
  static constexpr std::array kVerbs{
      Verb{"about", Audience::monitors, &ControlVerbs::about},
      Verb{"submit", Audience::operators, &ControlVerbs::submit},
      Verb{"pause", Audience::operators, &ControlVerbs::pause},
      Verb{"resume", Audience::operators, &ControlVerbs::resume},
      Verb{"retry", Audience::operators, &ControlVerbs::change},
      Verb{"hold", Audience::operators, &ControlVerbs::change},
      Verb{"release", Audience::operators, &ControlVerbs::change},
      Verb{"cancel", Audience::operators, &ControlVerbs::change},
      Verb{"resolve", Audience::operators, &ControlVerbs::change},
      Verb{"hurry", Audience::operators, &ControlVerbs::change},
      Verb{"look", Audience::operators, &ControlVerbs::change},
  };
  const auto found = std::ranges::find(kVerbs, name, &Verb::name);
  return found == kVerbs.end() ? nullptr : &*found;
}

asio::awaitable<Result<json::object>> ControlVerbs::handle(json::object request, Payload& payload,
                                                           Caller caller) {
  ControlCall call{std::move(request), payload, caller};
  const std::string name = text_field(call.request, "verb");
  const LedgerQuestion* question = find_question(name);
  const Verb* verb = find_verb(name);
  const bool is_of_service = ServiceVerbs::has(name);
  if (question == nullptr && verb == nullptr && !is_of_service) {
    co_return fail(Errc::rejected, "unknown verb \"" + printable(name) + "\"");
  }
  Audience audience = Audience::operators;
  if (question != nullptr) audience = question->audience;
  if (verb != nullptr) audience = verb->audience;
  if (audience == Audience::operators && !caller.may_change) {
    co_return fail(Errc::forbidden, "this socket only answers questions");
  }
  if (question != nullptr) co_return co_await ask_ledger(call);
  if (is_of_service) co_return co_await service_.handle(call);
  co_return co_await (this->*verb->handler)(call);
}

DestinationBook ControlVerbs::book() const {
  DestinationBook book;
  for (const auto& destination : engine_.delivery().destinations()) {
    book.add(destination->id, destination->name);
  }
  return book;
}

asio::awaitable<Result<json::object>> ControlVerbs::about(ControlCall&) {
  json::object about;
  about["owner"] = context_.owner;
  about["is_quiet"] = engine_.is_quiet();
  json::array sources;
  for (const settings::Source& source : context_.settings.sources) {
    json::object entry;
    entry["name"] = source.name;
    entry["path"] = source.path;
    entry["destination"] = source.destination;
    sources.push_back(std::move(entry));
  }
  about["sources"] = std::move(sources);
  co_return about;
}

asio::awaitable<Result<json::object>> ControlVerbs::ask_ledger(ControlCall& call) {
  const DestinationBook names = book();
  const UtcTime now = context_.clock.now_utc();
  std::function<Result<json::object>(ledger::Ledger&)> ask = [&](ledger::Ledger& verbs) {
    return answer_from_ledger(verbs, call.request, names, now);
  };
  const bool verifies = text_field(call.request, "verb") == "verify";
  if (verifies) ++verifications_;
  Result<json::object> reply = co_await ledger_.ask<json::object>(ask);
  if (verifies) --verifications_;
  if (reply && text_field(call.request, "verb") == "status") {
    // Nobody but the daemon knows: without queues its answer is the ledger's.
    json::array queues = queues_json(engine_.queues().report());
    if (!queues.empty()) (*reply)["queues"] = std::move(queues);
  }
  co_return reply;
}

asio::awaitable<Result<json::object>> ControlVerbs::pause(ControlCall& call) {
  return pause_or_resume(call, true);
}

asio::awaitable<Result<json::object>> ControlVerbs::resume(ControlCall& call) {
  return pause_or_resume(call, false);
}

namespace {

// What is paused or resumed: exactly one of the two is set.
struct PauseTarget {
  Destination* destination = nullptr;
  Account* account = nullptr;
  std::string name;
  std::string label() const { return (destination ? "destination:" : "account:") + name; }
};

// "NAME", or "destination:NAME" and "account:NAME" where both have it.
PauseTarget find_target(Engine& engine, std::string_view text) {
  constexpr std::string_view kDestination = "destination:";
  constexpr std::string_view kAccount = "account:";
  PauseTarget target;
  if (text.starts_with(kAccount)) {
    target.name = text.substr(kAccount.size());
    target.account = engine.delivery().account(target.name);
    return target;
  }
  const bool is_destination = text.starts_with(kDestination);
  target.name = is_destination ? text.substr(kDestination.size()) : text;
  target.destination = engine.destination(std::string_view(target.name));
  if (target.destination == nullptr && !is_destination) {
    target.account = engine.delivery().account(target.name);
  }
  return target;
}

Result<void> set_pause(ledger::DeliveryVerbs& verbs, const PauseTarget& target,
                       const std::string& reason, UtcTime now) {
  return target.destination != nullptr
             ? verbs.pause(target.destination->id, kPausedByOperator, reason, now)
             : verbs.pause_account(target.name, kPausedByOperator, reason, now);
}

Result<void> lift_pause(ledger::DeliveryVerbs& verbs, const PauseTarget& target) {
  return target.destination != nullptr ? verbs.resume(target.destination->id)
                                       : verbs.resume_account(target.name);
}

// What was, for the audit log.
Result<std::string> pause_before(ledger::DeliveryVerbs& verbs, const PauseTarget& target) {
  std::string code;
  std::string reason;
  if (target.destination != nullptr) {
    Result<ledger::DestinationRow> row = verbs.destination(target.destination->id);
    if (!row) return fail(std::move(row.error()));
    code = row->paused_code;
    reason = row->paused_reason;
  } else {
    Result<ledger::AccountRow> row = verbs.account(target.name);
    if (!row) return fail(std::move(row.error()));
    code = row->paused_code;
    reason = row->paused_reason;
  }
  return code.empty() ? "was at work" : "was paused (" + code + "): " + reason;
}

}  // namespace

asio::awaitable<Result<json::object>> ControlVerbs::pause_or_resume(ControlCall& call,
                                                                    bool pauses) {
  const PauseTarget target = find_target(engine_, text_field(call.request, "destination"));
  if (target.destination == nullptr && target.account == nullptr) {
    co_return fail(Errc::not_found, "no destination and no account of that name in the settings");
  }
  const Result<ledger::Actor> actor = co_await actor_of(context_, call, Reason::required);
  if (!actor) co_return fail(Error(actor.error()));
  const UtcTime now = context_.clock.now_utc();
  const std::string reason = "paused by " + actor->who + ": " + actor->why;
  std::function<Result<void>(ledger::Ledger&)> verb = [&](ledger::Ledger& verbs) -> Result<void> {
    Result<std::string> before = pause_before(verbs.delivery(), target);
    if (!before) return fail(std::move(before.error()));
    Result<void> changed = pauses ? set_pause(verbs.delivery(), target, reason, now)
                                  : lift_pause(verbs.delivery(), target);
    if (!changed) return changed;
    return verbs.operators().audit(*actor, pauses ? "pause" : "resume", target.label(), *before,
                                   now);
  };
  Result<void> changed = co_await ledger_.ask<void>(verb);
  if (!changed) co_return fail(std::move(changed.error()));
  Account& account = target.destination != nullptr ? target.destination->account : *target.account;
  if (!pauses) account.tokens().reset();
  engine_.changed_by_hand();
  const std::string_view kind = target.destination != nullptr ? "destination" : "account";
  log(context_.log, LogLevel::info, std::string(kind) + (pauses ? ".paused" : ".resumed"), "",
      {{kind, target.name}, {"code", kPausedByOperator}, {"who", actor->who}});
  json::object reply;
  reply[kind] = target.name;
  reply["is_paused"] = pauses;
  co_return reply;
}

// The very changes, undone at the end: what is refused then is refused later.
asio::awaitable<Result<json::object>> ControlVerbs::dry_run(ControlCall& call,
                                                            ledger::Actor actor) {
  const DestinationBook names = book();
  const UtcTime now = context_.clock.now_utc();
  std::optional<Result<json::object>> answer;
  std::function<Result<void>(ledger::Ledger&)> verb = [&](ledger::Ledger& verbs) -> Result<void> {
    answer = change_by_hand(verbs, call.request, names, actor, now);
    return fail(Errc::cancelled, "a dry run changes nothing");
  };
  Result<void> undone = co_await ledger_.ask<void>(verb);
  if (!answer) co_return fail(std::move(undone.error()));
  co_return std::move(*answer);
}

asio::awaitable<Result<json::object>> ControlVerbs::change(ControlCall& call) {
  const bool is_dry = flag_field(call.request, "dry_run");
  const Reason reason = is_dry ? Reason::optional : Reason::required;
  Result<ledger::Actor> actor = co_await actor_of(context_, call, reason);
  if (!actor) co_return fail(std::move(actor.error()));
  if (is_dry) co_return co_await dry_run(call, std::move(*actor));
  const DestinationBook names = book();
  const UtcTime now = context_.clock.now_utc();
  std::function<Result<json::object>(ledger::Ledger&)> verb = [&](ledger::Ledger& verbs) {
    return change_by_hand(verbs, call.request, names, *actor, now);
  };
  Result<json::object> reply = co_await ledger_.ask<json::object>(verb);
  if (!reply) co_return reply;
  engine_.changed_by_hand();
  log(context_.log, LogLevel::info, "operator.changed", actor->why,
      {{"verb", text_field(call.request, "verb")},
       {"changed", reply->at("changed").get_array().size()},
       {"refused", reply->at("refused").get_array().size()},
       {"who", actor->who}});
  co_return reply;
}

asio::awaitable<Result<std::uint64_t>> ControlVerbs::receive(Payload& payload,
                                                             spool::DropFolder::Inbound& inbound) {
  std::uint64_t received = 0;
  for (;;) {
    Result<std::string> piece = co_await payload.next();
    if (!piece) co_return fail(std::move(piece.error()));
    if (piece->empty()) break;
    received += piece->size();
    Result<void> written;
    std::function<void()> write = [&] { written = inbound.write(*piece); };
    co_await run_on_worker(context_.workers, write);
    if (!written) co_return fail(std::move(written.error()));
  }
  co_return received;
}

asio::awaitable<Result<json::object>> ControlVerbs::submit(ControlCall& call) {
  const json::object& request = call.request;
  const std::string name = record::without_product_keys(text_field(request, "name"));
  Source* source = engine_.source(text_field(request, "source"));
  if (source == nullptr || !source->folder) {
    co_return fail(Errc::not_found, "no source of that name in the settings");
  }
  if (!spool::is_plain_name(name)) co_return fail(Errc::rejected, "not a file name");
  SystemRandom random;
  const Uuid uuid = Uuid::time_ordered(context_.clock.now_utc(), random);
  const std::string claim_name = spool::claim_name_for(uuid.to_string(), name);
  Result<std::unique_ptr<spool::DropFolder::Inbound>> inbound = source->folder->receive(claim_name);
  if (!inbound) co_return fail(std::move(inbound.error()));
  Result<std::uint64_t> bytes = co_await receive(call.payload, **inbound);
  if (!bytes) co_return fail(std::move(bytes.error()));
  Arrival arrival;
  arrival.uuid = uuid;
  arrival.name = name;
  arrival.claim_name = claim_name;
  arrival.bytes = *bytes;
  IntakeLoop& intake = *engine_.intake(source->config.name);
  Result<void> accepted = co_await intake.accept(std::move(arrival), std::move(*inbound));
  if (!accepted) co_return fail(std::move(accepted.error()));
  json::object reply;
  reply["submission"] = uuid.to_string();
  co_return reply;
}

}  // namespace devicebatch::engine
