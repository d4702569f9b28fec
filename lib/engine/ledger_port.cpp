#include "engine/ledger_port.hpp"

namespace devicebatch::engine {

asio::awaitable<void> LedgerPort::pause_after(const Error& error) {
  const bool can_pass = error.code() == Errc::full || error.code() == Errc::transient;
  if (!can_pass) throw LedgerBroken(error);
  log(log_, LogLevel::error, "ledger.waiting", error.message(),
      {{"reason", to_string(error.code())}});
  co_await pause_for(std::chrono::seconds(1));
}

}  // namespace devicebatch::engine
