// engine/control/service_place.hpp - whose batches, devices or policies a person asks about.
//
// Purpose:   a destination of the settings by its name, or any customer of an account by its id.
// Lifecycle: lives in the coroutine that serves the request.
// Errors:    Errc::not_found; Errc::rejected when several accounts could be meant.
#pragma once

#include "engine/control/control_call.hpp"
#include "engine/engine.hpp"

#include <memory>
#include <string>

namespace devicebatch::engine {

struct ServicePlace {
  Destination& destination() const { return own ? *own : *known; }

  Destination* known = nullptr;
  std::unique_ptr<Destination> own;  // of a customer that is no destination, made for one request
  std::string label;                 // for the audit log: "destination fabrikam"
  std::string batch;                 // as the service spells it; empty for a customer as such
};

// {"destination": NAME or customer id, "batch": ID of a customer's, "account": NAME}
asio::awaitable<Result<ServicePlace>> find_place(Context& context, Engine& engine,
                                                 const ControlCall& call);

}  // namespace devicebatch::engine
