// engine/supervisor.hpp - starting coroutines whose end or failure does not go unnoticed.
//
// Purpose:   the only place that calls co_spawn. An exception that leaves a coroutine leaves
//            io_context::run() as well, so the process ends with a reason instead of dying quietly.
// Source:    docs/architecture.md, "Threads".
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>

namespace devicebatch::engine {

// `ended` runs on the loop when the coroutine returns by itself.
void spawn(boost::asio::io_context& loop, boost::asio::awaitable<void> coroutine,
           std::function<void()> ended = {});

}  // namespace devicebatch::engine
