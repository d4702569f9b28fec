#include "flow/post_flow.hpp"

namespace devicebatch::flow {
namespace {

using policy::Reaction;

class PostJudge {
 public:
  PostJudge(const PostContext& context, const Outcome& outcome, const policy::RetryRules& rules,
            UtcTime now, Random& random)
      : context_(context), outcome_(outcome), rules_(rules), now_(now), random_(random) {}

  PostStep judge() {
    if (outcome_.http_status == 0) return without_reply();
    const policy::Classified row =
        policy::classify(context_.call, outcome_.http_status, outcome_.service_code);
    if (row.reaction == Reaction::accept) return accepted();
    PostStep step = step_for(row.reaction);
    step.code = row.code;
    step.advice = row.advice;
    return step;
  }

 private:
  PostStep later(PostNext next) {
    PostStep step;
    // What may have reached the service stays unknown until the service itself has answered for it.
    step.next = context_.was_unconfirmed ? PostNext::unconfirmed : next;
    step.not_before =
        policy::next_attempt_at(rules_, context_.attempt, now_, outcome_.retry_after, random_);
    return step;
  }

  PostStep without_reply() {
    const bool surely_no_effect = outcome_.transport_error == Errc::transient;
    PostStep step = later(surely_no_effect ? PostNext::retry : PostNext::unconfirmed);
    step.code = surely_no_effect ? "network.unreachable" : "network.lost";
    return step;
  }

  PostStep accepted() {
    if (outcome_.has_tracking_id) return at_once(PostNext::submitted);
    // Accepted, but nobody said where to look: the same request asks again.
    PostStep step = later(PostNext::unconfirmed);
    step.code = "service.no_location";
    return step;
  }

  static PostStep at_once(PostNext next) {
    PostStep step;
    step.next = next;
    return step;
  }

  PostStep throttled() {
    PostStep step = later(PostNext::retry);
    step.throttle_until = step.not_before;
    return step;
  }

  PostStep step_for(Reaction reaction) {
    switch (reaction) {
      case Reaction::retry:
        return later(PostNext::retry);
      case Reaction::accept:
      case Reaction::unconfirmed:
      case Reaction::job_missing:
        return later(PostNext::unconfirmed);
      case Reaction::wait:
        return throttled();
      case Reaction::refresh_token:
        return at_once(context_.was_token_renewed ? PostNext::pause_account
                                                  : PostNext::repeat_with_token);
      case Reaction::pause_destination:
        return at_once(PostNext::pause_destination);
      case Reaction::pause_account:
        return at_once(PostNext::pause_account);
      case Reaction::batch_exists:
      case Reaction::batch_missing:
        return at_once(PostNext::list_again);
      case Reaction::refuse:
        return at_once(PostNext::refuse);
    }
    return later(PostNext::unconfirmed);
  }

  const PostContext& context_;
  const Outcome& outcome_;
  const policy::RetryRules& rules_;
  UtcTime now_;
  Random& random_;
};

}  // namespace

PostStep judge_post(const PostContext& context, const Outcome& outcome,
                    const policy::RetryRules& rules, UtcTime now, Random& random) {
  return PostJudge(context, outcome, rules, now, random).judge();
}

}  // namespace devicebatch::flow
