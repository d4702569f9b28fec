#include "flow/list_flow.hpp"

namespace devicebatch::flow {

using policy::Reaction;

ListStep judge_listing(const Outcome& outcome, bool was_token_renewed) {
  ListStep step;
  step.code = "network.lost";
  if (outcome.http_status == 0) return step;
  const policy::Classified row =
      policy::classify(policy::Call::list_batches, outcome.http_status, outcome.service_code);
  step.code = row.code;
  step.advice = row.advice;
  switch (row.reaction) {
    case Reaction::accept:
      step.next = ListNext::read;
      break;
    case Reaction::refresh_token:
      step.next = was_token_renewed ? ListNext::pause : ListNext::repeat_with_token;
      break;
    case Reaction::pause_destination:
    case Reaction::pause_account:
    case Reaction::refuse:
      step.next = ListNext::pause;
      break;
    default:
      break;
  }
  return step;
}

}  // namespace devicebatch::flow
