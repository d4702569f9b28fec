#include "flow/job_flow.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <map>

namespace devicebatch::flow {
namespace {

using policy::Reaction;

// A job that is late is looked at less often.
constexpr int kStalledFactor = 5;

std::chrono::milliseconds asked_for(const Outcome& outcome, const PollRules& rules) {
  return std::min(outcome.retry_after.value_or(std::chrono::milliseconds(0)),
                  rules.retry_after_cap);
}

UtcTime next_look(const PollContext& context, const Outcome& outcome, const PollRules& rules,
                  UtcTime now, Random& random) {
  const bool is_stalled = now - context.submitted_at >= rules.deadline;
  const auto ceiling = is_stalled ? rules.ceiling * kStalledFactor : rules.ceiling;
  const auto interval = policy::poll_interval(rules.first, ceiling, context.polls + 1, random);
  return now + std::max({interval, asked_for(outcome, rules), rules.least});
}

PollNext reaction_to_reply(const PollContext& context, Reaction reaction, bool is_old) {
  switch (reaction) {
    case Reaction::refresh_token:
      return context.was_token_renewed ? PollNext::pause_account : PollNext::repeat_with_token;
    case Reaction::pause_destination:
      return PollNext::pause_destination;
    case Reaction::pause_account:
      return PollNext::pause_account;
    case Reaction::job_missing:
      return is_old ? PollNext::lost : PollNext::poll_again;
    default:
      return PollNext::poll_again;
  }
}

}  // namespace

PollStep judge_poll(const PollContext& context, const Outcome& outcome, const PollRules& rules,
                    UtcTime now, Random& random) {
  PollStep step;
  step.next_poll = next_look(context, outcome, rules, now, random);
  step.is_stalled = now - context.submitted_at >= rules.deadline;
  if (outcome.http_status == 0) {
    step.code = "network.lost";
    return step;
  }
  const policy::Classified row =
      policy::classify(policy::Call::job_status, outcome.http_status, outcome.service_code);
  if (row.reaction != Reaction::accept) {
    const bool is_old = now - context.submitted_at >= rules.grace;
    step.next = reaction_to_reply(context, row.reaction, is_old);
    step.code = row.code;
    step.advice = row.advice;
    return step;
  }
  if (context.reading == JobReading::unreadable) step.code = "service.unreadable_reply";
  if (context.reading == JobReading::over) step.next = PollNext::settle;
  return step;
}

UtcTime first_poll_at(const Outcome& upload, const PollRules& rules, UtcTime now, Random& random) {
  const auto interval = policy::poll_interval(rules.first, rules.ceiling, 1, random);
  return now + std::max(interval, asked_for(upload, rules));
}

namespace {

// Entries by a key, each handed out once, in the order they came.
class EntryIndex {
 public:
  explicit EntryIndex(std::span<const ReportedDevice> reported)
      : reported_(reported), taken_(reported.size(), false) {
    for (std::size_t at = 0; at < reported.size(); ++at) {
      const ReportedDevice& device = reported[at];
      by_both_[key(device.serial, device.pkid)].push_back(at);
      if (!device.serial.empty()) by_serial_[to_lower(trim(device.serial))].push_back(at);
      if (!device.pkid.empty()) by_pkid_[device.pkid].push_back(at);
    }
  }

  std::size_t left() const {
    return static_cast<std::size_t>(std::count(taken_.begin(), taken_.end(), false));
  }

  const ReportedDevice* take(const record::Device& sent) {
    if (const auto* both = take_from(by_both_, key(sent.serial, sent.pkid))) return both;
    if (!sent.serial.empty()) {
      if (const auto* hit = take_from(by_serial_, to_lower(trim(sent.serial)))) return hit;
    }
    if (!sent.pkid.empty()) {
      if (const auto* hit = take_from(by_pkid_, sent.pkid)) return hit;
    }
    return nullptr;
  }

 private:
  using Index = std::map<std::string, std::vector<std::size_t>>;

  static std::string key(std::string_view serial, std::string_view pkid) {
    return to_lower(trim(serial)) + '\n' + std::string(pkid);
  }

  const ReportedDevice* take_from(const Index& index, const std::string& wanted) {
    const auto found = index.find(wanted);
    if (found == index.end()) return nullptr;
    for (const std::size_t at : found->second) {
      if (taken_[at]) continue;
      taken_[at] = true;
      return &reported_[at];
    }
    return nullptr;
  }

  std::span<const ReportedDevice> reported_;
  std::vector<bool> taken_;
  Index by_both_;
  Index by_serial_;
  Index by_pkid_;
};

Verdict verdict_of(policy::DeviceFate fate, bool may_be_ours) {
  switch (fate) {
    case policy::DeviceFate::registered:
      return Verdict::registered;
    case policy::DeviceFate::already_there:
      return may_be_ours ? Verdict::registered : Verdict::already_registered;
    case policy::DeviceFate::retry:
    case policy::DeviceFate::failed:
      break;
  }
  return Verdict::failed;
}

SettledDevice settled(const record::Device& sent, const ReportedDevice& reported,
                      const policy::DeviceResult& result, const Past& past) {
  SettledDevice device;
  device.record = sent.record;
  device.verdict = verdict_of(result.fate, past.may_be_ours);
  device.device_id = printable(reported.device_id, 64);
  if (device.verdict == Verdict::registered) return device;
  device.code = result.code;
  device.message = result.reason;
  if (!reported.error_name.empty()) {
    device.message +=
        " (" + printable(reported.error_code, 32) + " " + printable(reported.error_name, 200) + ")";
  }
  device.fix = result.advice;
  return device;
}

// How long to wait before a device is sent again; nullopt: it was sent often, or long, enough.
std::optional<std::chrono::milliseconds> next_try(const policy::DeviceResult& result,
                                                  const Past& past, const SettleRules& rules,
                                                  UtcTime now) {
  if (result.fate != policy::DeviceFate::retry) return std::nullopt;
  const auto age = now - past.first_sent_at;
  const std::chrono::milliseconds wait = result.least_wait;
  switch (result.patience) {
    case policy::Patience::counted:
      if (past.times_sent < result.tries_max) return wait;
      break;
    case policy::Patience::service:
      if (age < rules.give_up_after) return wait;
      break;
    case policy::Patience::manufacturer:
      if (age < rules.manufacturer_data_wait) return rules.manufacturer_data_retry;
      break;
  }
  return std::nullopt;
}

}  // namespace

Settlement settle_devices(std::span<const record::Device> sent,
                          std::span<const ReportedDevice> reported, std::span<const Past> past,
                          const SettleRules& rules, UtcTime now) {
  Settlement settlement;
  EntryIndex entries(reported);
  std::size_t there_already = 0;
  for (std::size_t at = 0; at < sent.size(); ++at) {
    const ReportedDevice* entry = entries.take(sent[at]);
    if (entry == nullptr || !entry->is_over) {
      settlement.unanswered.push_back(sent[at].record);
      continue;
    }
    const policy::DeviceResult result =
        policy::judge_device(entry->is_finished_ok, entry->error_code, entry->error_name);
    if (result.fate == policy::DeviceFate::already_there) ++there_already;
    if (const auto wait = next_try(result, past[at], rules, now)) {
      settlement.again.push_back({sent[at].record, *wait});
    } else {
      settlement.settled.push_back(settled(sent[at], *entry, result, past[at]));
    }
  }
  settlement.are_all_there_already = !sent.empty() && there_already == sent.size();
  settlement.strangers = entries.left();
  return settlement;
}

}  // namespace devicebatch::flow
