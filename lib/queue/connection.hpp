// queue/connection.hpp - a connection to a broker that comes back by itself.
//
// Purpose:   TLS, SASL, time-outs, and waiting longer after each failure.
// Lifecycle: open() once; it connects again and again until close(). The object outlives the
//            proactor's thread.
// Threading: post() from any thread, the rest on the queue's thread.
// Errors:    told to lost(): Errc::transient for the network, Errc::unauthorized when the broker
//            does not take our name, Errc::bad_config for secrets that cannot be read and names
//            that TLS does not accept.
#pragma once

#include "base/random.hpp"

#include "queue/endpoint.hpp"
#include "queue/proactor.hpp"
#include <proton/types.h>

#include <deque>

namespace devicebatch::queue {

struct Timing {
  std::chrono::milliseconds connect{15'000};  // from the first packet to an open connection
  std::chrono::milliseconds idle{60'000};     // without a frame the connection is dead
  std::chrono::milliseconds retry_first{500};
  std::chrono::milliseconds retry_ceiling{5'000};
  std::chrono::milliseconds settled{10'000};  // up for so long: the next failure is a first one
  std::chrono::milliseconds farewell{2'000};  // for an orderly end
};

class Connection : public EventHandler {
 public:
  Connection(Proactor& proactor, Broker broker, Timing timing);

  void post(Proactor::Work work);
  void handle(pn_event_t* event) override;

 protected:
  void open();
  // An orderly end, then ended(). What comes back is not opened again.
  void close();
  // Ends this connection as a failure: lost() follows, and another try.
  void drop(const std::string& why);
  bool is_open() const { return is_open_; }
  pn_connection_t* handle() const { return connection_; }
  // The work it came for is being done: forget earlier failures.
  void note_success() { failures_ = 0; }

  // The connection is open: begin sessions.
  virtual void opened() = 0;
  // It is gone, with all of its objects.
  virtual void lost(const Error& why) = 0;
  virtual void ended() = 0;
  virtual void handle_own(pn_event_t* event) = 0;

 private:
  void start();
  Result<pn_transport_t*> make_transport(const Access& access) const;
  void run_inbox();
  void transport_closed(pn_event_t* event);
  void start_later(const Error& why);
  Error error_of(pn_event_t* event) const;
  std::chrono::milliseconds pause();

  Proactor& proactor_;
  const Broker broker_;
  const Timing timing_;
  SystemRandom random_;
  pn_connection_t* connection_ = nullptr;
  std::deque<Proactor::Work> inbox_;
  std::uint64_t attempt_ = 0;  // tells the timers of earlier connections apart
  int failures_ = 0;
  MonoTime opened_at_{};
  std::string dropped_why_;
  bool is_open_ = false;
  bool is_closing_ = false;
  bool has_ended_ = false;
};

}  // namespace devicebatch::queue
