// sandbox/web/session.hpp - one connection.
//
// Purpose:   reads requests, waits as the answer asks, writes or breaks off.
// Lifecycle: owns itself through the pending operation; gone when the connection is.
// Threading: the loop. A delayed answer occupies its own connection only.
// Source:    Beast parses; callbacks instead of coroutines, because g++ 12 miscompiles some.
#pragma once

#include "base/clock.hpp"
#include "sandbox/options.hpp"
#include "sandbox/web/connection.hpp"
#include "sandbox/web/message.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace devicebatch::sandbox {

// Whoever answers requests; outlives every session.
class Responder {
 public:
  virtual ~Responder() = default;
  // The header is there. Draws what befalls the request; a number ends the connection after so many
  // of its bytes, or at its end, and nothing is processed.
  virtual std::optional<std::uint64_t> begin(Request& request) = 0;
  virtual Answer answer(Request& request) = 0;
  // The session has answered by itself, because the body was not worth reading, or has broken off.
  virtual void note_refused(const Request& request, const Answer& answer) = 0;
};

// What a session needs of its owner, who outlives it.
struct SessionEnvironment {
  const Clock& clock;  // delays are real, whatever the time of the service
  const Options& options;
  Responder& responder;
};

void start_session(std::unique_ptr<Connection> connection, boost::asio::any_io_executor executor,
                   const SessionEnvironment& environment);

}  // namespace devicebatch::sandbox
