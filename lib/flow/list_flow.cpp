#include "flow/list_flow.hpp"

namespace devicebatch::flow {

using policy::Reaction;

ListStep judge_listing(policy::Call call, const Outcome& outcome, bool was_token_renewed) {
  ListStep step;
  step.code = "network.lost";
  if (outcome.http_status == 0) return step;
  const policy::Classified row = policy::classify(call, outcome.http_status, outcome.service_code);
  step.code = row.code;
  step.advice = row.advice;
  switch (row.reaction) {
    case Reaction::accept:
      step.next = ListNext::read;
      break;
    case Reaction::refresh_token:
      step.next = was_token_renewed ? ListNext::pause_account : ListNext::repeat_with_token;
      break;
    case Reaction::batch_missing:
      step.next = ListNext::nothing_there;
      break;
    case Reaction::pause_account:
      step.next = ListNext::pause_account;
      break;
    case Reaction::pause_destination:
    case Reaction::refuse:
      step.next = ListNext::pause_destination;
      break;
    default:
      break;
  }
  return step;
}

}  // namespace devicebatch::flow
