// sandbox/control/read_rule.hpp - one rule, from its written form.
#pragma once

#include "sandbox/control/fault_rules.hpp"

namespace devicebatch::sandbox {

// {match: {method, path, regex}, when: {nth, every, first, after, probability}, fault: WORD, ...};
// unknown members and words are errors, so that a misspelled rule cannot silently do nothing.
Result<FaultRule> read_rule(const boost::json::value& value);

}  // namespace devicebatch::sandbox
