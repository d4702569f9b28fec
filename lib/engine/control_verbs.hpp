// engine/control_verbs.hpp - what can be asked over the control socket.
//
// Purpose:   {"verb": "status"} and its like to a JSON answer. The questions about the ledger are
//            plain functions, so that the command line can ask them of a ledger that no daemon
//            holds.
// Threading: the loop's thread.
// Source:    docs/operations.md, "Control socket".
#pragma once

#include "engine/control_server.hpp"
#include "engine/engine.hpp"
#include "engine/report_json.hpp"

#include <functional>

namespace devicebatch::engine {

// status, explain, verify and submission: answered from the ledger alone. Runs on the ledger
// thread.
Result<boost::json::object> answer_from_ledger(ledger::Ledger& ledger,
                                               const boost::json::object& request,
                                               const DestinationNames& names, UtcTime now);
bool is_ledger_question(std::string_view verb);

class ControlVerbs {
 public:
  ControlVerbs(Context& context, Engine& engine) : context_(context), engine_(engine) {}

  asio::awaitable<Result<boost::json::object>> handle(boost::json::object request,
                                                      Payload& payload);

  // The ledger reads itself through, which may take minutes: it is busy, not stuck.
  bool is_verifying() const { return verifications_ > 0; }

 private:
  asio::awaitable<Result<boost::json::object>> ask_ledger(boost::json::object request);
  asio::awaitable<Result<boost::json::object>> submit(boost::json::object request,
                                                      Payload& payload);
  asio::awaitable<Result<boost::json::object>> pause_or_resume(boost::json::object request,
                                                               bool pauses);
  asio::awaitable<Result<std::uint64_t>> receive(Payload& payload,
                                                 spool::DropFolder::Inbound& inbound);
  boost::json::object about() const;

  Context& context_;
  Engine& engine_;
  int verifications_ = 0;
};

}  // namespace devicebatch::engine
