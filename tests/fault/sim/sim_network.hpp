// sim/sim_network.hpp - a transport whose requests get lost, late and doubled.
//
// Lifecycle: outlives the processes that use it: what a process has sent may arrive after its end.
// Threading: one thread; completions are called from the agenda.
#pragma once

#include "fault/sim/oracle.hpp"

namespace devicebatch::sim {

// What --break breaks, to show that the oracle notices.
enum class Sabotage {
  none,
  new_id_for_resend,   // a body goes out again under another request id
  forget_unconfirmed,  // a lost reply is told as "surely not sent"
  commit_after_send,   // the ledger answers before it commits
  no_sync,             // syncs do nothing
};

class SimNetwork final : public http::Transport {
 public:
  SimNetwork(Agenda& agenda, Dice& dice, const NetworkPlan& plan, SimServer& server,
             Oracle& oracle);

  void start(http::Request request, http::Completion completion) override;

  // The process that waited is gone.
  void forget_clients() { clients_.clear(); }
  bool is_parted = false;
  void calm_down() {
    is_calm_ = true;
    is_parted = false;
  }
  void sabotage(Sabotage how) { sabotage_ = how; }
  std::function<void()> on_post;  // a POST has just left
  std::function<void(const std::string&)> tell;
  std::size_t requests() const { return last_; }

 private:
  using Client = std::uint64_t;  // 0: nobody waits
  void leave(http::Request& request);
  void deliver_in(milliseconds delay, Client client, std::shared_ptr<const http::Request> request);
  void arrive(Client client, const http::Request& request);
  void answer(Client client, Result<http::Response> response);
  void answer_in(milliseconds delay, Client client, Error error);
  bool is_unlucky(double chance) { return !is_calm_ && dice_.chance(chance); }
  Error lost() const;

  Agenda& agenda_;
  Dice& dice_;
  const NetworkPlan& plan_;
  SimServer& server_;
  Oracle& oracle_;
  Client last_ = 0;
  std::map<Client, http::Completion> clients_;
  bool is_calm_ = false;
  Sabotage sabotage_ = Sabotage::none;
  std::set<std::string> seen_ids_;
};

}  // namespace devicebatch::sim
