// sim/oracle.hpp - the promises, checked against the truth of the simulated world.
//
// Purpose:   knows what everybody outside saw (requests, receipts, files) and what the service has
//            in its books, and says which promise is broken.
// Threading: one thread.
// Source:    docs/architecture.md, "Promises".
#pragma once

#include "ledger/ledger.hpp"

#include "fault/sim/sim_server.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace devicebatch::sim {

class Oracle {
 public:
  Oracle(const Scenario& scenario, const SimServer& server)
      : scenario_(scenario), server_(server) {}

  // The first broken promise decides.
  void broken(std::string promise, const std::string& how);
  bool is_broken() const { return !verdict_.empty(); }
  const std::string& verdict() const { return verdict_; }

  // A POST leaves the process (promises I4 and I5).
  void post_left(const http::Request& request, const Upload& upload);
  // The network will deliver it once more.
  void will_be_doubled(const std::string& request_id) { requests_[request_id].is_doubled = true; }
  void copy_under_way(const std::string& request_id, int change);
  // A device was "already there" by a request of ours (promise I2).
  void registered_twice(const std::string& key, const std::string& before, const std::string& now);
  void wall_clock_jumped();

  void acknowledged(const Uuid& submission, std::uint64_t records);
  void receipt_written(const Uuid& submission, std::vector<ledger::ResultRow> rows);
  // An operator opens the submission again: what its receipt said need not stay.
  void receipt_withdrawn(const Uuid& submission) { receipts_.erase(submission); }

  // What the ledger knows after a stop must explain all that was seen (promises I1 and I4).
  Result<void> check_ledger(ledger::Ledger& ledger);
  // Every row has the verdict that the truth allows (promises I1, I2, I6).
  void check_rows(const FilePlan& file, const std::vector<ledger::ResultRow>& rows);
  Result<void> check_balance(ledger::Ledger& ledger);

  std::size_t posts() const { return posts_; }

 private:
  struct SentRequest {
    std::string body;
    std::vector<std::string> keys;
    int times = 0;
    int under_way = 0;  // copies in the network
    bool is_doubled = false;
    bool saw_clock_jump = false;
  };
  bool is_beyond_knowing(const SentRequest& request) const;
  bool is_beyond_knowing(const std::string& key) const;
  void check_row(const SimDevice& device, const std::string& customer,
                 const ledger::ResultRow& row);
  std::string wrong_failure(const SimDevice& device, const ledger::ResultRow& row) const;
  Result<void> check_submissions(ledger::Ledger& ledger);

  const Scenario& scenario_;
  const SimServer& server_;
  std::string verdict_;
  std::map<std::string, SentRequest> requests_;             // by request id
  std::map<std::string, std::set<std::string>> by_device_;  // key to request ids
  std::map<Uuid, std::uint64_t> acknowledged_;
  std::map<Uuid, std::vector<ledger::ResultRow>> receipts_;
  std::size_t posts_ = 0;
};

}  // namespace devicebatch::sim
