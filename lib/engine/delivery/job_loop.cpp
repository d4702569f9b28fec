#include "engine/delivery/job_loop.hpp"

#include "engine/async.hpp"
#include "engine/delivery/chunk_post.hpp"

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
    entry.device_id = device.device_id;
    reported.push_back(std::move(entry));
  }
  return reported;
}

Result<std::vector<flow::Past>> past_of(ledger::Ledger& verbs, const ledger::ChunkRow& chunk,
                                        const std::vector<record::Device>& sent) {
  std::vector<flow::Past> past;
  past.reserve(sent.size());
  for (const record::Device& device : sent) {
    Result<ledger::RecordPast> before = verbs.delivery().past_of(device.record, chunk.id);
    if (!before) return fail(std::move(before.error()));
    flow::Past& entry = past.emplace_back();
    entry.times_sent = before->times_sent_before + 1;
    entry.may_be_ours = before->times_sent_before > 0 || chunk.had_unknown;
    entry.first_sent_at = before->first_sent_at;
  }
  return past;
}

ledger::JobEnd to_ledger(const flow::Settlement& settlement, UtcTime now, UtcTime next_look) {
  ledger::JobEnd end;
  end.outcomes.reserve(settlement.settled.size());
  for (const flow::SettledDevice& device : settlement.settled) {
    end.outcomes.push_back(
        {device.record, device.verdict, device.code, device.message, device.fix, device.device_id});
  }
  for (const flow::SendAgain& again : settlement.again) {
    end.requeue.push_back({again.record, now + again.wait});
  }
  end.unanswered = settlement.unanswered;
  end.next_look = next_look;
  return end;
}

// Devices that have their verdict, or went on, are no part of what the job still has to answer.
std::vector<record::Device> open_ones(std::vector<record::Device> sent,
                                      const std::vector<ledger::OpenMember>& open) {
  std::set<RecordId> ids;
  for (const ledger::OpenMember& member : open) ids.insert(member.record);
  std::erase_if(sent,
                [&ids](const record::Device& device) { return !ids.contains(device.record); });
  return sent;
}

}  // namespace

JobLoop::JobLoop(Context& context, std::map<DestinationId, Destination*> destinations,
                 Wakeup& settled)
    : context_(context),
      destinations_(std::move(destinations)),
      settled_(settled),
      changed_(context.loop.get_executor()),
      ledger_(context.ledger_queue, context.log),
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

asio::awaitable<std::vector<ledger::ChunkRow>> JobLoop::jobs_due() {
  const UtcTime now = context_.clock.now_utc();
  std::size_t open_jobs = 0;
  Verb<std::vector<ledger::ChunkRow>> read =
      [&](ledger::Ledger& verbs) -> Result<std::vector<ledger::ChunkRow>> {
    Result<std::size_t> open = verbs.delivery().open_jobs();
    if (!open) return fail(std::move(open.error()));
    open_jobs = *open;
    return verbs.delivery().jobs_due(now, 4 * kLooksAtOnce);
  };
  std::vector<ledger::ChunkRow> due = co_await ledger_.keep<std::vector<ledger::ChunkRow>>(read);
  const auto rate = static_cast<std::int64_t>(context_.settings.delivery.polls_per_second);
  rules_.least = std::chrono::milliseconds(static_cast<std::int64_t>(open_jobs) * 1000 / rate);
  co_return due;
}

asio::awaitable<void> JobLoop::run() {
  const auto rate = context_.settings.delivery.polls_per_second;
  const std::chrono::nanoseconds spacing =
      std::chrono::nanoseconds(std::chrono::seconds(1)) / static_cast<std::int64_t>(rate);
  while (!is_stopping_) {
    std::vector<ledger::ChunkRow> due = co_await jobs_due();
    bool is_rate_reached = false;
    for (ledger::ChunkRow& chunk : due) {
      if (looking_.size() >= kLooksAtOnce || looking_.contains(chunk.id)) continue;
      // A burst as large as the looks at once is let through, so that a lone job never waits.
      const MonoTime now = context_.clock.now_mono();
      next_start_ = std::max(next_start_, now - static_cast<std::int64_t>(kLooksAtOnce) * spacing);
      is_rate_reached = next_start_ > now;
      if (is_rate_reached) break;
      next_start_ += spacing;
      looking_.insert(chunk.id);
      spawn(context_.loop, look(std::move(chunk)));
    }
    std::optional<std::chrono::milliseconds> pause = co_await until_next_look();
    if (is_rate_reached) {
      const auto left = next_start_ - context_.clock.now_mono();
      pause = std::max(std::chrono::ceil<std::chrono::milliseconds>(left),
                       std::chrono::milliseconds(1));
    }
    co_await changed_.wait_for(pause);
  }
  while (!looking_.empty()) {
    const std::optional<std::chrono::milliseconds> for_ever;
    co_await changed_.wait_for(for_ever);
  }
}

