// flow/job_flow.hpp - what a look at a job means, and who got which result.
//
// Threading: pure; any thread.
// Source:    docs/architecture.md, "Life of a job". A job that says `finished` can hold failed
//            devices, so every device is judged by its own entry; one that is not mentioned is
//            never a success.
#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/random.hpp"
#include "flow/post_flow.hpp"
#include "record/device.hpp"
#include "record/verdict.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace devicebatch::flow {

enum class PollNext {
  settle,             // the job is over
  poll_again,         // not over, or not answered
  repeat_with_token,  // the token was refused
  lost,               // nobody knows the tracking id: the batch has to be looked at
  pause_destination,  // a person must act; keep polling slowly
  pause_account,
};

// What the body of a reply told.
enum class JobReading { unreadable, open, over };

struct PollContext {
  int polls = 0;  // looks before this one
  UtcTime submitted_at{};
  bool was_token_renewed = false;
  JobReading reading = JobReading::unreadable;
};

struct PollRules {
  std::chrono::milliseconds first{2'000};
  std::chrono::milliseconds ceiling{60'000};
  std::chrono::milliseconds least{0};  // so that many open jobs keep to the polls of a second
  std::chrono::milliseconds grace{120'000};
  std::chrono::milliseconds deadline{1'800'000};
  std::chrono::milliseconds retry_after_cap{3'600'000};
};

struct PollStep {
  PollNext next = PollNext::poll_again;
  UtcTime next_poll{};
  bool is_stalled = false;  // older than the deadline: an alert, not a verdict
  std::string code;
  std::string advice;
};

PollStep judge_poll(const PollContext& context, const Outcome& outcome, const PollRules& rules,
                    UtcTime now, Random& random);

// The first look at a job whose upload was just answered; the answer may have asked for time.
UtcTime first_poll_at(const Outcome& upload, const PollRules& rules, UtcTime now, Random& random);

struct ReportedDevice {
  std::string serial;
  std::string pkid;
  bool is_over = false;         // its own state is terminal
  bool is_finished_ok = false;  // `finished`, without an error
  std::string error_code;
  std::string error_name;
  std::string device_id;
};

struct SettledDevice {
  RecordId record;
  Verdict verdict = Verdict::none;
  std::string code;
  std::string message;
  std::string fix;
  std::string device_id;
};

// A record to be sent again, in a later chunk.
struct SendAgain {
  RecordId record;
  std::chrono::milliseconds wait{0};
};

struct Settlement {
  std::vector<SettledDevice> settled;
  std::vector<SendAgain> again;        // the service had trouble of its own with them
  std::vector<RecordId> unanswered;    // to be looked for in the batch
  bool are_all_there_already = false;  // every answer was "already there"
  std::size_t strangers = 0;           // entries of devices that were not sent
};

// What went before for one sent device.
struct Past {
  int times_sent = 1;        // chunks that carried it, this one included
  bool may_be_ours = false;  // an earlier attempt may have registered it
  UtcTime first_sent_at{};
};

struct SettleRules {
  std::chrono::milliseconds give_up_after;
  std::chrono::milliseconds manufacturer_data_retry;
  std::chrono::milliseconds manufacturer_data_wait;
};

// Gives every sent device its own entry: by serial and PKID, then by serial, then by PKID; entries
// with equal keys are taken in their order. "Already there" is a success of ours where the past
// says that it may be.
Settlement settle_devices(std::span<const record::Device> sent,
                          std::span<const ReportedDevice> reported, std::span<const Past> past,
                          const SettleRules& rules, UtcTime now);

}  // namespace devicebatch::flow
