// engine/control/control_verbs.hpp - what can be asked over the control socket.
//
// Purpose:   {"verb": "status"} and its like to a JSON answer: one table of verbs, each with who
//            may use it. Questions that the ledger alone can answer are in ledger_questions.hpp,
//            those that need the service in service_verbs.hpp.
// Threading: the loop's thread.
// Errors:    Errc::forbidden for a change that came in through the socket for monitoring.
// Source:    docs/operations.md, "Control socket" and "Operator's verbs".
#pragma once

#include "engine/control/control_call.hpp"
#include "engine/control/ledger_questions.hpp"
#include "engine/control/service_verbs.hpp"
#include "engine/engine.hpp"

#include <string_view>

namespace devicebatch::engine {

class ControlVerbs {
 public:
  ControlVerbs(Context& context, Engine& engine);

  asio::awaitable<Result<boost::json::object>> handle(boost::json::object request, Payload& payload,
                                                      Caller caller);

  // The ledger reads itself through, which may take minutes: it is busy, not stuck.
  bool is_verifying() const { return verifications_ > 0; }

 private:
  using Answer = asio::awaitable<Result<boost::json::object>>;
  struct Verb {
    std::string_view name;
    Audience audience;
    Answer (ControlVerbs::*handler)(ControlCall& call);
  };
  static const Verb* find_verb(std::string_view name);

  Answer ask_ledger(ControlCall& call);
  Answer about(ControlCall& call);
  Answer submit(ControlCall& call);
  Answer pause(ControlCall& call);
  Answer resume(ControlCall& call);
  Answer change(ControlCall& call);
  Answer pause_or_resume(ControlCall& call, bool pauses);
  Answer dry_run(ControlCall& call, ledger::Actor actor);
  asio::awaitable<Result<std::uint64_t>> receive(Payload& payload,
                                                 spool::DropFolder::Inbound& inbound);
  DestinationBook book() const;

  Context& context_;
  Engine& engine_;
  LedgerPort ledger_;
  ServiceVerbs service_;
  int verifications_ = 0;
};

}  // namespace devicebatch::engine
