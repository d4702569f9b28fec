#include "engine/supervisor.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>

namespace devicebatch::engine {

void spawn(boost::asio::io_context& loop, boost::asio::awaitable<void> coroutine,
           std::function<void()> ended) {
  auto handler = [ended = std::move(ended)](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
    if (ended) ended();
  };
  boost::asio::co_spawn(loop, std::move(coroutine), std::move(handler));
}

}  // namespace devicebatch::engine