asio::awaitable<void> JobLoop::look(ledger::ChunkRow chunk) {
  const auto found = destinations_.find(chunk.destination);
  const UtcTime now = context_.clock.now_utc();
  if (found == destinations_.end()) {
    // Not configured any more: its jobs are followed again when it is.
    co_await keep_away(chunk.destination, now + rules_.ceiling);
  } else {
    Destination& destination = *found->second;
    MakeQuestion make = [&](const partner_center::CallIds& ids,
                            std::shared_ptr<const Secret> bearer) {
      return api_.job_status(destination.customer, chunk.tracking_id, ids, std::move(bearer));
    };
    constexpr auto kCall = policy::Call::job_status;
    Result<ServiceReply> asked = co_await ask_service(context_, destination, kCall, make);
    if (asked) {
      co_await judge(chunk, std::move(*asked), destination);
    } else {
      const UtcTime blocked = destination.account.blocked_until(destination.customer);
      co_await keep_away(chunk.destination, std::max(blocked, now + rules_.first));
    }
  }
  looking_.erase(chunk.id);
  changed_.raise();
}

asio::awaitable<void> JobLoop::judge(const ledger::ChunkRow& chunk, ServiceReply reply,
                                     Destination& destination) {
  flow::PollContext judged;
  judged.polls = chunk.polls;
  judged.submitted_at = chunk.submitted_at;
  judged.was_token_renewed = reply.was_token_renewed;
  Result<partner_center::JobStatus> status = partner_center::read_job_status(reply.response.body);
  const UtcTime now = context_.clock.now_utc();
  if (status) {
    judged.reading = is_over(status->state) ? flow::JobReading::over : flow::JobReading::open;
  }
  flow::PollStep step = flow::judge_poll(judged, reply.outcome, rules_, now, context_.random);
  context_.observer.job_poll(step.next == flow::PollNext::settle ? "settled" : "open");
  std::string reason = with_advice(reply.record.error, step.advice);
  switch (step.next) {
    case flow::PollNext::settle:
      co_await settle(chunk, reply, *status, destination);
      co_return;
    case flow::PollNext::lost:
      co_await give_up(chunk, reply, now + context_.settings.delivery.reconcile_first);
      destination.changed.raise();
      co_return;
    case flow::PollNext::pause_destination:
      co_await pause_destination(context_, destination, step.code, reason);
      break;
    case flow::PollNext::pause_account:
      co_await pause_account(context_, destination.account, step.code, reason);
      break;
    case flow::PollNext::poll_again:
    case flow::PollNext::repeat_with_token:
      break;
  }
  std::string raw_state = status ? status->raw_state : std::string();
  co_await postpone(chunk, reply, std::move(raw_state), step);
}

asio::awaitable<void> JobLoop::keep_away(DestinationId destination, UtcTime until) {
  Verb<void> verb = [&](ledger::Ledger& verbs) {
    return verbs.delivery().postpone_jobs(destination, until);
  };
  co_await ledger_.keep<void>(verb);
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
      "the service does not know this tracking id any more; its devices are looked for in the "
      "batch",
      {{"chunk", chunk.id.value}, {"tracking_id", chunk.tracking_id.to_string()}});
}

asio::awaitable<void> JobLoop::settle(const ledger::ChunkRow& chunk, const ServiceReply& reply,
                                      const partner_center::JobStatus& status,
                                      Destination& destination) {
  const UtcTime now = context_.clock.now_utc();
  const std::vector<flow::ReportedDevice> reported = to_flow(status);
  const settings::Delivery& delivery = context_.settings.delivery;
  const flow::SettleRules rules{delivery.give_up_after, delivery.manufacturer_data_retry,
                                delivery.manufacturer_data_wait};
  const UtcTime next_look = now + delivery.reconcile_first;
  auto settlement = std::make_shared<flow::Settlement>();
  Verb<void> verb = [&, settlement](ledger::Ledger& verbs) -> Result<void> {
    Result<std::vector<record::Device>> sent = verbs.delivery().devices_of(chunk.id);
    if (!sent) return fail(std::move(sent.error()));
    Result<std::vector<ledger::OpenMember>> open = verbs.delivery().open_members(chunk.id);
    if (!open) return fail(std::move(open.error()));
    const std::vector<record::Device> asked = open_ones(std::move(*sent), *open);
    Result<std::vector<flow::Past>> past = past_of(verbs, chunk, asked);
    if (!past) return fail(std::move(past.error()));
    *settlement = flow::settle_devices(asked, reported, *past, rules, now);
    if (chunk.kind == ledger::ChunkKind::create) {
      // The create's job has ended, so the batch is there and can be appended to.
      Result<void> known = verbs.delivery().record_presence(
          destination.id, ledger::BatchPresence::present, destination.batch_on_service());
      if (!known) return known;
    }
    return verbs.delivery().settle(chunk.id, reply.record, to_ledger(*settlement, now, next_look),
                                   now);
  };
  co_await ledger_.keep<void>(verb);
  // Nobody but us can have put them there between two of our requests under one id.
  if (chunk.had_unknown && settlement->are_all_there_already) {
    destination.account.learn_honours(ledger::Honours::no);
  }
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
  const bool is_clean = failed == 0 && again == 0 && settlement.unanswered.empty();
  log(context_.log, is_clean ? LogLevel::info : LogLevel::warning, "chunk.settled", "",
      {{"chunk", chunk.id.value},
       {"destination", destination.name},
       {"devices", chunk.devices},
       {"failed", failed},
       {"sent_again", again},
       {"looked_for", settlement.unanswered.size()},
       {"strangers", settlement.strangers},
       {"tracking_id", chunk.tracking_id.to_string()},
       {"request_id", chunk.request_id.to_string()},
       {"took_ms", (context_.clock.now_utc() - chunk.submitted_at).count()}});
}

}  // namespace devicebatch::engine
