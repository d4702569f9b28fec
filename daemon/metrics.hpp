// daemon/metrics.hpp - what Prometheus reads.
//
// Purpose:   counts what the engine reports and shows the ledger's own counters, so that
//            records_in = sum of verdicts + pending can be checked from outside (promise I1).
// Threading: the Observer functions by any thread; render() by the loop.
// Source:    docs/operations.md, "Metrics". No label is taken from input: sources, destinations and
//            endpoints are a closed set.
#pragma once

#include "engine/control/report_json.hpp"
#include "engine/observer.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <memory>
#include <string>

namespace devicebatch::daemon {

class Metrics final : public engine::Observer {
 public:
  explicit Metrics(UtcTime started);

  void http_exchange(std::string_view endpoint, int status, std::chrono::nanoseconds took) override;
  void chunk_attempt(std::string_view outcome) override;
  void job_poll(std::string_view outcome) override;
  void token_refresh(bool worked) override;
  void credential_ends(std::string_view account, std::string_view kind, UtcTime end) override;
  void ledger_commit(std::size_t jobs, std::chrono::nanoseconds took) override;
  void folder_listed(std::string_view source, std::string_view cause) override;
  void files_waiting(std::string_view source, std::size_t files) override;
  void queue_messages(std::string_view queue, std::string_view outcome, std::size_t count) override;
  void queue_state(std::string_view queue, bool is_connected, std::size_t in_flight) override;

  // Text of /metrics.
  std::string render(const ledger::StatusReport& report, const engine::DestinationNames& names,
                     UtcTime now);

 private:
  using Labels = std::map<std::string, std::string>;
  void set_total(const std::string& outcome, std::uint64_t value);
  void show_totals(const ledger::Totals& totals);
  void show_accounts(const ledger::StatusReport& report, UtcTime now);
  void show_destinations(const ledger::StatusReport& report, const engine::DestinationNames& names);

  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& http_requests_;
  prometheus::Family<prometheus::Histogram>& http_seconds_;
  prometheus::Family<prometheus::Counter>& chunk_attempts_;
  prometheus::Family<prometheus::Counter>& job_polls_;
  prometheus::Family<prometheus::Counter>& token_refreshes_;
  prometheus::Family<prometheus::Gauge>& credential_ends_;
  prometheus::Family<prometheus::Counter>& commits_;
  prometheus::Family<prometheus::Counter>& commit_jobs_;
  prometheus::Family<prometheus::Histogram>& commit_seconds_;
  prometheus::Family<prometheus::Counter>& rescans_;
  prometheus::Family<prometheus::Gauge>& waiting_files_;
  prometheus::Family<prometheus::Counter>& queue_messages_;
  prometheus::Family<prometheus::Gauge>& queue_connected_;
  prometheus::Family<prometheus::Gauge>& queue_in_flight_;
  prometheus::Family<prometheus::Counter>& records_in_;
  prometheus::Family<prometheus::Counter>& records_;
  prometheus::Family<prometheus::Gauge>& pending_;
  prometheus::Family<prometheus::Gauge>& imbalance_;
  prometheus::Family<prometheus::Gauge>& submissions_;
  prometheus::Family<prometheus::Gauge>& chunks_;
  prometheus::Family<prometheus::Gauge>& stalled_;
  prometheus::Family<prometheus::Gauge>& unconfirmed_;
  prometheus::Family<prometheus::Gauge>& oldest_seconds_;
  prometheus::Family<prometheus::Gauge>& paused_;
  prometheus::Family<prometheus::Gauge>& account_paused_;
  prometheus::Family<prometheus::Gauge>& throttled_seconds_;
  prometheus::Family<prometheus::Gauge>& concurrency_;
  prometheus::Family<prometheus::Gauge>& held_;
  prometheus::Family<prometheus::Gauge>& dead_letters_;
  prometheus::Family<prometheus::Gauge>& unconfirmed_seconds_;
  prometheus::Family<prometheus::Gauge>& waiting_records_;
};

}  // namespace devicebatch::daemon
