// engine/queue/queue_loop.hpp - takes the messages of one queue.
//
// Purpose:   a message is accepted when the ledger has it, released when it cannot be taken now,
//            rejected when it never can.
// Lifecycle: prepare(), then run() until stop(); run() ends when the broker has been told about
//            every message, or after a short while. The object outlives the proactor's thread.
// Threading: the loop's thread; the events of the consumer come on the queue's thread and are
//            posted.
// Bounds:    the queue's `credit` in messages, Consumer's bytes_in_hand in bytes.
// Source:    docs/decisions/queue.md.
#pragma once

#include "engine/async.hpp"
#include "engine/queue/message_taker.hpp"
#include "engine/queue/queue_report.hpp"

#include <deque>
#include <functional>

namespace devicebatch::engine {

class QueueLoop final : private queue::ConsumerEvents {
 public:
  // Called on the loop: submissions became pending; a message that was refused without one wants
  // to be told so.
  struct Hooks {
    std::function<void()> accepted;
    std::function<void(const queue::Message&, const queue::Refusal&)> refused;
  };

  QueueLoop(Context& context, const settings::Queue& config, QueueSources sources, Hooks hooks);

  // Opens the private folder and resumes what was interrupted.
  asio::awaitable<Result<void>> prepare();
  // The consumer starts with run().
  void connect(queue::Proactor& proactor, queue::Broker broker);
  asio::awaitable<void> run();
  void stop();

  const settings::Queue& config() const { return config_; }
  Source& source() { return *sources_.own; }
  const QueueReport& report() const { return report_; }
  bool is_quiet() const { return arrived_.empty() && refused_.empty() && !is_taking_; }

 private:
  void attached() override;
  void lost(const Error& why) override;
  void arrived(queue::Delivery delivery) override;
  void refused(std::uint64_t number, queue::Decoded what) override;
  void closed() override;

  struct Refused {
    std::uint64_t number = 0;
    std::string key;
    queue::Message message;  // without its body
    queue::Refusal why;
  };

  void hide_keys(queue::Message& message) const;
  void admit(queue::Delivery delivery);
  std::optional<queue::Refusal> refusal_of(const queue::Message& message,
                                           const std::string& key) const;
  void settle_refused();
  void settle_decided(std::vector<Incoming>& messages);
  void release_all(std::span<const Incoming> tried);
  void note_release(const std::string& key);
  asio::awaitable<void> take_some();
  asio::awaitable<void> take(std::vector<Incoming>& messages);
  asio::awaitable<void> insist(std::vector<Incoming>& messages);
  asio::awaitable<void> wait_until_usable();
  asio::awaitable<Result<void>> probe();
  asio::awaitable<Result<void>> open_folder();
  asio::awaitable<void> resume();
  asio::awaitable<void> pause(std::chrono::milliseconds duration);
  void note_trouble(const Error& error, std::size_t undecided);
  void show();

  Context& context_;
  const settings::Queue& config_;
  QueueSources sources_;
  Hooks hooks_;
  std::unique_ptr<queue::Consumer> consumer_;
  MessageTaker taker_;
  Wakeup changed_;
  std::deque<Incoming> arrived_;
  std::deque<Refused> refused_;
  // How often a message was given back, by its id or its digest; brokers do not all count.
  std::map<std::string, std::uint32_t> releases_;
  QueueReport report_;
  std::size_t taking_ = 0;
  bool is_taking_ = false;
  bool needs_resume_ = false;
  bool is_stopping_ = false;
  bool is_closed_ = false;
};

}  // namespace devicebatch::engine
