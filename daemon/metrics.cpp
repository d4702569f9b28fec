#include "daemon/metrics.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>

namespace devicebatch::daemon {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;

auto& counter(prometheus::Registry& registry, const char* name, const char* help) {
  return BuildCounter().Name(std::string("devicebatchd_") + name).Help(help).Register(registry);
}

auto& gauge(prometheus::Registry& registry, const char* name, const char* help) {
  return BuildGauge().Name(std::string("devicebatchd_") + name).Help(help).Register(registry);
}

auto& histogram(prometheus::Registry& registry, const char* name, const char* help) {
  return BuildHistogram().Name(std::string("devicebatchd_") + name).Help(help).Register(registry);
}

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

const prometheus::Histogram::BucketBoundaries kHttpBuckets{0.05, 0.1, 0.25, 0.5, 1,  2.5,
                                                           5,    10,  30,   60,  180};
const prometheus::Histogram::BucketBoundaries kCommitBuckets{0.0005, 0.001, 0.005, 0.01,
                                                             0.05,   0.1,   0.5,   2};

}  // namespace

Metrics::Metrics(UtcTime started)
    : http_requests_(counter(registry_, "http_requests_total", "Exchanges with the service.")),
      http_seconds_(histogram(registry_, "http_request_duration_seconds",
                              "Time of exchanges with the service.")),
      chunk_attempts_(counter(registry_, "chunk_attempts_total", "POSTs of chunks by outcome.")),
      job_polls_(counter(registry_, "job_polls_total", "Looks at jobs by outcome.")),
      token_refreshes_(counter(registry_, "token_refreshes_total", "Token fetches by outcome.")),
      credential_ends_(gauge(registry_, "credential_end_timestamp_seconds",
                             "When a certificate or a refresh token ends.")),
      commits_(counter(registry_, "ledger_commits_total", "Commits of the ledger.")),
      commit_jobs_(counter(registry_, "ledger_commit_jobs_total", "Jobs that shared a commit.")),
      commit_seconds_(histogram(registry_, "ledger_commit_duration_seconds", "Time of commits.")),
      rescans_(counter(registry_, "rescans_total", "Listings of drop folders by cause.")),
      waiting_files_(gauge(registry_, "files_waiting", "Files seen and not ready yet.")),
      queue_messages_(
          counter(registry_, "queue_messages_total", "Messages and replies by outcome.")),
      queue_connected_(gauge(registry_, "queue_connected", "1 while the broker can be heard.")),
      queue_in_flight_(
          gauge(registry_, "queue_messages_in_flight", "Messages in hand, not yet settled.")),
      records_in_(counter(registry_, "records_in_total", "Rows taken into the ledger.")),
      records_(counter(registry_, "records_total", "Records with a verdict, by verdict.")),
      pending_(gauge(registry_, "records_pending", "Records without a verdict.")),
      imbalance_(
          gauge(registry_, "ledger_imbalance", "Rows in minus verdicts minus pending: always 0.")),
      submissions_(gauge(registry_, "submissions", "Submissions by state.")),
      chunks_(gauge(registry_, "chunks", "Chunks by state.")),
      stalled_(gauge(registry_, "jobs_stalled", "Jobs older than their deadline.")),
      unconfirmed_(gauge(registry_, "unconfirmed_chunks", "POSTs whose fate is unknown.")),
      oldest_seconds_(gauge(registry_, "oldest_open_submission_age_seconds",
                            "Age of the oldest submission without a result.")),
      paused_(gauge(registry_, "destination_paused", "1 while a person must act.")),
      account_paused_(gauge(registry_, "account_paused", "1 while a person must act.")),
      throttled_seconds_(
          gauge(registry_, "account_throttled_seconds", "Time the service asked us to stay away.")),
      concurrency_(gauge(registry_, "account_concurrency_limit", "POSTs at once, as found out.")),
      held_(gauge(registry_, "records_held", "Records that wait for a person.")),
      dead_letters_(gauge(registry_, "dead_letters", "Failed records that can be redriven.")),
      unconfirmed_seconds_(gauge(registry_, "unconfirmed_oldest_age_seconds",
                                 "Age of the oldest POST whose fate is unknown.")),
      waiting_records_(
          gauge(registry_, "destination_records_waiting", "Records that are in no chunk yet.")) {
  gauge(registry_, "start_time_seconds", "Start of the process.")
      .Add({})
      .Set(static_cast<double>(started.time_since_epoch().count()) / 1000);
  gauge(registry_, "build_info", "Always 1; the version is a label.")
      .Add({{"version", DEVICEBATCH_VERSION}})
      .Set(1);
}

void Metrics::http_exchange(std::string_view endpoint, int status, std::chrono::nanoseconds took) {
  const std::string name(endpoint);
  const std::string code = status == 0 ? "none" : std::to_string(status);
  http_requests_.Add({{"endpoint", name}, {"code", code}}).Increment();
  http_seconds_.Add({{"endpoint", name}}, kHttpBuckets).Observe(seconds(took));
}

void Metrics::chunk_attempt(std::string_view outcome) {
  chunk_attempts_.Add({{"outcome", std::string(outcome)}}).Increment();
}

