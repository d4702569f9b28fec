#include "engine/control_verbs.hpp"

#include "base/limits.hpp"
#include "base/text.hpp"
#include "record/product_key.hpp"
#include "spool/names.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value_to.hpp>

namespace devicebatch::engine {
namespace {

namespace json = boost::json;

std::string text_member(const json::object& request, std::string_view name) {
  const json::value* member = request.if_contains(name);
  if (member == nullptr || !member->is_string()) return {};
  return std::string(member->get_string());
}

template <class T, class ToJson>
Result<json::object> answer(Result<T> report, ToJson to_json) {
  if (!report) return fail(std::move(report.error()));
  return to_json(*report);
}

Result<json::object> answer_submission(ledger::Ledger& ledger, const json::object& request) {
  const std::optional<Uuid> uuid = Uuid::parse(text_member(request, "submission"));
  if (!uuid) return fail(Errc::rejected, "\"submission\" must be a submission id");
  Result<std::optional<ledger::SubmissionSummary>> found = ledger.receipts().find_submission(*uuid);
  if (!found) return fail(std::move(found.error()));
  if (!*found) return fail(Errc::not_found, "no submission " + uuid->to_string());
  return summary_json(**found);
}

}  // namespace

bool is_ledger_question(std::string_view verb) {
  return verb == "status" || verb == "explain" || verb == "verify" || verb == "submission";
}

Result<json::object> answer_from_ledger(ledger::Ledger& ledger, const json::object& request,
                                        const DestinationNames& names, UtcTime now) {
  const std::string verb = text_member(request, "verb");
  if (verb == "status") {
    return answer(ledger.reports().status(now), [&names](const ledger::StatusReport& report) {
      return status_json(report, names);
    });
  }
  if (verb == "explain") {
    const std::string query = text_member(request, "query");
    if (record::contains_product_key(query)) {
      return fail(Errc::rejected,
                  "that is a product key: it is a secret and never kept; ask for the serial number "
                  "or the 13-digit product key id");
    }
    return answer(ledger.reports().explain(query), story_json);
  }
  if (verb == "verify") return answer(ledger.reports().verify(), verification_json);
  if (verb == "submission") return answer_submission(ledger, request);
  return fail(Errc::rejected, "unknown verb \"" + printable(verb) + "\"");
}

asio::awaitable<Result<json::object>> ControlVerbs::handle(json::object request, Payload& payload) {
  const std::string verb = text_member(request, "verb");
  if (is_ledger_question(verb)) co_return co_await ask_ledger(std::move(request));
  if (verb == "submit") co_return co_await submit(std::move(request), payload);
  if (verb == "pause") co_return co_await pause_or_resume(std::move(request), true);
  if (verb == "resume") co_return co_await pause_or_resume(std::move(request), false);
  if (verb == "about") co_return about();
  co_return fail(Errc::rejected, "unknown verb \"" + printable(verb) + "\"");
}

json::object ControlVerbs::about() const {
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
  return about;
}

asio::awaitable<Result<json::object>> ControlVerbs::ask_ledger(json::object request) {
  const DestinationNames names = [this](DestinationId id) {
    const Destination* found = engine_.destination(id);
    return found == nullptr ? std::string() : found->name;
  };
  const UtcTime now = context_.clock.now_utc();
  LedgerPort ledger(context_.ledger_queue, context_.log);
  std::function<Result<json::object>(ledger::Ledger&)> ask = [&](ledger::Ledger& verbs) {
    return answer_from_ledger(verbs, request, names, now);
  };
  const bool verifies = text_member(request, "verb") == "verify";
  if (verifies) ++verifications_;
  Result<json::object> reply = co_await ledger.ask<json::object>(ask);
  if (verifies) --verifications_;
  co_return reply;
}

asio::awaitable<Result<json::object>> ControlVerbs::pause_or_resume(json::object request,
                                                                    bool pauses) {
  Destination* destination = engine_.destination(text_member(request, "destination"));
  if (destination == nullptr) {
    co_return fail(Errc::not_found, "no destination of that name in the settings");
  }
  const UtcTime now = context_.clock.now_utc();
  LedgerPort ledger(context_.ledger_queue, context_.log);
  std::function<Result<void>(ledger::Ledger&)> verb = [&](ledger::Ledger& verbs) {
    return pauses ? verbs.delivery().pause(destination->id, kPausedByOperator,
                                           "paused by an operator", now)
                  : verbs.delivery().resume(destination->id);
  };
  Result<void> changed = co_await ledger.ask<void>(verb);
  if (!changed) co_return fail(std::move(changed.error()));
  if (!pauses) destination->account.tokens().reset();
  destination->changed.raise();
  log(context_.log, LogLevel::info, pauses ? "destination.paused" : "destination.resumed", "",
      {{"destination", destination->name}, {"code", kPausedByOperator}});
  json::object reply;
  reply["destination"] = destination->name;
  reply["is_paused"] = pauses;
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

asio::awaitable<Result<json::object>> ControlVerbs::submit(json::object request, Payload& payload) {
  const std::string name = text_member(request, "name");
  Source* source = engine_.source(text_member(request, "source"));
  if (source == nullptr || !source->folder) {
    co_return fail(Errc::not_found, "no source of that name in the settings");
  }
  if (!spool::is_plain_name(name)) co_return fail(Errc::rejected, "not a file name");
  SystemRandom random;
  const Uuid uuid = Uuid::time_ordered(context_.clock.now_utc(), random);
  const std::string claim_name = spool::claim_name_for(uuid.to_string(), name);
  Result<std::unique_ptr<spool::DropFolder::Inbound>> inbound = source->folder->receive(claim_name);
  if (!inbound) co_return fail(std::move(inbound.error()));
  Result<std::uint64_t> bytes = co_await receive(payload, **inbound);
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
