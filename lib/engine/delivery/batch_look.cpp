#include "engine/delivery/batch_look.hpp"

#include "flow/list_flow.hpp"
#include "policy/retry.hpp"

namespace devicebatch::engine {
namespace {

template <class T>
using Verb = std::function<Result<T>(ledger::Ledger&)>;

// 100 devices a page: more devices than any batch will have.
constexpr std::size_t kPagesMax = 100'000;
// Of one page, each with the quick tries of any request; and the longest wait between two.
constexpr int kTriesOfPage = 10;
constexpr std::chrono::seconds kLongestPause{30};
constexpr std::chrono::milliseconds kPauseSlice{500};

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

asio::awaitable<BatchLook::Page> BatchLook::ask_page(std::string continuation) {
  constexpr auto kCall = policy::Call::list_devices;
  Page page;
  MakeQuestion make = [&](const partner_center::CallIds& ids,
                          std::shared_ptr<const Secret> bearer) {
    return api_.list_devices(destination_.customer, destination_.batch_on_service(), continuation,
                             ids, std::move(bearer));
  };
  Result<ServiceReply> asked = co_await ask_service(context_, destination_, kCall, make);
  if (!asked) {
    page.exchange.error = asked.error().message();
    co_return page;
  }
  page.exchange = asked->record;
  page.retry_after = asked->outcome.retry_after;
  const flow::ListStep step = flow::judge_listing(kCall, asked->outcome, asked->was_token_renewed);
  std::string reason = with_advice(asked->record.error, step.advice);
  if (step.next == flow::ListNext::pause_destination) {
    page.ending = Page::Ending::refused;
    co_await pause_destination(context_, destination_, step.code, reason);
  } else if (step.next == flow::ListNext::pause_account) {
    page.ending = Page::Ending::refused;
    co_await pause_account(context_, destination_.account, step.code, reason);
  } else if (step.next == flow::ListNext::nothing_there) {
    page.ending = Page::Ending::nothing_there;
  } else if (step.next == flow::ListNext::read) {
    auto content = partner_center::read_device_page(asked->response.body);
    if (content) page.ending = Page::Ending::read;
    if (!content) page.exchange.error = content.error().message();
    if (content) page.content = std::move(*content);
  }
  co_return page;
}

// A page that does not come is asked for again: of hundreds of pages some are always refused, and
// a listing that began anew each time would never end.
asio::awaitable<BatchLook::Page> BatchLook::read_page(std::string continuation) {
  for (int tries = 1;; ++tries) {
    Page page = co_await ask_page(continuation);
    if (page.ending != Page::Ending::later || tries >= kTriesOfPage) co_return page;
    const bool may_ask = co_await wait_to_ask_again(page, tries);
    if (!may_ask) co_return page;
  }
}

asio::awaitable<bool> BatchLook::wait_to_ask_again(const Page& page, int tries) {
  const UtcTime now = context_.clock.now_utc();
  const UtcTime due = policy::next_attempt_at(retry_rules(context_.settings), tries, now,
                                              page.retry_after, context_.random);
  const UtcTime blocked = destination_.account.blocked_until(destination_.customer);
  std::chrono::milliseconds left = std::max(due, blocked) - now;
  if (left > kLongestPause) co_return false;
  while (left.count() > 0 && !is_stopping_) {
    const std::chrono::milliseconds slice = std::min(left, kPauseSlice);
    co_await pause_for(slice);
    left -= slice;
  }
  co_return !is_stopping_;
}

asio::awaitable<BatchLook::Listing> BatchLook::read_all(flow::BatchSearch& search) {
  Listing listing;
  std::string continuation;
  partner_center::PageGuard guard(kPagesMax);
  do {
    const Page page = co_await read_page(continuation);
    listing.exchange = page.exchange;
    listing.retry_after = page.retry_after;
    // A batch that is not there has no devices; one that goes while it is read tells nothing.
    const bool is_first = continuation.empty();
    listing.is_complete = is_first && page.ending == Page::Ending::nothing_there;
    if (page.ending != Page::Ending::read) co_return listing;
    for (const partner_center::DeviceListing& device : page.content.devices) {
      flow::ListedDevice seen;
      seen.id = device.id;
      seen.serial = device.serial;
      seen.pkid = device.pkid;
      search.saw(seen);
    }
    continuation = page.content.continuation;
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
    const bool is_any = co_await settle(sought, search, listing, started);
    has_settled = has_settled || is_any;
  }
  co_return has_settled;
}

asio::awaitable<bool> BatchLook::settle(const Sought& sought, const flow::BatchSearch& search,
                                        const Listing& listing, UtcTime started) {
  const UtcTime now = context_.clock.now_utc();
  const settings::Delivery& delivery = context_.settings.delivery;
  flow::LookContext looked;
  looked.looks = sought.chunk.looks;
  looked.unknown_since = sought.chunk.unknown_since;
  looked.is_complete = listing.is_complete;
  const flow::LookRules rules{delivery.reconcile_first, delivery.reconcile_wait};
  const flow::LookResult result = search.judge(sought.chunk.id, looked, rules, started);
  ledger::JobEnd end = to_ledger(result, now);
  if (!listing.is_complete) {
    end.next_look = policy::next_attempt_at(retry_rules(context_.settings), sought.chunk.looks + 1,
                                            now, listing.retry_after, context_.random);
  }
  Verb<void> verb = [&](ledger::Ledger& verbs) {
    return verbs.delivery().settle(sought.chunk.id, listing.exchange, end, now);
  };
  co_await ledger_.keep<void>(verb);
  log(context_.log, LogLevel::info, "chunk.looked_for", "",
      {{"chunk", sought.chunk.id.value},
       {"destination", destination_.name},
       {"found", result.settled.size()},
       {"sent_again", result.again.size()},
       {"held", result.unknowable.size()},
       {"not_listed_yet", result.unanswered.size()},
       {"is_complete", listing.is_complete},
       {"request_id", sought.chunk.request_id.to_string()}});
  co_return !result.settled.empty();
}

}  // namespace devicebatch::engine
