#include "engine/delivery/batch_look.hpp"

#include "flow/list_flow.hpp"
#include "policy/retry.hpp"

namespace devicebatch::engine {
namespace {

template <class T>
using Verb = std::function<Result<T>(ledger::Ledger&)>;

// 100 devices a page: more devices than any batch will have.
constexpr std::size_t kPagesMax = 100'000;

void seek_all(flow::BatchSearch& search, ChunkId chunk,
              const std::vector<ledger::OpenMember>& members) {
  for (const ledger::OpenMember& member : members) {
    flow::Sought device;
    device.record = member.record;
    device.serial = member.serial;
    device.pkid = member.pkid;
    device.device_id = member.device_id;
    search.seek(chunk, std::move(device));
  }
}

ledger::JobEnd to_ledger(const flow::LookResult& result, UtcTime now) {
  ledger::JobEnd end;
  for (const flow::SettledDevice& device : result.settled) {
    ledger::DeviceOutcome& outcome = end.outcomes.emplace_back();
    outcome.record = device.record;
    outcome.verdict = device.verdict;
    outcome.device_id = device.device_id;
  }
  for (const RecordId record : result.again) end.requeue.push_back({record, now});
  for (const RecordId record : result.unknowable) {
    end.held.push_back(
        {record, "delivery.unknowable",
         "Nobody can tell whether this device was registered: it has neither serial "
         "number nor product key id, and the service does not list hashes.",
         "Look for it in the customer's Intune, then release or cancel the record."});
  }
  end.unanswered = result.unanswered;
  end.next_look = result.next_look;
  return end;
}

}  // namespace

BatchLook::BatchLook(Context& context, Destination& destination, BatchLookup& lookup)
    : context_(context),
      destination_(destination),
      lookup_(lookup),
      ledger_(context.ledger_queue, context.log),
      api_(make_api(context.settings)) {}

asio::awaitable<std::vector<BatchLook::Sought>> BatchLook::load(std::vector<ChunkId> chunks) {
  Verb<std::vector<Sought>> read = [&](ledger::Ledger& verbs) -> Result<std::vector<Sought>> {
    std::vector<Sought> all;
    for (const ChunkId id : chunks) {
      Result<ledger::ChunkRow> chunk = verbs.delivery().chunk(id);
      if (!chunk) return fail(std::move(chunk.error()));
      // An operator may have settled it since.
      if (chunk->state != ledger::ChunkState::unconfirmed) continue;
      Result<std::vector<ledger::OpenMember>> members = verbs.delivery().open_members(id);
      if (!members) return fail(std::move(members.error()));
      Sought& sought = all.emplace_back();
      sought.chunk = std::move(*chunk);
      sought.members = std::move(*members);
    }
    return all;
  };
  std::vector<Sought> all = co_await ledger_.keep<std::vector<Sought>>(read);
  co_return all;
}

// A batch may come to exist by the very upload whose fate is unknown, so it is always looked up.
asio::awaitable<std::optional<bool>> BatchLook::is_batch_there() {
  const DestinationId id = destination_.id;
  Verb<ledger::DestinationRow> read = [id](ledger::Ledger& verbs) {
    return verbs.delivery().destination(id);
  };
  ledger::DestinationRow row = co_await ledger_.keep<ledger::DestinationRow>(read);
  if (row.presence != ledger::BatchPresence::present) {
    const bool has_looked = co_await lookup_.run();
    if (!has_looked) co_return std::nullopt;
    row = co_await ledger_.keep<ledger::DestinationRow>(read);
  }
  destination_.spelling = row.spelling;
  co_return row.presence == ledger::BatchPresence::present;
}

asio::awaitable<BatchLook::Listing> BatchLook::read_all(flow::BatchSearch& search) {
  constexpr auto kCall = policy::Call::list_devices;
  Listing listing;
  std::string continuation;
  partner_center::PageGuard guard(kPagesMax);
  do {
    MakeQuestion make = [&](const partner_center::CallIds& ids,
                            std::shared_ptr<const Secret> bearer) {
      return api_.list_devices(destination_.customer, destination_.batch_on_service(), continuation,
                               ids, std::move(bearer));
    };
    Result<ServiceReply> asked = co_await ask_service(context_, destination_, kCall, make);
    if (!asked) {
      listing.exchange.error = asked.error().message();
      co_return listing;
    }
    listing.exchange = asked->record;
    listing.retry_after = asked->outcome.retry_after;
    const flow::ListStep step =
        flow::judge_listing(kCall, asked->outcome, asked->was_token_renewed);
    std::string reason = with_advice(asked->record.error, step.advice);
    if (step.next == flow::ListNext::nothing_there) break;
    if (step.next == flow::ListNext::pause_destination) {
      co_await pause_destination(context_, destination_, step.code, reason);
      co_return listing;
    }
    if (step.next == flow::ListNext::pause_account) {
      co_await pause_account(context_, destination_.account, step.code, reason);
      co_return listing;
    }
    if (step.next != flow::ListNext::read) co_return listing;
    Result<partner_center::DevicePage> page =
        partner_center::read_device_page(asked->response.body);
    if (!page) {
      listing.exchange.error = page.error().message();
      co_return listing;
    }
    for (const partner_center::DeviceListing& device : page->devices) {
      flow::ListedDevice seen;
      seen.id = device.id;
      seen.serial = device.serial;
      seen.pkid = device.pkid;
      search.saw(seen);
    }
    continuation = std::move(page->continuation);
  } while (guard.is_new(continuation));
  // What a listing that was cut short does not show may be there all the same.
  listing.is_complete = !guard.is_cut();
  if (guard.is_cut()) listing.exchange.error = "the listing does not end";
  co_return listing;
}

asio::awaitable<bool> BatchLook::run(std::vector<ChunkId> chunks) {
  const UtcTime started = context_.clock.now_utc();
  const std::vector<Sought> all = co_await load(std::move(chunks));
  flow::BatchSearch search;
  for (const Sought& sought : all) seek_all(search, sought.chunk.id, sought.members);
  Listing listing;
  const std::optional<bool> is_there = co_await is_batch_there();
  if (is_there && *is_there) {
    listing = co_await read_all(search);
  } else {
    listing.is_complete = is_there.has_value();
  }
  bool has_settled = false;
  for (const Sought& sought : all) {
    if (listing.is_complete) {
      const bool is_any = co_await settle(sought, search, listing.exchange, started);
      has_settled = has_settled || is_any;
    } else {
      co_await postpone(sought, listing);
    }
  }
  co_return has_settled;
}

asio::awaitable<bool> BatchLook::settle(const Sought& sought, const flow::BatchSearch& search,
                                        const ledger::ExchangeRecord& exchange, UtcTime started) {
  const UtcTime now = context_.clock.now_utc();
  const settings::Delivery& delivery = context_.settings.delivery;
  flow::LookContext looked;
  looked.looks = sought.chunk.looks;
  looked.unknown_since = sought.chunk.unknown_since;
  const flow::LookRules rules{delivery.reconcile_first, delivery.reconcile_wait};
  const flow::LookResult result = search.judge(sought.chunk.id, looked, rules, started);
  const ledger::JobEnd end = to_ledger(result, now);
  Verb<void> verb = [&](ledger::Ledger& verbs) {
    return verbs.delivery().settle(sought.chunk.id, exchange, end, now);
  };
  co_await ledger_.keep<void>(verb);
  log(context_.log, LogLevel::info, "chunk.looked_for", "",
      {{"chunk", sought.chunk.id.value},
       {"destination", destination_.name},
       {"found", result.settled.size()},
       {"sent_again", result.again.size()},
       {"held", result.unknowable.size()},
       {"not_listed_yet", result.unanswered.size()},
       {"request_id", sought.chunk.request_id.to_string()}});
  co_return !result.settled.empty();
}

// The listing failed: nothing was learned, so nothing is counted as missing.
asio::awaitable<void> BatchLook::postpone(const Sought& sought, const Listing& listing) {
  const UtcTime now = context_.clock.now_utc();
  ledger::JobEnd end;
  for (const ledger::OpenMember& member : sought.members) end.unanswered.push_back(member.record);
  end.next_look = policy::next_attempt_at(retry_rules(context_.settings), sought.chunk.looks + 1,
                                          now, listing.retry_after, context_.random);
  Verb<void> verb = [&](ledger::Ledger& verbs) {
    return verbs.delivery().settle(sought.chunk.id, listing.exchange, end, now);
  };
  co_await ledger_.keep<void>(verb);
}

}  // namespace devicebatch::engine
