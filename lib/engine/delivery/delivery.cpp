#include "engine/delivery/delivery.hpp"

#include "flow/clock_step.hpp"

#include <algorithm>

namespace devicebatch::engine {
namespace {

template <class T>
using Verb = std::function<Result<T>(ledger::Ledger&)>;

// An operator's own pause is for the operator to end.
bool is_authentication_pause(const std::string& code) {
  return !code.empty() && code != kPausedByOperator;
}

constexpr std::chrono::minutes kClockLook{1};

// No time to wait until is further away, unless the wall clock went back after it was set; or one
// of very many jobs, whose looks keep to the polls of a second anyway.
std::chrono::milliseconds longest_wait(const settings::Delivery& delivery) {
  constexpr int kStalledJob = 6;  // times poll_ceiling, with jitter
  return std::chrono::minutes(1) +
         std::max({delivery.retry_ceiling, delivery.retry_after_cap, delivery.reconcile_wait,
                   delivery.poll_ceiling * kStalledJob});
}

}  // namespace

Delivery::Delivery(Context& context, Wakeup& settled)
    : context_(context),
      settled_(settled),
      ledger_(context.ledger_queue, context.log),
      clock_watch_(context.loop.get_executor()) {}

Delivery::~Delivery() = default;

asio::awaitable<Result<void>> Delivery::register_accounts() {
  for (const settings::Account& config : context_.settings.accounts) {
    accounts_.push_back(std::make_unique<Account>(context_, config));
    Verb<ledger::AccountRow> read = [&](ledger::Ledger& verbs) {
      return verbs.delivery().account(config.name);
    };
    Result<ledger::AccountRow> row = co_await ledger_.ask<ledger::AccountRow>(read);
    if (!row) co_return fail(std::move(row), "account " + config.name);
    accounts_.back()->start_from(*row);
  }
  co_return Result<void>();
}

asio::awaitable<Result<void>> Delivery::register_destinations() {
  for (const settings::Destination& config : context_.settings.destinations) {
    const Uuid customer = *Uuid::parse(config.customer);
    Verb<DestinationId> ensure = [&](ledger::Ledger& verbs) {
      return verbs.intake().ensure_destination(customer, config.batch, config.account);
    };
    Result<DestinationId> id = co_await ledger_.ask<DestinationId>(ensure);
    if (!id) co_return fail(std::move(id), "destination " + config.name);
    destinations_.push_back(
        std::make_unique<Destination>(context_, config, *id, *account(config.account)));
  }
  co_return Result<void>();
}

void Delivery::make_loops() {
  std::map<DestinationId, Destination*> by_id;
  for (const auto& entry : destinations_) by_id.emplace(entry->id, entry.get());
  jobs_ = std::make_unique<JobLoop>(context_, std::move(by_id), settled_);
  for (const auto& entry : destinations_) {
    loops_.push_back(std::make_unique<DeliveryLoop>(context_, *entry, jobs_->changed(), settled_));
  }
}

asio::awaitable<Result<void>> Delivery::recover() {
  const UtcTime now = context_.clock.now_utc();
  Verb<std::size_t> recover = [now](ledger::Ledger& verbs) {
    return verbs.delivery().recover_sending(now);
  };
  Result<std::size_t> unconfirmed = co_await ledger_.ask<std::size_t>(recover);
  if (!unconfirmed) co_return fail(std::move(unconfirmed), "recover");
  if (*unconfirmed > 0) {
    log(context_.log, LogLevel::warning, "chunks.unconfirmed",
        "a stop interrupted these requests; nothing is sent under another id before their fate is "
        "known",
        {{"chunks", *unconfirmed}});
  }
  co_return Result<void>();
}

asio::awaitable<void> Delivery::end_long_waits() {
  const UtcTime now = context_.clock.now_utc();
  const UtcTime latest = now + longest_wait(context_.settings.delivery);
  Verb<void> verb = [now, latest](ledger::Ledger& verbs) {
    return verbs.delivery().end_waits_beyond(latest, now);
  };
  co_await ledger_.keep<void>(verb);
}

asio::awaitable<void> Delivery::watch_clock() {
  flow::ClockStep step;
  const std::optional<std::chrono::milliseconds> pause = kClockLook;
  while (!is_stopping_) {
    if (step.went_back(context_.clock.now_utc(), context_.clock.now_mono())) {
      log(context_.log, LogLevel::warning, "clock.went_back",
          "the wall clock went back: what waited for a moment of it is looked at again");
      co_await end_long_waits();
      for (const auto& entry : accounts_) entry->forget_throttle();
      for (const auto& entry : destinations_) {
        entry->list_not_before = UtcTime();
        entry->last_planned = UtcTime();
      }
      wake_up();
    }
    co_await clock_watch_.wait_for(pause);
  }
}

asio::awaitable<Result<void>> Delivery::prepare() {
  co_await end_long_waits();
  Result<void> accounts = co_await register_accounts();
  if (!accounts) co_return accounts;
  Result<void> registered = co_await register_destinations();
  if (!registered) co_return registered;
  make_loops();
  Result<void> recovered = co_await recover();
  if (!recovered) co_return recovered;
  co_await retry_authentication();
  co_return Result<void>();
}

void Delivery::run(const std::function<void(asio::awaitable<void>)>& start) {
  for (const auto& loop : loops_) start(loop->run());
  start(jobs_->run());
  start(watch_clock());
  for (const auto& entry : accounts_) start(entry->tokens().keep_alive_loop());
}

void Delivery::drain() {
  is_stopping_ = true;
  clock_watch_.raise();
  for (const auto& loop : loops_) loop->stop();
  jobs_->stop();
  for (const auto& entry : accounts_) entry->tokens().stop();
}

asio::awaitable<void> Delivery::retry_authentication() {
  for (const auto& entry : accounts_) {
    entry->tokens().reset();
    const std::string& name = entry->name();
    Verb<void> resume = [&](ledger::Ledger& verbs) -> Result<void> {
      Result<ledger::AccountRow> row = verbs.delivery().account(name);
      if (!row) return fail(std::move(row.error()));
      if (!is_authentication_pause(row->paused_code)) return {};
      return verbs.delivery().resume_account(name);
    };
    co_await ledger_.keep<void>(resume);
  }
  for (const auto& entry : destinations_) {
    const DestinationId id = entry->id;
    Verb<void> resume = [id](ledger::Ledger& verbs) -> Result<void> {
      Result<ledger::DestinationRow> row = verbs.delivery().destination(id);
      if (!row) return fail(std::move(row.error()));
      if (!is_authentication_pause(row->paused_code)) return {};
      return verbs.delivery().resume(id);
    };
    co_await ledger_.keep<void>(resume);
    entry->changed.raise();
  }
}

void Delivery::wake_up() {
  for (const auto& entry : destinations_) entry->changed.raise();
  if (jobs_) jobs_->changed().raise();
}

Destination* Delivery::destination(std::string_view name) {
  const auto found =
      std::ranges::find_if(destinations_, [&](const auto& entry) { return entry->name == name; });
  return found == destinations_.end() ? nullptr : found->get();
}

Destination* Delivery::destination(DestinationId id) {
  const auto found =
      std::ranges::find_if(destinations_, [&](const auto& entry) { return entry->id == id; });
  return found == destinations_.end() ? nullptr : found->get();
}

Account* Delivery::account(std::string_view name) {
  const auto found =
      std::ranges::find_if(accounts_, [&](const auto& entry) { return entry->name() == name; });
  return found == accounts_.end() ? nullptr : found->get();
}

}  // namespace devicebatch::engine
