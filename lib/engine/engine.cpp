#include "engine/engine.hpp"

#include "engine/async.hpp"

#include <algorithm>

namespace devicebatch::engine {
namespace {

template <class T>
using Verb = std::function<Result<T>(ledger::Ledger&)>;

}  // namespace

Engine::Engine(Context& context) : context_(context), ledger_(context.ledger_thread, context.log) {}

Engine::~Engine() = default;

asio::awaitable<Result<void>> Engine::register_destinations() {
  for (const settings::Account& account : context_.settings.accounts) {
    accounts_.push_back(std::make_unique<TokenKeeper>(context_, account));
  }
  for (const settings::Destination& config : context_.settings.destinations) {
    const Uuid customer = *Uuid::parse(config.customer);
    Verb<DestinationId> ensure = [&](ledger::Ledger& verbs) {
      return verbs.intake().ensure_destination(customer, config.batch, config.account);
    };
    Result<DestinationId> id = co_await ledger_.ask<DestinationId>(ensure);
    if (!id) co_return fail(std::move(id), "destination " + config.name);
    const auto account = std::find_if(
        accounts_.begin(), accounts_.end(),
        [&config](const auto& candidate) { return candidate->account_name() == config.account; });
    destinations_.push_back(std::make_unique<Destination>(context_, config, *id, **account));
  }
  co_return Result<void>();
}

void Engine::make_loops() {
  std::map<std::string, Source*> sources;
  for (const settings::Source& config : context_.settings.sources) {
    Destination& target = *destination(config.destination);
    ReceiptPlace place;
    place.destination = target.name;
    place.customer = target.customer.to_string();
    place.batch = target.batch;
    sources_.push_back(std::make_unique<Source>(config, target, std::move(place)));
    Source& source = *sources_.back();
    sources.emplace(config.name, &source);
    auto accept = [this, &target] { accepted(target); };
    intakes_.push_back(std::make_unique<IntakeLoop>(context_, source, std::move(accept)));
  }
  receipts_ = std::make_unique<ReceiptLoop>(context_, std::move(sources));
  std::map<DestinationId, Destination*> by_id;
  for (const auto& entry : destinations_) by_id.emplace(entry->id, entry.get());
  jobs_ = std::make_unique<JobLoop>(context_, std::move(by_id), receipts_->changed());
  for (const auto& entry : destinations_) {
    deliveries_.push_back(std::make_unique<DeliveryLoop>(context_, *entry, jobs_->changed()));
  }
}

asio::awaitable<Result<void>> Engine::prepare() {
  Result<void> registered = co_await register_destinations();
  if (!registered) co_return registered;
  make_loops();
  for (const auto& intake : intakes_) {
    Result<void> opened = co_await intake->prepare();
    if (!opened) co_return opened;
  }
  const UtcTime now = context_.clock.now_utc();
  Verb<std::size_t> recover = [now](ledger::Ledger& verbs) {
    return verbs.delivery().recover_sending(now);
  };
  Result<std::size_t> unconfirmed = co_await ledger_.ask<std::size_t>(recover);
  if (!unconfirmed) co_return fail(std::move(unconfirmed), "recover");
  if (*unconfirmed > 0) {
    log(context_.log, LogLevel::warning, "chunks.unconfirmed",
        "a stop interrupted these requests; each is sent again under its own id",
        {{"chunks", *unconfirmed}});
  }
  co_await retry_authentication();
  co_return Result<void>();
}

void Engine::loop_started() {
  ++running_;
}

void Engine::loop_ended() {
  if (--running_ == 0 && ended_) ended_();
}

void Engine::run() {
  const auto start = [this](asio::awaitable<void> loop) {
    loop_started();
    spawn(context_.loop, std::move(loop), [this] { loop_ended(); });
  };
  for (const auto& intake : intakes_) start(intake->run());
  for (const auto& delivery : deliveries_) start(delivery->run());
  start(jobs_->run());
  start(receipts_->run());
}

void Engine::drain(std::function<void()> ended) {
  ended_ = std::move(ended);
  for (const auto& intake : intakes_) intake->stop();
  for (const auto& delivery : deliveries_) delivery->stop();
  jobs_->stop();
  receipts_->stop();
  if (running_ == 0 && ended_) ended_();
}

asio::awaitable<void> Engine::retry_authentication() {
  for (const auto& account : accounts_) account->reset();
  for (const auto& entry : destinations_) {
    const DestinationId id = entry->id;
    Verb<void> resume = [id](ledger::Ledger& verbs) -> Result<void> {
      Result<ledger::DestinationRow> row = verbs.delivery().destination(id);
      if (!row) return fail(std::move(row.error()));
      if (row->paused_code.empty() || row->paused_code == kPausedByOperator) return {};
      return verbs.delivery().resume(id);
    };
    co_await ledger_.keep<void>(resume);
    entry->changed.raise();
  }
}

void Engine::wake_up() {
  for (const auto& intake : intakes_) intake->look_now();
  for (const auto& entry : destinations_) entry->changed.raise();
  jobs_->changed().raise();
  receipts_->changed().raise();
}

bool Engine::is_quiet() const {
  return std::all_of(intakes_.begin(), intakes_.end(),
                     [](const auto& intake) { return intake->is_quiet(); });
}

Source* Engine::source(std::string_view name) {
  for (const auto& entry : sources_) {
    if (entry->config.name == name) return entry.get();
  }
  return nullptr;
}

IntakeLoop* Engine::intake(std::string_view source_name) {
  for (std::size_t at = 0; at < sources_.size(); ++at) {
    if (sources_[at]->config.name == source_name) return intakes_[at].get();
  }
  return nullptr;
}

Destination* Engine::destination(std::string_view name) {
  for (const auto& entry : destinations_) {
    if (entry->name == name) return entry.get();
  }
  return nullptr;
}

Destination* Engine::destination(DestinationId id) {
  for (const auto& entry : destinations_) {
    if (entry->id == id) return entry.get();
  }
  return nullptr;
}

void Engine::accepted(Destination& destination) {
  destination.changed.raise();
  receipts_->changed().raise();
}

}  // namespace devicebatch::engine
