// http/transfer_watch.hpp - when a transfer that gets nowhere is given up.
//
// Purpose:   libcurl bounds the connection and the whole. In between there are two waits: bytes
//            that should flow, and a server that thinks about what it has got. The second may take
//            long, so it has a bound of its own and does not count as too slow.
// Lifecycle: one for each request, from its start.
// Threading: a value; the transport thread.
// Source:    docs/protocol.md, "Transport". libcurl has no time to the first byte, counts speed in
//            whole seconds, and its speed limit includes the wait for the reply.
#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <optional>

namespace devicebatch::http {

struct Progress {
  bool is_connected = false;  // name, connection, proxy and TLS are through
  bool is_sent = false;       // the last byte of the request is on its way
  bool is_answered = false;   // the first line of the reply is in; an interim reply is none
  std::uint64_t bytes = 0;    // of the body sent, and of the reply
};

enum class Transfer { goes_on, no_first_byte, too_slow };

class TransferWatch {
 public:
  // Zero: without that bound. Too slow is below one byte a second over `low_speed`.
  TransferWatch(std::chrono::milliseconds first_byte, std::chrono::milliseconds low_speed)
      : first_byte_(first_byte), low_speed_(low_speed) {}

  Transfer look(const Progress& progress, MonoTime now);
  // When to look again at the latest; nullopt: not before the next progress.
  std::optional<MonoTime> next_look() const { return next_look_; }

 private:
  enum class Phase { connecting, sending, waiting, receiving };
  static Phase phase_of(const Progress& progress);
  void begin(Phase phase, const Progress& progress, MonoTime now);
  std::chrono::milliseconds bound() const;

  std::chrono::milliseconds first_byte_;
  std::chrono::milliseconds low_speed_;
  Phase phase_ = Phase::connecting;
  MonoTime since_;
  std::uint64_t bytes_then_ = 0;
  std::optional<MonoTime> next_look_;
};

}  // namespace devicebatch::http
