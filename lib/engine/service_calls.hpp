// engine/service_calls.hpp - one authorised exchange with the service.
//
// Purpose:   token, request, reply, and what the exchange left behind, for every loop alike.
// Threading: the loop's thread.
#pragma once

#include "engine/destination.hpp"
#include "flow/post_flow.hpp"
#include "ledger/delivery_verbs.hpp"

#include <functional>
#include <string>

namespace devicebatch::engine {

// What the flows want to know, and what the ledger keeps.
struct ServiceReply {
  flow::Outcome outcome;
  ledger::ExchangeRecord record;
  http::Response response;  // empty without a reply
};

// A pause that only an operator's `resume` ends; every other one is tried again after a restart.
inline constexpr std::string_view kPausedByOperator = "operator.paused";

// Makes the request with the bearer token given.
using MakeRequest = std::function<http::Request(std::shared_ptr<const Secret>)>;

// Sends what `make` makes. `endpoint` is a literal for metrics and logs.
asio::awaitable<ServiceReply> call_service(Context& context, std::string_view endpoint,
                                           MakeRequest make, HeldToken token);

// What happened and what to do about it, as one text for a person.
std::string with_advice(std::string what, std::string_view advice);

// Persists a pause and says so once; `code` and `reason` are shown by `status`.
asio::awaitable<void> pause_destination(Context& context, Destination& destination,
                                        std::string code, std::string reason);

}  // namespace devicebatch::engine
