#include "engine/delivery/account.hpp"

#include "engine/delivery/destination.hpp"
#include "policy/retry.hpp"

#include <algorithm>

namespace devicebatch::engine {
namespace {

policy::Breaker make_breaker(const settings::Delivery& delivery) {
  return {static_cast<int>(delivery.breaker_failures), delivery.breaker_probe};
}

policy::ConcurrencyRules limits_of(const settings::Delivery& delivery) {
  return {static_cast<int>(delivery.in_flight_min), static_cast<int>(delivery.in_flight)};
}

}  // namespace

Account::Account(Context& context, const settings::Account& config)
    : context_(context),
      name_(config.name),
      tokens_(context, config),
      whole_(make_breaker(context.settings.delivery)),
      limit_(limits_of(context.settings.delivery), 1) {}

void Account::start_from(const ledger::AccountRow& row) {
  honours_ = row.honours;
  throttled_until_ = row.throttled_until;
  saved_limit_ = row.concurrency;
  limit_ =
      policy::ConcurrencyLimit(limits_of(context_.settings.delivery), std::max(row.concurrency, 1));
}

policy::Breaker& Account::customer_breaker(const Uuid& customer) {
  return customers_.try_emplace(customer, make_breaker(context_.settings.delivery)).first->second;
}

bool Account::admit(const Uuid& customer) {
  if (throttled_until_ > context_.clock.now_utc()) return false;
  const MonoTime now = context_.clock.now_mono();
  policy::Breaker& one = customer_breaker(customer);
  if (one.blocked_until(now)) return false;
  if (!whole_.admit(now)) return false;
  return one.admit(now);
}

void Account::report(const Uuid& customer, flow::Health health) {
  policy::Breaker& one = customer_breaker(customer);
  if (health == flow::Health::ill) {
    const MonoTime now = context_.clock.now_mono();
    const auto before = whole_.state();
    one.failed(now, context_.random);
    whole_.failed(now, context_.random);
    if (whole_.state() != before && whole_.state() == policy::Breaker::State::open &&
        before == policy::Breaker::State::closed) {
      log(context_.log, LogLevel::error, "account.breaker_open",
          "the service does not answer; it is asked again once in a while", {{"account", name_}});
    }
    return;
  }
  if (health == flow::Health::well) throttles_ = 0;
  const bool was_closed = whole_.state() == policy::Breaker::State::closed;
  one.succeeded();
  whole_.succeeded();
  if (!was_closed) {
    log(context_.log, LogLevel::info, "account.breaker_closed", "the service answers again",
        {{"account", name_}});
  }
}

void Account::throttled(UtcTime until) {
  throttled_until_ = std::max(throttled_until_, until);
  log(context_.log, LogLevel::warning, "account.throttled", "the service asked us to stay away",
      {{"account", name_}, {"until", format_utc(throttled_until_)}});
}

asio::awaitable<void> Account::throttle(std::optional<std::chrono::milliseconds> asked) {
  const settings::Delivery& delivery = context_.settings.delivery;
  const policy::RetryRules rules(delivery.retry_first, delivery.retry_ceiling,
                                 delivery.retry_after_cap);
  const UtcTime until = policy::next_attempt_at(rules, ++throttles_, context_.clock.now_utc(),
                                                asked, context_.random);
  throttled(until);
  LedgerPort ledger(context_.ledger_queue, context_.log);
  std::function<Result<void>(ledger::Ledger&)> verb = [&](ledger::Ledger& verbs) {
    return verbs.delivery().throttle_account(name_, until);
  };
  co_await ledger.keep<void>(verb);
}

void Account::abandon(const Uuid& customer) {
  customer_breaker(customer).abandoned();
  whole_.abandoned();
}

UtcTime Account::blocked_until(const Uuid& customer) const {
  UtcTime until = std::max(tokens_.blocked_until(), throttled_until_);
  const MonoTime now = context_.clock.now_mono();
  const auto consider = [&](const policy::Breaker& breaker) {
    const auto blocked = breaker.blocked_until(now);
    if (!blocked) return;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*blocked - now);
    until = std::max(until, context_.clock.now_utc() + left);
  };
  consider(whole_);
  const auto one = customers_.find(customer);
  if (one != customers_.end()) consider(one->second);
  return until;
}

policy::Breaker::State Account::breaker(const Uuid& customer) const {
  const auto one = customers_.find(customer);
  return one == customers_.end() ? policy::Breaker::State::closed : one->second.state();
}

bool Account::has_slot(Destination& destination) const {
  if (granted_.contains(&destination)) return true;
  const int taken = uploads_ + static_cast<int>(granted_.size());
  return queue_.empty() && taken < limit_.limit();
}

void Account::await_slot(Destination& destination) {
  if (std::ranges::find(queue_, &destination) == queue_.end()) queue_.push_back(&destination);
}

void Account::leave_queue(Destination& destination) {
  std::erase(queue_, &destination);
  if (granted_.erase(&destination) > 0) hand_out_slots();
}

void Account::upload_started(Destination& destination) {
  granted_.erase(&destination);
  ++uploads_;
}

void Account::upload_ended() {
  --uploads_;
  hand_out_slots();
}

void Account::hand_out_slots() {
  while (!queue_.empty() && uploads_ + static_cast<int>(granted_.size()) < limit_.limit()) {
    Destination& next = *queue_.front();
    queue_.pop_front();
    granted_.insert(&next);
    next.changed.raise();
  }
}

void Account::measure(flow::Health health, std::chrono::nanoseconds took, int in_flight) {
  const MonoTime now = context_.clock.now_mono();
  if (health == flow::Health::well) {
    limit_.answered(took, in_flight, now);
  } else {
    limit_.pushed_back(now);
  }
  if (limit_.limit() != saved_limit_) save_limit();
}

// Worth keeping, not worth waiting for.
void Account::save_limit() {
  saved_limit_ = limit_.limit();
  auto job = [name = name_, limit = saved_limit_](ledger::Ledger& verbs) {
    return verbs.delivery().record_concurrency(name, limit);
  };
  auto done = [](Result<void>) {};
  context_.ledger_queue.post(job, done, ledger::Urgency::when_convenient);
  log(context_.log, LogLevel::debug, "account.concurrency", "",
      {{"account", name_}, {"limit", saved_limit_}});
}

bool Account::may_resend(const ledger::ChunkRow& chunk, UtcTime now) const {
  const settings::Service& service = context_.settings.service;
  if (service.server_honours_request_id == settings::HonoursRequestId::no) return false;
  if (service.server_honours_request_id == settings::HonoursRequestId::yes) return true;
  if (honours_ == ledger::Honours::no) return false;
  const bool has_failed = chunk.failing_since != UtcTime();
  const UtcTime first = has_failed ? chunk.failing_since : chunk.unknown_since;
  return first == UtcTime() || now - first < service.request_id_window;
}

void Account::learn_honours(ledger::Honours honours) {
  if (honours_ == honours) return;
  honours_ = honours;
  auto job = [name = name_, honours](ledger::Ledger& verbs) {
    return verbs.delivery().learn_honours(name, honours);
  };
  auto done = [](Result<void>) {};
  context_.ledger_queue.post(job, done, ledger::Urgency::at_once);
  log(context_.log, LogLevel::warning, "account.learned",
      "the service took one upload twice under one request id; what is unknown is looked up from "
      "now on",
      {{"account", name_}});
}

}  // namespace devicebatch::engine
