// sandbox/web/session.hpp - one connection.
//
// Purpose:   reads requests, waits as the answer asks, writes or breaks off. Nothing but this file
//            and the acceptor knows sockets.
// Lifecycle: owns itself through the pending operation; gone when the connection is.
// Threading: the loop. A delayed answer occupies its own connection only.
// Source:    Beast; callbacks instead of coroutines, because g++ 12 miscompiles some of those.
#pragma once

#include "base/clock.hpp"
#include "sandbox/options.hpp"
#include "sandbox/web/message.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>

namespace devicebatch::sandbox {

using Handler = std::function<Answer(Request&)>;

// What a session needs of its owner, who outlives it.
struct SessionEnvironment {
  const Clock& clock;
  const Options& options;
  Handler handler;
};

void start_session(boost::asio::ip::tcp::socket socket, const SessionEnvironment& environment);

}  // namespace devicebatch::sandbox
