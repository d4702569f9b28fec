#include "engine/engine.hpp"

#include "engine/async.hpp"

#include <algorithm>

namespace devicebatch::engine {

Engine::Engine(Context& context)
    : context_(context),
      settled_(context.loop.get_executor()),
      delivery_(context, settled_),
      queues_(context, [this](Destination& target) { accepted(target); }) {}

Engine::~Engine() = default;

void Engine::make_loops() {
  const auto find = [this](std::string_view name) { return destination(name); };
  std::map<std::string, Source*> sources;
  for (const settings::Source& config : context_.settings.sources) {
    sources_.push_back(std::make_unique<Source>(config, find));
    Source& source = *sources_.back();
    sources.emplace(config.name, &source);
    auto accept = [this, &source] {
      for (Destination* each : source.reached) accepted(*each);
    };
    intakes_.push_back(std::make_unique<IntakeLoop>(context_, source, std::move(accept)));
  }
  queues_.add_sources(sources);
  receipts_ = std::make_unique<ReceiptLoop>(context_, std::move(sources), settled_);
  receipts_->on_ended([this] { queues_.look_for_replies(); });
}

asio::awaitable<Result<void>> Engine::prepare() {
  Result<void> delivery = co_await delivery_.prepare();
  if (!delivery) co_return delivery;
  auto find = [this](std::string_view name) { return destination(name); };
  Result<void> queues = co_await queues_.prepare(std::move(find));
  if (!queues) co_return queues;
  make_loops();
  for (const auto& intake : intakes_) {
    Result<void> opened = co_await intake->prepare();
    if (!opened) co_return opened;
  }
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
  queues_.run(start);
  delivery_.run(start);
  start(receipts_->run());
}

void Engine::drain(std::function<void()> ended) {
  ended_ = std::move(ended);
  for (const auto& intake : intakes_) intake->stop();
  queues_.stop();
  delivery_.drain();
  receipts_->stop();
  if (running_ == 0 && ended_) ended_();
}

void Engine::wake_up() {
  for (const auto& intake : intakes_) intake->look_now();
  changed_by_hand();
}

void Engine::changed_by_hand() {
  delivery_.wake_up();
  receipts_->changed().raise();
}

bool Engine::is_quiet() const {
  return queues_.is_quiet() && std::all_of(intakes_.begin(), intakes_.end(),
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

void Engine::accepted(Destination& destination) {
  destination.changed.raise();
  receipts_->changed().raise();
}

}  // namespace devicebatch::engine
