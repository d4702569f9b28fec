// engine/delivery/account.hpp - one partner account at work: what its destinations share.
//
// Purpose:   its token, its breakers, how many uploads it bears at once, and whose turn it is.
// Lifecycle: made once at start for each configured account, lives as long as the engine.
// Threading: the loop's thread.
// Source:    docs/architecture.md, "When the service is down", "How many at once".
#pragma once

#include "engine/context.hpp"
#include "engine/token_keeper.hpp"
#include "flow/post_flow.hpp"
#include "ledger/delivery_verbs.hpp"
#include "policy/breaker.hpp"
#include "policy/concurrency.hpp"
#include "policy/retry_budget.hpp"

#include <deque>
#include <map>
#include <set>
#include <string>

namespace devicebatch::engine {

struct Destination;

class Account {
 public:
  Account(Context& context, const settings::Account& config);

  const std::string& name() const { return name_; }
  TokenKeeper& tokens() { return tokens_; }
  policy::RetryBudget& budget() { return budget_; }

  // May a request for this customer go now? Every admission ends with report() or abandon().
  bool admit(const Uuid& customer);
  void report(const Uuid& customer, flow::Health health);
  void abandon(const Uuid& customer);
  // Everybody stays away; also over a restart.
  asio::awaitable<void> throttle(std::optional<std::chrono::milliseconds> asked);
  void throttled(UtcTime until);
  void forget_throttle() { throttled_until_ = UtcTime(); }
  // No token, throttled, or a breaker is open: when asking makes sense again; the epoch: at once.
  UtcTime blocked_until(const Uuid& customer) const;
  policy::Breaker::State breaker(const Uuid& customer) const;
  policy::Breaker::State breaker() const { return whole_.state(); }

  // Uploads take turns: who has none yet gets the next free slot.
  bool has_slot(Destination& destination) const;
  void await_slot(Destination& destination);
  void leave_queue(Destination& destination);  // nothing to send after all
  void upload_started(Destination& destination);
  void upload_ended();
  // What an upload said about the service, for the limit.
  void measure(flow::Health health, std::chrono::nanoseconds took, int in_flight);
  int uploads() const { return uploads_; }
  int limit() const { return limit_.limit(); }
  // What an earlier run found out.
  void start_from(const ledger::AccountRow& row);

  // Is the service trusted to take this chunk once when it comes again under its id?
  bool may_resend(const ledger::ChunkRow& chunk, UtcTime now) const;
  void learn_honours(ledger::Honours honours);

 private:
  policy::Breaker& customer_breaker(const Uuid& customer);
  void hand_out_slots();
  void save_limit();

  Context& context_;
  std::string name_;
  TokenKeeper tokens_;
  policy::RetryBudget budget_;
  policy::Breaker whole_;
  std::map<Uuid, policy::Breaker> customers_;
  policy::ConcurrencyLimit limit_;
  int saved_limit_ = 0;
  int uploads_ = 0;
  std::deque<Destination*> queue_;
  std::set<Destination*> granted_;
  UtcTime throttled_until_{};
  int throttles_ = 0;  // in a row
  ledger::Honours honours_ = ledger::Honours::unknown;
};

}  // namespace devicebatch::engine
