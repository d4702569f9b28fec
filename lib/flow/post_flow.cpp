#include "flow/post_flow.hpp"

#include "policy/retry_budget.hpp"

namespace devicebatch::flow {

using policy::Reaction;

std::string_view to_string(PostNext next) {
  switch (next) {
    case PostNext::submitted:
      return "submitted";
    case PostNext::repeat_with_token:
      return "repeat_with_token";
    case PostNext::try_again:
      return "try_again";
    case PostNext::retry:
      return "retry";
    case PostNext::unconfirmed:
      return "unconfirmed";
    case PostNext::look:
      return "look";
    case PostNext::split:
      return "split";
    case PostNext::halve:
      return "halve";
    case PostNext::refuse:
      return "refused";
    case PostNext::give_up:
      return "gave_up";
    case PostNext::list_again:
      return "void";
    case PostNext::pause_destination:
    case PostNext::pause_account:
      return "auth";
  }
  return "unknown";
}

Health health_of(const Outcome& outcome) {
  if (outcome.http_status == 429) return Health::throttled;
  const bool is_ill =
      outcome.http_status == 0 || outcome.http_status == 408 || outcome.http_status >= 500;
  return is_ill ? Health::ill : Health::well;
}

namespace {

class PostJudge {
 public:
  PostJudge(const PostContext& context, const Outcome& outcome, const PostRules& rules, UtcTime now,
            Random& random)
      : context_(context), outcome_(outcome), rules_(rules), now_(now), random_(random) {}

  PostStep judge() {
    if (outcome_.http_status == 0) return without_reply();
    const policy::Classified row =
        policy::classify(context_.call, outcome_.http_status, outcome_.service_code);
    if (row.reaction == Reaction::accept) return accepted();
    PostStep step = step_for(row.reaction);
    if (step.next != PostNext::give_up) {
      step.code = row.code;
      step.advice = row.advice;
    }
    return step;
  }

 private:
  static PostStep at_once(PostNext next) {
    PostStep step;
    step.next = next;
    return step;
  }

  UtcTime next_attempt() {
    return policy::next_attempt_at(rules_.retry, context_.failures + 1, now_, outcome_.retry_after,
                                   random_);
  }

  bool may_try_again() const {
    return context_.tries < policy::kTriesMax && context_.has_budget && !outcome_.retry_after;
  }

  PostStep try_again(bool is_unknown) {
    PostStep step = at_once(PostNext::try_again);
    step.is_unknown = is_unknown;
    step.delay = policy::quick_delay(context_.tries, random_);
    return step;
  }

  PostStep look(bool is_unknown) {
    PostStep step = at_once(PostNext::look);
    step.is_unknown = is_unknown;
    step.not_before = now_ + rules_.reconcile_first;
    return step;
  }

  // What may have reached the service stays unknown until the service itself has answered for it;
  // this request had no effect.
  PostStep later() {
    if (may_try_again()) return try_again(false);
    if (context_.was_unconfirmed) return unknown_later(false);
    const bool is_failing = context_.failing_since != UtcTime();
    if (is_failing && now_ - context_.failing_since >= rules_.give_up_after) return give_up();
    PostStep step = at_once(PostNext::retry);
    step.not_before = next_attempt();
    return step;
  }

  static PostStep give_up() {
    PostStep step = at_once(PostNext::give_up);
    step.code = "delivery.gave_up";
    step.advice =
        "The service did not take it for so long as delivery.give_up_after allows; when it does, "
        "send the devices again with dead-letter redrive.";
    return step;
  }

  PostStep unknown() {
    if (context_.may_resend && may_try_again()) return try_again(true);
    return unknown_later(true);
  }

  PostStep unknown_later(bool is_unknown) {
    if (!context_.may_resend) return look(is_unknown);
    PostStep step = at_once(PostNext::unconfirmed);
    step.is_unknown = is_unknown;
    step.not_before = next_attempt();
    return step;
  }

  PostStep without_reply() {
    const bool surely_no_effect = outcome_.transport_error == Errc::transient;
    PostStep step = surely_no_effect ? later() : unknown();
    if (step.next == PostNext::give_up) return step;
    step.code = surely_no_effect ? "network.unreachable" : "network.lost";
    return step;
  }

  PostStep accepted() {
    if (outcome_.has_tracking_id) return at_once(PostNext::submitted);
    // It has the devices, but nobody said where to look. Asking again could add them once more.
    PostStep step = look(true);
    step.code = "service.no_location";
    return step;
  }

  PostStep throttled() {
    PostStep step;
    step.next = context_.was_unconfirmed ? PostNext::unconfirmed : PostNext::retry;
    if (context_.was_unconfirmed && !context_.may_resend) step = look(false);
    step.not_before = std::max(step.not_before, next_attempt());
    step.throttle_until = step.not_before;
    return step;
  }

  // A definite no to this request is none to an earlier one under the same id.
  PostStep definite(PostNext next) {
    return context_.was_unconfirmed ? look(false) : at_once(next);
  }

  PostStep step_for(Reaction reaction) {
    switch (reaction) {
      case Reaction::retry:
        return later();
      case Reaction::accept:
      case Reaction::unconfirmed:
      case Reaction::job_missing:
        return unknown();
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
        return definite(PostNext::list_again);
      case Reaction::look:
        return look(!context_.was_unconfirmed);
      case Reaction::split:
        return definite(context_.devices > 1 ? PostNext::split : PostNext::refuse);
      case Reaction::halve:
        return definite(context_.devices > 1 ? PostNext::halve : PostNext::refuse);
      case Reaction::refuse:
        return definite(PostNext::refuse);
    }
    return unknown();
  }

  const PostContext& context_;
  const Outcome& outcome_;
  const PostRules& rules_;
  UtcTime now_;
  Random& random_;
};

}  // namespace

PostStep judge_post(const PostContext& context, const Outcome& outcome, const PostRules& rules,
                    UtcTime now, Random& random) {
  return PostJudge(context, outcome, rules, now, random).judge();
}

}  // namespace devicebatch::flow
