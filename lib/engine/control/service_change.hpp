// engine/control/service_change.hpp - a change of what the service has, asked for by a person.
//
// Purpose:   one request under one id, never repeated by itself: only a person knows whether it may
//            be. What was asked for is in the audit log before it is sent, what became of it after.
// Threading: the loop's thread.
// Errors:    Errc::rejected - refused, nothing was changed; Errc::not_found; Errc::busy - a breaker
//            is open; Errc::unconfirmed - it may or may not have happened.
// Source:    docs/protocol.md, E6 to E13.
#pragma once

#include "engine/delivery/service_calls.hpp"
#include "ledger/operator_verbs.hpp"

#include <string>

namespace devicebatch::engine {

// For the audit log.
struct Deed {
  ledger::Actor actor;
  std::string verb;    // "devices.delete"
  std::string target;  // "device:ID"
  std::string detail;  // what exactly is asked for
};

// The answer of a success.
asio::awaitable<Result<ServiceReply>> change_service(Context& context, Destination& destination,
                                                     const Deed& deed, MakeQuestion make);

asio::awaitable<void> audit_end(Context& context, const Deed& deed, std::string what);

// A question: the answer of a success, or what the refusal means for a person.
asio::awaitable<Result<ServiceReply>> question_service(Context& context, Destination& destination,
                                                       policy::Call call, MakeQuestion make);

}  // namespace devicebatch::engine
