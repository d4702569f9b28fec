// engine/delivery/service_calls.hpp - one authorised exchange with the service.
//
// Purpose:   token, request, reply, and what the exchange left behind, for every loop alike.
// Threading: the loop's thread.
#pragma once

#include "engine/delivery/destination.hpp"
#include "flow/post_flow.hpp"
#include "ledger/delivery_verbs.hpp"
#include "partner_center/api.hpp"

#include <functional>
#include <string>

namespace devicebatch::engine {

// What the flows want to know, and what the ledger keeps.
struct ServiceReply {
  flow::Outcome outcome;
  ledger::ExchangeRecord record;
  http::Response response;  // empty without a reply
  std::chrono::nanoseconds took{0};
  bool was_token_renewed = false;  // a first answer had refused the token
};

// A pause that only an operator's `resume` ends; every other one is tried again after a restart.
inline constexpr std::string_view kPausedByOperator = "operator.paused";

// Makes the request with the bearer token given.
using MakeRequest = std::function<http::Request(std::shared_ptr<const Secret>)>;

// Sends what `make` makes. `endpoint` is a literal for metrics and logs.
asio::awaitable<ServiceReply> call_service(Context& context, std::string_view endpoint,
                                           MakeRequest make, HeldToken token);

// What a GET is, before its ids and its token.
using MakeQuestion = std::function<http::Request(const partner_center::CallIds& ids,
                                                 std::shared_ptr<const Secret> bearer)>;

// Asks what may be asked as often as needed: with a token, a new one after a first refusal, quick
// tries while the service is ill, all under the breakers of the destination. Errc::busy: a breaker
// is open; Errc::unauthorized and others: there is no token. Both say by the account's
// blocked_until() when to come back.
asio::awaitable<Result<ServiceReply>> ask_service(Context& context, Destination& destination,
                                                  policy::Call call, MakeQuestion make);

// What happened and what to do about it, as one text for a person.
std::string with_advice(std::string what, std::string_view advice);

// Persists a pause and says so once; `code` and `reason` are shown by `status`.
asio::awaitable<void> pause_destination(Context& context, Destination& destination,
                                        std::string code, std::string reason);
asio::awaitable<void> pause_account(Context& context, Account& account, std::string code,
                                    std::string reason);

// The API as the settings describe it.
partner_center::Api make_api(const settings::Settings& settings);
policy::RetryRules retry_rules(const settings::Settings& settings);
// The literal for metrics and logs.
std::string_view endpoint_of(policy::Call call);

}  // namespace devicebatch::engine
