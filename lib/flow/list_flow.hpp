// flow/list_flow.hpp - what the answer to a listing of batches means.
//
// Threading: pure; any thread.
// Source:    the table is policy/classify.
#pragma once

#include "flow/post_flow.hpp"

#include <string>

namespace devicebatch::flow {

enum class ListNext {
  read,               // there is a page to read
  repeat_with_token,  // the token was refused: a new one, then the same request
  later,              // not answered: ask again after a while
  pause,              // a person must act
};

struct ListStep {
  ListNext next = ListNext::later;
  std::string code;
  std::string advice;
};

ListStep judge_listing(const Outcome& outcome, bool was_token_renewed);

}  // namespace devicebatch::flow
