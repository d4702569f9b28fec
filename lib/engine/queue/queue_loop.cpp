#include "engine/queue/queue_loop.hpp"

#include "base/hex.hpp"
#include "base/text.hpp"
#include "engine/queue/hide_keys.hpp"
#include "record/product_key.hpp"

#include <boost/asio/post.hpp>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

namespace devicebatch::engine {
namespace {

// A ledger or folder in trouble: messages are held for so long, then given back.
constexpr int kInsists = 5;
constexpr std::chrono::milliseconds kInsistPause{400};
constexpr std::chrono::milliseconds kProbeFirst{1'000};
constexpr std::chrono::milliseconds kProbeCeiling{30'000};
// Messages whose releases are counted: bounds memory while a broker sends the same ones again.
constexpr std::size_t kReleasesNoted = 10'000;
// Messages of one group commit, and their bytes (one message more): more make it longer, not
// cheaper.
constexpr std::size_t kMessagesAtOnce = 200;
constexpr std::size_t kBytesAtOnce = std::size_t{3} << 20;

std::string key_of(const queue::Message& message) {
  return message.id.empty() ? to_hex(sha256(message.body)) : message.id;
}

// A folder of ours alone; only its last part is made.
Result<void> make_private_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return fail(system_error(errno, path));
}

}  // namespace

QueueLoop::QueueLoop(Context& context, const settings::Queue& config, QueueSources sources,
                     Hooks hooks)
    : context_(context),
      config_(config),
      sources_(std::move(sources)),
      hooks_(std::move(hooks)),
      taker_(context, sources_),
      changed_(context.loop.get_executor()) {
  report_.name = config_.name;
  report_.address = config_.address;
  report_.last_error = "not connected yet";
}

asio::awaitable<Result<void>> QueueLoop::open_folder() {
  Result<void> opened;
  std::function<void()> open = [&] {
    opened = make_private_folder(config_.path);
    if (!opened) return;
    Result<spool::DropFolder> folder = spool::DropFolder::open(config_.path);
    if (folder) {
      sources_.use(std::make_shared<const spool::DropFolder>(std::move(*folder)));
    } else {
      opened = fail(std::move(folder.error()));
    }
  };
  co_await run_on_worker(context_.workers, open);
  co_return opened;
}

asio::awaitable<Result<void>> QueueLoop::prepare() {
  Result<void> opened = co_await open_folder();
  if (!opened) co_return fail(std::move(opened), "queue " + config_.name);
  needs_resume_ = true;
  co_return opened;
}

void QueueLoop::connect(queue::Proactor& proactor, queue::Broker broker) {
  queue::ConsumerOptions options;
  options.address = config_.address;
  options.credit = config_.credit;
  options.max_message_bytes = config_.max_message_bytes;
  queue::ConsumerEvents& events = *this;
  consumer_ =
      std::make_unique<queue::Consumer>(proactor, std::move(broker), std::move(options), events);
}

void QueueLoop::stop() {
  is_stopping_ = true;
  changed_.raise();
}

void QueueLoop::attached() {
  asio::post(context_.loop, [this] {
    report_.is_connected = true;
    report_.last_error.clear();
    show();
    log(context_.log, LogLevel::info, "queue.connected", "",
        {{"queue", config_.name}, {"address", config_.address}});
  });
}

void QueueLoop::lost(const Error& why) {
  asio::post(context_.loop, [this, why] {
    // The broker delivers again what was not settled; what is being taken goes on.
    arrived_.clear();
    refused_.clear();
    const bool is_news = report_.is_connected || report_.last_error != why.message();
    report_.is_connected = false;
    report_.last_error = why.message();
    show();
    if (!is_news || is_stopping_) return;
    log(context_.log, LogLevel::warning, "queue.lost", why.message(),
        {{"queue", config_.name}, {"reason", to_string(why.code())}});
  });
}

void QueueLoop::arrived(queue::Delivery delivery) {
  asio::post(context_.loop, [this, delivery = std::move(delivery)]() mutable {
    if (!is_stopping_) admit(std::move(delivery));
  });
}

void QueueLoop::refused(std::uint64_t number, queue::Decoded what) {
  asio::post(context_.loop, [this, number, what = std::move(what)]() mutable {
    if (is_stopping_) return;
    hide_keys(what.message);
    std::string key = key_of(what.message);
    refused_.push_back({number, std::move(key), std::move(what.message), std::move(*what.refusal)});
    changed_.raise();
  });
}

void QueueLoop::closed() {
  asio::post(context_.loop, [this] {
    is_closed_ = true;
    changed_.raise();
  });
}

std::optional<queue::Refusal> QueueLoop::refusal_of(const queue::Message& message,
                                                    const std::string& key) const {
  const auto released = releases_.find(key);
  const std::uint32_t ours = released == releases_.end() ? 0 : released->second;
  const std::uint32_t failed = std::max(message.failed_deliveries, ours);
  if (failed >= config_.max_deliveries) {
    return queue::Refusal{"devicebatchd:too-many-deliveries",
                          "it was delivered " + std::to_string(failed) +
                              " times and could not be taken; see the log of devicebatchd"};
  }
  const auto source = sources_.find(message.destination);
  if (source) return std::nullopt;
  return queue::Refusal{
      "devicebatchd:unknown-destination",
      record::without_product_keys(source.error().reason) + " " + std::string(source.error().fix)};
}

void QueueLoop::hide_keys(queue::Message& message) const {
  const std::string done = hide_product_keys(message);
  if (done.empty()) return;
  log(context_.log, LogLevel::warning, "message.key_removed", done,
      {{"queue", config_.name}, {"message_id", printable(message.id)}});
}

void QueueLoop::admit(queue::Delivery delivery) {
  hide_keys(delivery.message);
  std::string key = key_of(delivery.message);
  std::optional<queue::Refusal> refusal = refusal_of(delivery.message, key);
  if (refusal) {
    std::string().swap(delivery.message.body);
    refused_.push_back(
        {delivery.number, std::move(key), std::move(delivery.message), std::move(*refusal)});
  } else {
    Incoming incoming;
    incoming.number = delivery.number;
    incoming.key = std::move(key);
    incoming.source = *sources_.find(delivery.message.destination);
    incoming.message = std::move(delivery.message);
    arrived_.push_back(std::move(incoming));
  }
  changed_.raise();
}

void QueueLoop::settle_refused() {
  std::vector<queue::Settlement> settlements;
  for (Refused& refused : refused_) {
    log(context_.log, LogLevel::warning, "message.rejected", refused.why.reason,
        {{"queue", config_.name},
         {"message_id", printable(refused.message.id)},
         {"code", refused.why.condition}});
    hooks_.refused(refused.message, refused.why);
    releases_.erase(refused.key);
    settlements.push_back({refused.number, queue::Outcome::rejected, std::move(refused.why)});
  }
  refused_.clear();
  report_.rejected += settlements.size();
  context_.observer.queue_messages(config_.name, "rejected", settlements.size());
  consumer_->settle(std::move(settlements));
  show();
}

void QueueLoop::settle_decided(std::vector<Incoming>& messages) {
  std::vector<queue::Settlement> settlements;
  std::size_t accepted = 0;
  for (Incoming& incoming : messages) {
    if (!incoming.fate) continue;
    releases_.erase(incoming.key);
    if (incoming.fate->refusal) {
      settlements.push_back(
          {incoming.number, queue::Outcome::rejected, std::move(*incoming.fate->refusal)});
    } else {
      settlements.push_back({incoming.number, queue::Outcome::accepted, {}});
      ++accepted;
    }
  }
  std::erase_if(messages, [](const Incoming& incoming) { return incoming.fate.has_value(); });
  const std::size_t rejected = settlements.size() - accepted;
  report_.accepted += accepted;
  report_.rejected += rejected;
  if (accepted > 0) context_.observer.queue_messages(config_.name, "accepted", accepted);
  if (rejected > 0) context_.observer.queue_messages(config_.name, "rejected", rejected);
  consumer_->settle(std::move(settlements));
}

void QueueLoop::note_release(const std::string& key) {
  if (releases_.size() >= kReleasesNoted) releases_.clear();
  ++releases_[key];
}

// Gives everything in hand back. Only those that were tried count as failed.
void QueueLoop::release_all(std::span<const Incoming> tried) {
  std::vector<queue::Settlement> settlements;
  for (const Incoming& incoming : tried) {
    note_release(incoming.key);
    settlements.push_back({incoming.number, queue::Outcome::released, {}});
  }
  for (const Incoming& incoming : arrived_) {
    settlements.push_back({incoming.number, queue::Outcome::released, {}});
  }
  arrived_.clear();
  if (settlements.empty()) return;
  report_.released += settlements.size();
  context_.observer.queue_messages(config_.name, "released", settlements.size());
  consumer_->settle(std::move(settlements));
}

void QueueLoop::note_trouble(const Error& error, std::size_t undecided) {
  log(context_.log, LogLevel::error, "queue.not_taken", error.message(),
      {{"queue", config_.name}, {"reason", to_string(error.code())}, {"messages", undecided}});
}

void QueueLoop::show() {
  report_.in_flight = arrived_.size() + refused_.size() + taking_;
  context_.observer.queue_state(config_.name, report_.is_connected, report_.in_flight);
}

asio::awaitable<void> QueueLoop::resume() {
  needs_resume_ = false;
  TakeResult result;
  std::function<void()> work = [&] { result = taker_.resume(); };
  co_await run_on_worker(context_.workers, work);
  if (result.last_error) {
    needs_resume_ = true;
    note_trouble(*result.last_error, result.interrupted);
  }
  if (result.accepted > 0) hooks_.accepted();
}

asio::awaitable<void> QueueLoop::pause(std::chrono::milliseconds duration) {
  const MonoTime end = LoopClock::now() + duration;
  while (!is_stopping_) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - LoopClock::now());
    if (left.count() <= 0) co_return;
    const std::optional<std::chrono::milliseconds> at_most = left;
    co_await changed_.wait_for(at_most);
  }
}

