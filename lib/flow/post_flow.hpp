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
  retry,              // it surely had no effect: planned again
  unconfirmed,        // it may have had an effect: same id and body later
  refuse,             // its records fail
  list_again,         // the way was wrong: the records wait for a new chunk, the batch is looked up
  pause_destination,  // planned again, and a person must act
  pause_account,
};

struct PostStep {
  PostNext next = PostNext::unconfirmed;
  UtcTime not_before{};                   // for retry and unconfirmed
  std::optional<UtcTime> throttle_until;  // all of the destination stays away
  std::string code;                       // "http.503", "service.20002", "network.lost"
  std::string advice;
};

struct PostContext {
  policy::Call call = policy::Call::append_devices;
  int attempt = 1;                 // this one included
  bool was_unconfirmed = false;    // an earlier attempt under this id may have had an effect
  bool was_token_renewed = false;  // within this attempt
};

PostStep judge_post(const PostContext& context, const Outcome& outcome,
                    const policy::RetryRules& rules, UtcTime now, Random& random);

}  // namespace devicebatch::flow
