#include "engine/ledger_port.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace devicebatch::engine {

asio::awaitable<void> LedgerPort::pause_after(const Error& error) {
  const bool can_pass = error.code() == Errc::full || error.code() == Errc::transient;
  if (!can_pass) throw LedgerBroken(error);
  log(log_, LogLevel::error, "ledger.waiting", error.message(),
      {{"reason", to_string(error.code())}});
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, std::chrono::seconds(1));
  const auto& token = asio::use_awaitable;
  co_await timer.async_wait(token);
}

}  // namespace devicebatch::engine
