// flow/list_flow.hpp - what the answer to a listing means.
//
// Threading: pure; any thread.
// Source:    the table is policy/classify.
#pragma once

#include "flow/post_flow.hpp"

#include <string>

namespace devicebatch::flow {

enum class ListNext {
  read,               // there is a page to read
  nothing_there,      // what should be listed does not exist
  repeat_with_token,  // the token was refused: a new one, then the same request
  later,              // not answered: ask again after a while
  pause_destination,  // a person must act
  pause_account,
};

struct ListStep {
  ListNext next = ListNext::later;
  std::string code;
  std::string advice;
};

ListStep judge_listing(policy::Call call, const Outcome& outcome, bool was_token_renewed);

}  // namespace devicebatch::flow