asio::awaitable<void> QueueLoop::take(std::vector<Incoming>& messages) {
  TakenMessages taken;
  std::function<void()> work = [&] { taken = taker_.take(messages); };
  co_await run_on_worker(context_.workers, work);
  if (taken.last_error) {
    needs_resume_ = true;
    note_trouble(*taken.last_error, messages.size());
  }
  if (taken.accepted > 0) hooks_.accepted();
  settle_decided(messages);
  taking_ = messages.size();
  show();
}

// The ledger may know messages whose commit seemed to fail; it is asked before one is begun again.
asio::awaitable<void> QueueLoop::insist(std::vector<Incoming>& messages) {
  for (int tries = 0; tries < kInsists && !messages.empty() && !is_stopping_; ++tries) {
    const std::chrono::milliseconds wait = kInsistPause;
    co_await pause(wait);
    co_await resume();
    if (!needs_resume_) co_await take(messages);
  }
}

// The folder may have been removed, or another mounted in its place: handles point at what is gone.
asio::awaitable<Result<void>> QueueLoop::probe() {
  Result<void> usable;
  std::function<void()> work = [&] {
    usable = sources_.own->folder->check_in_place();
    if (usable) usable = taker_.probe();
  };
  co_await run_on_worker(context_.workers, work);
  if (usable) co_return usable;
  Result<void> opened = co_await open_folder();
  if (!opened) co_return opened;
  co_await run_on_worker(context_.workers, work);
  co_return usable;
}

