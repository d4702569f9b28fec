#include "engine/async.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>

namespace devicebatch::engine {
namespace {

// A handler that can be copied into a std::function and finds its way back to its own executor.
template <class Handler>
class ReturnTicket {
 public:
  explicit ReturnTicket(Handler handler) : state_(std::make_shared<State>(std::move(handler))) {}

  template <class... Values>
  void come_back(Values... values) const {
    auto state = state_;
    auto resume = [state, ... kept = std::move(values)]() mutable {
      Handler handler = std::move(state->handler);
      state->work.reset();
      handler(std::move(kept)...);
    };
    asio::post(state->executor, std::move(resume));
  }

 private:
  using Executor = asio::associated_executor_t<Handler>;
  struct State {
    explicit State(Handler&& moved)
        : handler(std::move(moved)),
          executor(asio::get_associated_executor(handler)),
          work(asio::make_work_guard(executor)) {}
    Handler handler;
    Executor executor;
    asio::executor_work_guard<Executor> work;
  };
  std::shared_ptr<State> state_;
};

}  // namespace

asio::awaitable<Result<void>> run_on_ledger(ledger::JobQueue& queue, ledger::JobQueue::Job job) {
  auto initiate = [&queue, &job](auto handler) {
    ReturnTicket ticket(std::move(handler));
    auto done = [ticket](Result<void> result) { ticket.come_back(std::move(result)); };
    queue.post(std::move(job), done);
  };
  const auto& token = asio::use_awaitable;
  Result<void> result =
      co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Result<void>)>(initiate,
                                                                                       token);
  co_return result;
}

asio::awaitable<void> run_on_worker(asio::any_io_executor workers, std::function<void()> work) {
  auto initiate = [&workers, &work](auto handler) {
    ReturnTicket ticket(std::move(handler));
    auto job = [ticket, task = std::move(work)]() {
      task();
      ticket.come_back();
    };
    asio::post(workers, std::move(job));
  };
  const auto& token = asio::use_awaitable;
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(initiate, token);
}

asio::awaitable<Result<http::Response>> exchange(http::Transport& transport,
                                                 http::Request request) {
  auto initiate = [&transport, &request](auto handler) {
    ReturnTicket ticket(std::move(handler));
    auto done = [ticket](Result<http::Response> response) {
      ticket.come_back(std::move(response));
    };
    transport.start(std::move(request), done);
  };
  const auto& token = asio::use_awaitable;
  Result<http::Response> response =
      co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Result<http::Response>)>(
          initiate, token);
  co_return response;
}

asio::awaitable<void> pause_for(std::chrono::milliseconds duration) {
  const auto executor = co_await asio::this_coro::executor;
  LoopTimer timer(executor, duration);
  co_await wait_for_end(timer);
}

void Wakeup::raise() {
  is_raised_ = true;
  timer_.cancel();
}

asio::awaitable<void> Wakeup::wait_for(std::optional<std::chrono::milliseconds> at_most) {
  if (!is_raised_) {
    if (at_most) {
      timer_.expires_after(*at_most);
    } else {
      timer_.expires_at(MonoTime::max());
    }
    co_await wait_for_end(timer_);
  }
  is_raised_ = false;
}

void spawn(asio::io_context& loop, asio::awaitable<void> coroutine, std::function<void()> ended) {
  auto handler = [ended = std::move(ended)](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
    if (ended) ended();
  };
  asio::co_spawn(loop, std::move(coroutine), std::move(handler));
}

}  // namespace devicebatch::engine
