#include "engine/queue/message_taker.hpp"

#include "base/hex.hpp"
#include "base/sha256.hpp"
#include "flow/route.hpp"
#include "record/product_key.hpp"
#include "spool/names.hpp"

#include "queue/file_name.hpp"

#include <algorithm>

namespace devicebatch::engine {

namespace {

using ledger::SubmissionState;
using ledger::SubmissionSummary;

Incoming::Fate fate_of(const SubmissionSummary& summary) {
  Incoming::Fate fate;
  if (!summary.refusal_code.empty()) {
    fate.refusal = queue::Refusal{"devicebatchd:refused",
                                  summary.refusal_code + ": " + summary.refusal_reason};
  }
  return fate;
}

bool is_stored(const SubmissionSummary& summary) {
  return summary.state == SubmissionState::pending || summary.state == SubmissionState::finished;
}

bool may_be_redelivered(const queue::Message& message) {
  return !message.id.empty() && (message.was_delivered_before || message.failed_deliveries > 0);
}

// The submission that an earlier delivery of this very message made: the same id, the same bytes,
// the same destination. A sender that uses an id twice for different things is taken at its word.
Result<std::optional<SubmissionSummary>> find_earlier(ledger::Ledger& ledger,
                                                      const Incoming& incoming) {
  const queue::Message& message = incoming.message;
  auto found = ledger.intake().find_message(incoming.source->config.name, message.id);
  if (!found) return fail(std::move(found.error()));
  if (!*found) return std::nullopt;
  Result<SubmissionSummary> summary = ledger.receipts().summary(**found);
  if (!summary) return fail(std::move(summary.error()));
  const bool is_same = summary->destination == incoming.source->destination.id &&
                       summary->bytes == message.body.size() &&
                       summary->sha256 == to_hex(sha256(message.body));
  if (!is_same) return std::nullopt;
  return std::move(*summary);
}

Result<std::optional<SubmissionSummary>> find_known(ledger::Ledger& ledger,
                                                    const Incoming& incoming) {
  if (!incoming.uuid.is_nil()) return ledger.receipts().find_submission(incoming.uuid);
  if (may_be_redelivered(incoming.message)) return find_earlier(ledger, incoming);
  return std::nullopt;
}

}  // namespace

tl::expected<Source*, record::Finding> QueueSources::find(std::string_view destination) const {
  flow::RouteRules rules;
  rules.own = own->config.destination;
  rules.others = own->config.may_route_to;
  const auto chosen = flow::choose_destination(rules, {}, destination);
  if (!chosen) return tl::unexpected(chosen.error());
  return by_destination.at(std::string(*chosen)).get();
}

void QueueSources::use(std::shared_ptr<const spool::DropFolder> folder) const {
  for (const auto& [name, source] : by_destination) source->folder = folder;
}

Result<void> MessageTaker::look_up(std::span<Incoming> messages) const {
  const auto is_new = [](const Incoming& incoming) {
    return incoming.uuid.is_nil() && !may_be_redelivered(incoming.message);
  };
  if (std::ranges::all_of(messages, is_new)) return {};
  return context_.ledger_queue.run([&](ledger::Ledger& ledger) -> Result<void> {
    for (Incoming& incoming : messages) {
      if (incoming.fate) continue;
      auto known = find_known(ledger, incoming);
      if (!known) return fail(std::move(known.error()));
      if (*known && is_stored(**known)) {
        incoming.fate = fate_of(**known);
      } else if (!*known) {
        incoming.uuid = Uuid();  // withdrawn, or never stored: a new one is begun
      }
    }
    return {};
  });
}

Result<Arrival> MessageTaker::begin(Incoming& incoming,
                                    spool::DropFolder::InboundGroup& group) const {
  SystemRandom random;
  const queue::Message& message = incoming.message;
  const Uuid uuid = Uuid::time_ordered(context_.clock.now_utc(), random);
  Arrival arrival;
  arrival.uuid = uuid;
  arrival.name = record::without_product_keys(queue::file_name_of(message, uuid.to_string()));
  arrival.claim_name = spool::claim_name_for(uuid.to_string(), arrival.name);
  arrival.bytes = message.body.size();
  if (!message.reply_to.empty()) arrival.reply_to = message.reply_to;
  if (!message.correlation_id.empty()) arrival.correlation_id = message.correlation_id;
  if (!message.id.empty()) arrival.message_id = message.id;
  Result<void> written = group.add(arrival.claim_name, message.body);
  if (!written) return fail(std::move(written.error()));
  incoming.uuid = uuid;
  return arrival;
}

std::optional<Error> MessageTaker::take_for(const Source& source,
                                            std::span<Incoming*> messages) const {
  auto group = source.folder->receive_all(messages.size());
  if (!group) return std::move(group.error());
  std::vector<Arrival> arrivals;
  std::map<Uuid, Incoming*> by_uuid;
  for (Incoming* incoming : messages) {
    Result<Arrival> arrival = begin(*incoming, **group);
    if (!arrival) return std::move(arrival.error());
    by_uuid.emplace(incoming->uuid, incoming);
    arrivals.push_back(std::move(*arrival));
  }
  Result<void> synced = (*group)->sync();
  if (!synced) return std::move(synced.error());
  const Appear appear = [&] {
    std::vector<Result<void>> appeared = (*group)->publish();
    for (std::size_t at = 0; at < messages.size(); ++at) {
      if (appeared[at]) std::string().swap(messages[at]->message.body);
    }
    return appeared;
  };
  TakeResult taken = FileTaker(context_, source).accept_all(arrivals, appear);
  for (const Acceptance& acceptance : taken.acceptances) {
    const auto found = by_uuid.find(acceptance.summary.uuid);
    if (found != by_uuid.end()) found->second->fate = fate_of(acceptance.summary);
  }
  return std::move(taken.last_error);
}

TakenMessages MessageTaker::take(std::span<Incoming> messages) const {
  TakenMessages result;
  const auto count_decided = [&messages] {
    return static_cast<std::size_t>(std::ranges::count_if(
        messages, [](const Incoming& incoming) { return incoming.fate.has_value(); }));
  };
  Result<void> looked = look_up(messages);
  if (!looked) {
    result.last_error = std::move(looked.error());
    return result;
  }
  const std::size_t known = count_decided();
  std::map<Source*, std::vector<Incoming*>> by_source;
  for (Incoming& incoming : messages) {
    // What is half-read waits for resume().
    const bool is_to_begin = !incoming.fate && incoming.uuid.is_nil() && incoming.has_body();
    if (is_to_begin) by_source[incoming.source].push_back(&incoming);
  }
  for (auto& [source, group] : by_source) {
    std::optional<Error> error = take_for(*source, group);
    if (error) result.last_error = std::move(error);
  }
  result.accepted = count_decided() - known;
  return result;
}

Result<void> MessageTaker::probe() const {
  SystemRandom random;
  const UtcTime now = context_.clock.now_utc();
  ledger::SeenFile nothing;
  nothing.uuid = Uuid::time_ordered(now, random);
  nothing.source = sources_.own->config.name;
  nothing.destination = sources_.own->destination.id;
  nothing.name = "probe";
  nothing.claim_name = spool::claim_name_for(nothing.uuid.to_string(), nothing.name);
  auto inbound = sources_.own->folder->receive(nothing.claim_name);
  if (!inbound) return fail(std::move(inbound.error()));
  const std::string page(4096, '\0');
  Result<void> written = (*inbound)->write(page);
  if (!written) return written;
  return context_.ledger_queue.run([&](ledger::Ledger& ledger) -> Result<void> {
    auto ids = ledger.intake().record_seen({&nothing, 1}, now);
    if (!ids) return fail(std::move(ids.error()));
    return ledger.intake().withdraw(ids->front());
  });
}

}  // namespace devicebatch::engine