asio::awaitable<void> QueueLoop::wait_until_usable() {
  std::chrono::milliseconds wait = kProbeFirst;
  consumer_->pause();
  while (!is_stopping_) {
    co_await pause(wait);
    Result<void> usable = co_await probe();
    if (usable && needs_resume_) co_await resume();
    if (usable && !needs_resume_) break;
    wait = std::min(wait * 2, kProbeCeiling);
  }
  release_all({});  // what was on its way when the consumer was paused
  consumer_->resume();
  log(context_.log, LogLevel::info, "queue.usable_again", "", {{"queue", config_.name}});
}

asio::awaitable<void> QueueLoop::take_some() {
  std::vector<Incoming> messages;
  std::size_t bytes = 0;
  while (!arrived_.empty() && messages.size() < kMessagesAtOnce && bytes < kBytesAtOnce) {
    bytes += arrived_.front().message.body.size();
    messages.push_back(std::move(arrived_.front()));
    arrived_.pop_front();
  }
  is_taking_ = true;
  taking_ = messages.size();
  show();
  co_await take(messages);
  if (!messages.empty()) co_await insist(messages);
  is_taking_ = false;
  taking_ = 0;
  const bool has_failed = !messages.empty();
  if (has_failed) release_all(messages);
  show();
  if (has_failed && !is_stopping_) co_await wait_until_usable();
}

asio::awaitable<void> QueueLoop::run() {
  if (needs_resume_) co_await resume();
  consumer_->start();
  const std::optional<std::chrono::milliseconds> for_ever;
  while (!is_stopping_) {
    if (needs_resume_) co_await wait_until_usable();
    if (!refused_.empty()) settle_refused();
    if (arrived_.empty()) {
      if (refused_.empty() && !is_stopping_) co_await changed_.wait_for(for_ever);
      continue;
    }
    co_await take_some();
  }
  consumer_->stop();
  while (!is_closed_) co_await changed_.wait_for(for_ever);
}

}  // namespace devicebatch::engine