void Metrics::job_poll(std::string_view outcome) {
  job_polls_.Add({{"outcome", std::string(outcome)}}).Increment();
}

void Metrics::token_refresh(bool worked) {
  token_refreshes_.Add({{"outcome", worked ? "ok" : "failed"}}).Increment();
}

void Metrics::credential_ends(std::string_view account, std::string_view kind, UtcTime end) {
  credential_ends_.Add({{"account", std::string(account)}, {"kind", std::string(kind)}})
      .Set(seconds(end.time_since_epoch()));
}

void Metrics::ledger_commit(std::size_t jobs, std::chrono::nanoseconds took) {
  commits_.Add({}).Increment();
  commit_jobs_.Add({}).Increment(static_cast<double>(jobs));
  commit_seconds_.Add({}, kCommitBuckets).Observe(seconds(took));
}

void Metrics::folder_listed(std::string_view source, std::string_view cause) {
  rescans_.Add({{"source", std::string(source)}, {"cause", std::string(cause)}}).Increment();
}

void Metrics::files_waiting(std::string_view source, std::size_t files) {
  waiting_files_.Add({{"source", std::string(source)}}).Set(static_cast<double>(files));
}

void Metrics::queue_messages(std::string_view queue, std::string_view outcome, std::size_t count) {
  queue_messages_.Add({{"queue", std::string(queue)}, {"outcome", std::string(outcome)}})
      .Increment(static_cast<double>(count));
}

void Metrics::queue_state(std::string_view queue, bool is_connected, std::size_t in_flight) {
  const Labels labels{{"queue", std::string(queue)}};
  queue_connected_.Add(labels).Set(is_connected ? 1 : 0);
  queue_in_flight_.Add(labels).Set(static_cast<double>(in_flight));
}

void Metrics::show_totals(const ledger::Totals& totals) {
  // The ledger counts for ever; a counter here only follows it, so a restart does not go back.
  const auto follow = [](prometheus::Counter& shown, std::uint64_t counted) {
    const double ahead = static_cast<double>(counted) - shown.Value();
    if (ahead > 0) shown.Increment(ahead);
  };
  follow(records_in_.Add({}), totals.records_in);
  std::uint64_t with_verdict = 0;
  for (const Verdict verdict : kFinalVerdicts) {
    const std::uint64_t count = totals.verdicts[static_cast<std::size_t>(verdict)];
    follow(records_.Add({{"outcome", std::string(to_string(verdict))}}), count);
    with_verdict += count;
  }
  const std::uint64_t open = totals.verdicts[static_cast<std::size_t>(Verdict::none)];
  pending_.Add({}).Set(static_cast<double>(open));
  imbalance_.Add({}).Set(static_cast<double>(totals.records_in) -
                         static_cast<double>(with_verdict + open));
  for (std::size_t at = 0; at < totals.submissions.size(); ++at) {
    const auto state = static_cast<ledger::SubmissionState>(at);
    submissions_.Add({{"state", std::string(to_string(state))}})
        .Set(static_cast<double>(totals.submissions[at]));
  }
  for (std::size_t at = 0; at < totals.chunks.size(); ++at) {
    const auto state = static_cast<ledger::ChunkState>(at);
    chunks_.Add({{"state", std::string(to_string(state))}})
        .Set(static_cast<double>(totals.chunks[at]));
  }
}

void Metrics::show_accounts(const ledger::StatusReport& report, UtcTime now) {
  for (const ledger::AccountRow& account : report.accounts) {
    const Labels labels{{"account", account.name}};
    const auto left = std::max<std::chrono::nanoseconds>(account.throttled_until - now,
                                                         std::chrono::nanoseconds(0));
    account_paused_.Add(labels).Set(account.paused_code.empty() ? 0 : 1);
    throttled_seconds_.Add(labels).Set(seconds(left));
    concurrency_.Add(labels).Set(account.concurrency);
  }
}

void Metrics::show_destinations(const ledger::StatusReport& report,
                                const engine::DestinationNames& names) {
  for (const ledger::DestinationReport& destination : report.destinations) {
    const std::string name = names(destination.destination.id);
    if (name.empty()) continue;
    const Labels labels{{"destination", name}};
    paused_.Add(labels).Set(destination.destination.paused_code.empty() ? 0 : 1);
    waiting_records_.Add(labels).Set(static_cast<double>(destination.waiting));
  }
}

std::string Metrics::render(const ledger::StatusReport& report,
                            const engine::DestinationNames& names, UtcTime now) {
  show_totals(report.totals);
  show_accounts(report, now);
  show_destinations(report, names);
  held_.Add({}).Set(static_cast<double>(report.held));
  dead_letters_.Add({}).Set(static_cast<double>(report.dead_letters));
  unconfirmed_seconds_.Add({}).Set(
      report.oldest_unconfirmed ? seconds(now - *report.oldest_unconfirmed) : 0);
  stalled_.Add({}).Set(static_cast<double>(report.stalled_jobs));
  unconfirmed_.Add({}).Set(static_cast<double>(report.unconfirmed_chunks));
  oldest_seconds_.Add({}).Set(report.oldest_open ? seconds(now - *report.oldest_open) : 0);
  return prometheus::TextSerializer().Serialize(registry_.Collect());
}

}  // namespace devicebatch::daemon
