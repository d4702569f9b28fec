// flow/post_flow.hpp - what the outcome of one POST means for its chunk and its destination.
//
// Threading: pure; any thread.
// Source:    docs/architecture.md, "Life of a chunk"; the table is policy/classify.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "policy/classify.hpp"
#include "policy/retry.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace devicebatch::flow {

// A reply, or the reason why there is none.
struct Outcome {
  int http_status = 0;  // 0: no reply
  std::string service_code;
  std::string description;
  Errc transport_error = Errc::transient;  // meaningful without a reply
  std::optional<std::chrono::milliseconds> retry_after;
  bool has_tracking_id = false;
};

enum class PostNext {
  submitted,          // follow the job
  repeat_with_token,  // the token was refused: a new one, then the very same request
  try_again,          // the very same request after `delay`, within this attempt
  retry,              // it surely had no effect: planned again
  unconfirmed,        // it may have had an effect: same id and body later
  look,               // it may have had an effect: the listing of the batch has to tell
  split,              // one of its devices is wrong: two halves go on
  halve,              // too large: two halves go on, and the size is remembered
  refuse,             // its records fail
  give_up,            // failing for too long: its records go to the dead letter
  list_again,         // the way was wrong: the records wait for a new chunk, the batch is looked up
  pause_destination,  // turned away, and a person must act
  pause_account,
};
std::string_view to_string(PostNext next);

// Did it say that the service is well?
enum class Health { well, ill, throttled };
Health health_of(const Outcome& outcome);

struct PostStep {
  PostNext next = PostNext::unconfirmed;
  UtcTime not_before{};                   // for retry, unconfirmed and look
  std::chrono::milliseconds delay{0};     // for try_again
  std::optional<UtcTime> throttle_until;  // everything of the account stays away
  bool is_unknown = false;                // this try itself may have had an effect
  std::string code;                       // "http.503", "service.20002", "network.lost"
  std::string advice;
};

struct PostRules {
  policy::RetryRules retry;
  std::chrono::milliseconds give_up_after;
  std::chrono::milliseconds reconcile_first;
};

struct PostContext {
  policy::Call call = policy::Call::append_devices;
  std::size_t devices = 1;
  int failures = 0;                // attempts that failed in a row before this one
  UtcTime failing_since{};         // the first of them
  int tries = 1;                   // requests of this attempt, the last one included
  bool has_budget = false;         // a quick try is affordable
  bool may_resend = true;          // the service is trusted to take one id once
  bool was_unconfirmed = false;    // an earlier request under this id may have had an effect
  bool was_token_renewed = false;  // within this attempt
};

PostStep judge_post(const PostContext& context, const Outcome& outcome, const PostRules& rules,
                    UtcTime now, Random& random);

}  // namespace devicebatch::flow
