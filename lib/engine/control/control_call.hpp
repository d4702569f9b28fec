// engine/control/control_call.hpp - one request on its way through the verbs.
//
// Lifecycle: lives in the coroutine that serves it, which outlives every handler it calls.
// Threading: the loop's thread.
#pragma once

#include "engine/context.hpp"
#include "engine/control/control_server.hpp"
#include "ledger/operator_verbs.hpp"

#include <boost/json/object.hpp>

namespace devicebatch::engine {

struct ControlCall {
  boost::json::object request;
  Payload& payload;
  Caller caller;
};

enum class Reason { required, optional };

// Who asks, and why. Errc::rejected when the reason is missing or holds a secret.
asio::awaitable<Result<ledger::Actor>> actor_of(Context& context, const ControlCall& call,
                                                Reason reason);

}  // namespace devicebatch::engine
