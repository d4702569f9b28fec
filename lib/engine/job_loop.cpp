#include "engine/job_loop.hpp"

#include "engine/async.hpp"
#include "engine/chunk_post.hpp"

#include <algorithm>

namespace devicebatch::engine {
namespace {

template <class T>
using Verb = std::function<Result<T>(ledger::Ledger&)>;

// Looks under way at once: status replies are small, and the service throttles parallel callers.
constexpr std::size_t kLooksAtOnce = 8;
constexpr std::chrono::minutes kLongestWait{5};

bool is_over(partner_center::JobState state) {
  return state == partner_center::JobState::finished ||
         state == partner_center::JobState::finished_with_errors;
}

std::vector<flow::ReportedDevice> to_flow(const partner_center::JobStatus& status) {
  std::vector<flow::ReportedDevice> reported;
  reported.reserve(status.devices.size());
  for (const partner_center::DeviceStatus& device : status.devices) {
    flow::ReportedDevice entry;
    entry.serial = device.serial;
    entry.pkid = device.pkid;
    const bool has_error = !device.error_code.empty() || !device.error_name.empty();
    entry.is_over = is_over(device.state) || has_error;
    entry.is_finished_ok = device.state == partner_center::JobState::finished && !has_error;
    entry.error_code = device.error_code;
    entry.error_name = device.error_name;
    reported.push_back(std::move(entry));
  }
  return reported;
}

Result<std::vector<flow::Past>> past_of(ledger::Ledger& verbs, const ledger::ChunkRow& chunk,
                                        const std::vector<record::Device>& sent) {
  std::vector<flow::Past> past;
  past.reserve(sent.size());
  for (const record::Device& device : sent) {
    Result<int> before = verbs.delivery().times_sent_before(device.record, chunk.id);
    if (!before) return fail(std::move(before.error()));
    flow::Past& entry = past.emplace_back();
    entry.times_sent = *before + 1;
    entry.may_be_ours = *before > 0 || chunk.attempts > 1;
  }
  return past;
}

ledger::JobEnd to_ledger(const flow::Settlement& settlement, UtcTime now) {
  ledger::JobEnd end;
  end.outcomes.reserve(settlement.settled.size());
  for (const flow::SettledDevice& device : settlement.settled) {
    end.outcomes.push_back(
        {device.record, device.verdict, device.code, device.message, device.fix});
  }
  for (const flow::SendAgain& again : settlement.again) {
    end.requeue.push_back({again.record, now + again.wait});
  }
  return end;
}

}  // namespace

JobLoop::JobLoop(Context& context, std::map<DestinationId, Destination*> destinations,
                 Wakeup& settled)
    : context_(context),
      destinations_(std::move(destinations)),
      settled_(settled),
      changed_(context.loop.get_executor()),
      ledger_(context.ledger_thread, context.log),
      api_(make_api(context.settings)) {
  const settings::Delivery& delivery = context.settings.delivery;
  rules_.first = delivery.poll_first;
  rules_.ceiling = delivery.poll_ceiling;
  rules_.grace = delivery.job_grace;
  rules_.deadline = delivery.job_deadline;
  rules_.retry_after_cap = delivery.retry_after_cap;
}

void JobLoop::stop() {
  is_stopping_ = true;
  changed_.raise();
}

asio::awaitable<std::optional<std::chrono::milliseconds>> JobLoop::until_next_look() {
  Verb<std::optional<UtcTime>> read = [](ledger::Ledger& verbs) {
    return verbs.delivery().next_poll_at();
  };
  const std::optional<UtcTime> next = co_await ledger_.keep<std::optional<UtcTime>>(read);
  if (!next) co_return std::nullopt;
  const std::chrono::milliseconds left = *next - context_.clock.now_utc();
  // A chunk that is being looked at is still due; its look raises `changed` when it ends.
  const std::chrono::milliseconds soonest(looking_.empty() ? 1 : 1000);
  co_return std::clamp<std::chrono::milliseconds>(left, soonest, kLongestWait);
}

asio::awaitable<void> JobLoop::run() {
  while (!is_stopping_) {
    const UtcTime now = context_.clock.now_utc();
    Verb<std::vector<ledger::ChunkRow>> read = [now](ledger::Ledger& verbs) {
      return verbs.delivery().jobs_due(now, 4 * kLooksAtOnce);
    };
    std::vector<ledger::ChunkRow> due = co_await ledger_.keep<std::vector<ledger::ChunkRow>>(read);
    for (ledger::ChunkRow& chunk : due) {
      if (looking_.size() >= kLooksAtOnce || looking_.contains(chunk.id)) continue;
      looking_.insert(chunk.id);
      spawn(context_.loop, look(std::move(chunk)));
    }
    const std::optional<std::chrono::milliseconds> pause = co_await until_next_look();
    co_await changed_.wait_for(pause);
  }
  while (!looking_.empty()) {
    const std::optional<std::chrono::milliseconds> for_ever;
    co_await changed_.wait_for(for_ever);
  }
}

asio::awaitable<ServiceReply> JobLoop::ask(const ledger::ChunkRow& chunk, Destination& destination,
                                           HeldToken token) {
  const Uuid request_id = Uuid::random(context_.random);
  const Uuid correlation_id = Uuid::random(context_.random);
  const partner_center::CallIds ids(request_id, correlation_id);
  MakeRequest make = [&](std::shared_ptr<const Secret> bearer) {
    return api_.job_status(destination.customer, chunk.tracking_id, ids, std::move(bearer));
  };
  ServiceReply reply = co_await call_service(context_, "job_status", make, std::move(token));
  co_return reply;
}

asio::awaitable<void> JobLoop::look(ledger::ChunkRow chunk) {
  const auto found = destinations_.find(chunk.destination);
  Destination* destination = found == destinations_.end() ? nullptr : found->second;
  flow::PollContext judged;
  judged.polls = chunk.polls;
  judged.submitted_at = chunk.submitted_at;
  for (;;) {
    Result<HeldToken> token = fail(Errc::bad_config, "the destination is not configured any more");
    if (destination != nullptr) token = co_await destination->account.token();
    if (!token) {
      ServiceReply nothing;
      nothing.record.error = token.error().message();
      flow::PollStep later;
      later.next_poll = context_.clock.now_utc() + rules_.ceiling;
      co_await postpone(chunk, nothing, std::string(), later);
      break;
    }
    const ServiceReply reply = co_await ask(chunk, *destination, *token);
    Result<partner_center::JobStatus> status = partner_center::read_job_status(reply.response.body);
    const UtcTime now = context_.clock.now_utc();
    if (status) {
      judged.reading = is_over(status->state) ? flow::JobReading::over : flow::JobReading::open;
    }
    flow::PollStep step = flow::judge_poll(judged, reply.outcome, rules_, now, context_.random);
    context_.observer.job_poll(step.next == flow::PollNext::settle ? "settled" : "open");
    if (step.next == flow::PollNext::repeat_with_token) {
      destination->account.refused(*token);
      judged.was_token_renewed = true;
      continue;
    }
    if (step.next == flow::PollNext::settle) {
      co_await settle(chunk, reply, *status, *destination);
    } else if (step.next == flow::PollNext::lost) {
      co_await give_up(chunk, reply, now);
      destination->changed.raise();
    } else {
      const bool needs_person = step.next == flow::PollNext::pause_destination ||
                                step.next == flow::PollNext::pause_account;
      if (needs_person) {
        std::string reason = with_advice(reply.record.error, step.advice);
        co_await pause_destination(context_, *destination, step.code, reason);
      }
      std::string raw_state = status ? status->raw_state : std::string();
      co_await postpone(chunk, reply, std::move(raw_state), step);
    }
    break;
  }
  looking_.erase(chunk.id);
  changed_.raise();
}

asio::awaitable<void> JobLoop::postpone(const ledger::ChunkRow& chunk, const ServiceReply& reply,
                                        std::string raw_state, flow::PollStep step) {
  const UtcTime now = context_.clock.now_utc();
  ledger::JobLook seen;
  seen.raw_state = raw_state;
  seen.next_poll = step.next_poll;
  seen.is_stalled = step.is_stalled;
  Verb<void> verb = [&](ledger::Ledger& verbs) {
    return verbs.delivery().record_poll(chunk.id, reply.record, seen, now);
  };
  co_await ledger_.keep<void>(verb);
  const bool is_newly_stalled = step.is_stalled && !chunk.is_stalled;
  const LogLevel level = is_newly_stalled ? LogLevel::error : LogLevel::debug;
  log(context_.log, level, is_newly_stalled ? "job.stalled" : "job.open", reply.record.error,
      {{"chunk", chunk.id.value},
       {"tracking_id", chunk.tracking_id.to_string()},
       {"state", raw_state},
       {"polls", chunk.polls + 1},
       {"http_status", reply.record.http_status},
       {"next_poll", format_utc(step.next_poll)}});
}

asio::awaitable<void> JobLoop::give_up(const ledger::ChunkRow& chunk, const ServiceReply& reply,
                                       UtcTime not_before) {
  const UtcTime now = context_.clock.now_utc();
  Verb<void> verb = [&](ledger::Ledger& verbs) {
    return verbs.delivery().job_lost(chunk.id, reply.record, not_before, now);
  };
  co_await ledger_.keep<void>(verb);
  log(context_.log, LogLevel::warning, "job.lost",
      "the service does not know this tracking id any more; the same request is sent again",
      {{"chunk", chunk.id.value}, {"tracking_id", chunk.tracking_id.to_string()}});
}

asio::awaitable<void> JobLoop::settle(const ledger::ChunkRow& chunk, const ServiceReply& reply,
                                      const partner_center::JobStatus& status,
                                      Destination& destination) {
  const UtcTime now = context_.clock.now_utc();
  const std::vector<flow::ReportedDevice> reported = to_flow(status);
  const std::chrono::milliseconds unanswered_wait = context_.settings.delivery.poll_ceiling;
  auto settlement = std::make_shared<flow::Settlement>();
  Verb<void> verb = [&, settlement](ledger::Ledger& verbs) -> Result<void> {
    Result<std::vector<record::Device>> sent = verbs.delivery().devices_of(chunk.id);
    if (!sent) return fail(std::move(sent.error()));
    Result<std::vector<flow::Past>> past = past_of(verbs, chunk, *sent);
    if (!past) return fail(std::move(past.error()));
    *settlement = flow::settle_devices(*sent, reported, *past, unanswered_wait);
    if (chunk.kind == ledger::ChunkKind::create) {
      // The create's job has ended, so the batch is there and can be appended to.
      Result<void> known = verbs.delivery().record_presence(
          destination.id, ledger::BatchPresence::present, destination.batch_on_service());
      if (!known) return known;
    }
    return verbs.delivery().settle(chunk.id, reply.record, to_ledger(*settlement, now), now);
  };
  co_await ledger_.keep<void>(verb);
  log_settled(chunk, *settlement, destination);
  destination.changed.raise();
  settled_.raise();
}

void JobLoop::log_settled(const ledger::ChunkRow& chunk, const flow::Settlement& settlement,
                          const Destination& destination) const {
  std::size_t failed = 0;
  for (const flow::SettledDevice& device : settlement.settled) {
    if (device.verdict == Verdict::failed) ++failed;
  }
  const std::size_t again = settlement.again.size();
  const bool is_clean = failed == 0 && again == 0;
  log(context_.log, is_clean ? LogLevel::info : LogLevel::warning, "chunk.settled", "",
      {{"chunk", chunk.id.value},
       {"destination", destination.name},
       {"devices", chunk.devices},
       {"failed", failed},
       {"sent_again", again},
       {"tracking_id", chunk.tracking_id.to_string()},
       {"request_id", chunk.request_id.to_string()},
       {"took_ms", (context_.clock.now_utc() - chunk.submitted_at).count()}});
}

}  // namespace devicebatch::engine
