// engine/delivery/job_loop.hpp - follows every job until each of its devices has a verdict.
//
// Purpose:   one loop for all destinations: the ledger says which looks are due.
// Lifecycle: run() ends after stop(), when no look is under way any more.
// Threading: the loop's thread.
#pragma once

#include "engine/delivery/service_calls.hpp"
#include "flow/job_flow.hpp"
#include "partner_center/replies.hpp"

#include <map>
#include <set>

namespace devicebatch::engine {

class JobLoop {
 public:
  // `settled` is raised whenever records got their verdicts.
  JobLoop(Context& context, std::map<DestinationId, Destination*> destinations, Wakeup& settled);

  Wakeup& changed() { return changed_; }
  asio::awaitable<void> run();
  void stop();

 private:
  asio::awaitable<void> look(ledger::ChunkRow chunk);
  asio::awaitable<void> judge(const ledger::ChunkRow& chunk, ServiceReply reply,
                              Destination& destination);
  // Nobody can be asked: all jobs of the destination stay away until then.
  asio::awaitable<void> keep_away(DestinationId destination, UtcTime until);
  asio::awaitable<std::vector<ledger::ChunkRow>> jobs_due();
  asio::awaitable<void> postpone(const ledger::ChunkRow& chunk, const ServiceReply& reply,
                                 std::string raw_state, flow::PollStep step);
  asio::awaitable<void> settle(const ledger::ChunkRow& chunk, const ServiceReply& reply,
                               const partner_center::JobStatus& status, Destination& destination);
  asio::awaitable<void> give_up(const ledger::ChunkRow& chunk, const ServiceReply& reply,
                                UtcTime not_before);
  asio::awaitable<std::optional<std::chrono::milliseconds>> until_next_look();
  void log_settled(const ledger::ChunkRow& chunk, const flow::Settlement& settlement,
                   const Destination& destination) const;

  Context& context_;
  std::map<DestinationId, Destination*> destinations_;
  Wakeup& settled_;
  Wakeup changed_;
  LedgerPort ledger_;
  partner_center::Api api_;
  flow::PollRules rules_;
  std::set<ChunkId> looking_;
  MonoTime next_start_{};  // keeps to the polls of a second
  bool is_stopping_ = false;
};

}  // namespace devicebatch::engine
