// engine/queue/queues.hpp - every queue of the settings, and the thread they share.
//
// Lifecycle: make() once; prepare() before the daemon is ready; then the loops until stop().
//            The proactor's thread ends first, so that nobody is called who is gone.
// Threading: the loop's thread.
#pragma once

#include "engine/queue/queue_loop.hpp"
#include "engine/queue/reply_loop.hpp"

#include <memory>
#include <vector>

namespace devicebatch::engine {

class Queues {
 public:
  // `accepted` is called on the loop when submissions for any of its destinations became pending.
  Queues(Context& context, std::function<void(Destination&)> accepted);
  ~Queues();

  // Opens the private folders. Without queues nothing is started.
  asio::awaitable<Result<void>> prepare(FindDestination find);
  // The sources of queues, for receipts.
  void add_sources(std::map<std::string, Source*>& sources);
  void run(const std::function<void(asio::awaitable<void>)>& start);
  void stop();
  // Submissions were finished.
  void look_for_replies();

  bool is_quiet() const;
  std::vector<QueueReport> report() const;

 private:
  QueueSources make_sources(const settings::Queue& config, const FindDestination& find) const;
  Result<queue::Broker> make_broker(const settings::Queue& config, std::string_view purpose) const;
  Result<void> add(const settings::Queue& config, const FindDestination& find);
  void note_reply(const std::string& name);

  Context& context_;
  std::function<void(Destination&)> accepted_;
  std::vector<std::unique_ptr<QueueLoop>> loops_;
  std::unique_ptr<ReplyLoop> replies_;
  std::map<std::string, std::uint64_t> replies_sent_;
  std::unique_ptr<queue::Proactor> proactor_;  // ends before those it calls
};

}  // namespace devicebatch::engine
