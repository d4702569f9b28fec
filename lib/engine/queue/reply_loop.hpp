// engine/queue/reply_loop.hpp - publishes receipts to those who asked for them.
//
// Purpose:   every finished submission with a reply address is answered at least once, also after a
//            restart: the ledger knows who is still to be told.
// Lifecycle: run() ends after stop(), once the broker was told. The object outlives the proactor's
//            thread.
// Threading: the loop's thread; the events of publishers come on the queue's thread and are posted.
// Source:    docs/operations.md, "Queues". The body is the result as NAME.result.json has it.
#pragma once

#include "engine/ledger_port.hpp"
#include "engine/source.hpp"

#include "queue/publisher.hpp"

#include <map>
#include <set>

namespace devicebatch::engine {

class ReplyLoop final : private queue::PublisherEvents {
 public:
  // `sent` is called on the loop with the name of a queue, for each reply that arrived.
  ReplyLoop(Context& context, std::function<void(const std::string&)> sent);

  // A queue whose senders may be answered.
  void add(queue::Proactor& proactor, const Source& source, queue::Broker broker);
  asio::awaitable<void> run();
  void stop();
  // Submissions were finished.
  void look_now() { changed_.raise(); }

  // Of a message that did not become a submission: said once, as well as it goes.
  void tell_refused(const std::string& queue, const queue::Message& message,
                    const queue::Refusal& why);

 private:
  struct Outlet {
    const Source* source = nullptr;
    std::unique_ptr<queue::Publisher> publisher;
  };
  using Due = std::vector<ledger::ReplyDue>;

  void published(std::uint64_t ticket, Result<void> outcome) override;
  void closed() override;

  void decided(SubmissionId submission, const Result<void>& outcome);
  asio::awaitable<void> store_sent();
  asio::awaitable<std::size_t> send_due();
  asio::awaitable<Result<queue::Reply>> make_reply(const ledger::ReplyDue& due,
                                                   const Source& source);

  Context& context_;
  std::function<void(const std::string&)> sent_hook_;
  LedgerPort ledger_;
  Wakeup changed_;
  std::map<std::string, Outlet> outlets_;
  std::map<SubmissionId, std::string> under_way_;  // and the name of its queue
  std::map<SubmissionId, MonoTime> not_before_;
  std::vector<SubmissionId> answered_;
  std::size_t open_publishers_ = 0;
  bool is_stopping_ = false;
};

}  // namespace devicebatch::engine
