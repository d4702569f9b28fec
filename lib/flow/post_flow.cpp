#include "flow/post_flow.hpp"

namespace devicebatch::flow {
namespace {

using policy::Reaction;

PostStep later(PostNext next, const PostContext& context, const Outcome& outcome,
               const policy::RetryRules& rules, UtcTime now, Random& random) {
  PostStep step;
  // What may have reached the service stays unknown until the service itself has answered for it.
  step.next = context.was_unconfirmed ? PostNext::unconfirmed : next;
  step.not_before =
      policy::next_attempt_at(rules, context.attempt, now, outcome.retry_after, random);
  return step;
}

PostStep without_reply(const PostContext& context, const Outcome& outcome,
                       const policy::RetryRules& rules, UtcTime now, Random& random) {
  const bool surely_no_effect = outcome.transport_error == Errc::transient;
  PostStep step = later(surely_no_effect ? PostNext::retry : PostNext::unconfirmed, context,
                        outcome, rules, now, random);
  step.code = surely_no_effect ? "network.unreachable" : "network.lost";
  return step;
}

PostStep accepted(const PostContext& context, const Outcome& outcome,
                  const policy::RetryRules& rules, UtcTime now, Random& random) {
  PostStep step;
  step.next = PostNext::submitted;
  if (outcome.has_tracking_id) return step;
  // Accepted, but nobody said where to look: the same request asks again.
  step = later(PostNext::unconfirmed, context, outcome, rules, now, random);
  step.code = "service.no_location";
  return step;
}

PostStep at_once(PostNext next) {
  PostStep step;
  step.next = next;
  return step;
}

}  // namespace

PostStep judge_post(const PostContext& context, const Outcome& outcome,
                    const policy::RetryRules& rules, UtcTime now, Random& random) {
  if (outcome.http_status == 0) return without_reply(context, outcome, rules, now, random);
  const policy::Classified row =
      policy::classify(context.call, outcome.http_status, outcome.service_code);
  const auto again = [&](PostNext next) {
    return later(next, context, outcome, rules, now, random);
  };
  PostStep step;
  switch (row.reaction) {
    case Reaction::accept:
      return accepted(context, outcome, rules, now, random);
    case Reaction::retry:
      step = again(PostNext::retry);
      break;
    case Reaction::unconfirmed:
    case Reaction::job_missing:
      step = again(PostNext::unconfirmed);
      break;
    case Reaction::wait:
      step = again(PostNext::retry);
      step.throttle_until = step.not_before;
      break;
    case Reaction::refresh_token:
      step = at_once(context.was_token_renewed ? PostNext::pause_account
                                               : PostNext::repeat_with_token);
      break;
    case Reaction::pause_destination:
      step = at_once(PostNext::pause_destination);
      break;
    case Reaction::pause_account:
      step = at_once(PostNext::pause_account);
      break;
    case Reaction::batch_exists:
    case Reaction::batch_missing:
      step = at_once(PostNext::list_again);
      break;
    case Reaction::refuse:
      step = at_once(PostNext::refuse);
      break;
  }
  step.code = row.code;
  step.advice = row.advice;
  return step;
}

}  // namespace devicebatch::flow
