#include "engine/control/control_call.hpp"

#include "base/text.hpp"
#include "engine/control/operator_name.hpp"
#include "engine/control/request_fields.hpp"

namespace devicebatch::engine {

asio::awaitable<Result<ledger::Actor>> actor_of(Context& context, const ControlCall& call,
                                                Reason reason) {
  ledger::Actor actor;
  actor.why = std::string(trim(text_field(call.request, "reason")));
  if (actor.why.empty() && reason == Reason::required) {
    co_return fail(Errc::rejected, "say why with --reason: it is kept in the audit log");
  }
  Result<void> checked = check_text(actor.why, "the reason");
  if (!checked) co_return fail(std::move(checked.error()));
  const uid_t uid = call.caller.uid;
  std::function<void()> ask = [&actor, uid] { actor.who = operator_name(uid); };
  co_await run_on_worker(context.workers, ask);
  co_return actor;
}

}  // namespace devicebatch::engine
