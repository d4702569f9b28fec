// queue/proactor.hpp - the one thread that talks AMQP.
//
// Purpose:   Proton's proactor does the sockets, TLS and timers; whatever touches its objects runs
//            here, in turn.
// Lifecycle: the thread ("queue") starts with the object and ends with it; connections are aborted
//            then. Whoever has posted work or owns connections outlives it.
// Threading: post() from any thread, the rest on the queue's thread.
// Source:    proton/proactor.h. An object of Proton may only be used while an event of its own
//            connection is handled; so work for a connection is left in its inbox and it is woken.
#pragma once

#include "base/clock.hpp"

#include <proton/proactor.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

struct pn_event_t;

namespace devicebatch::queue {

// Whoever owns a connection: hears its events.
class EventHandler {
 public:
  virtual ~EventHandler() = default;
  virtual void handle(pn_event_t* event) = 0;
};

class Proactor {
 public:
  using Work = std::function<void()>;

  explicit Proactor(const Clock& clock);
  ~Proactor();
  Proactor(const Proactor&) = delete;
  Proactor& operator=(const Proactor&) = delete;

  void post(Work work);
  // Ends the thread: nothing is called any more.
  void stop();

  // Takes both; the handler is the connection's context.
  void connect(pn_connection_t* connection, pn_transport_t* transport, const std::string& address);
  void run_after(std::chrono::milliseconds delay, Work work);
  MonoTime now() const { return clock_.now_mono(); }

 private:
  void run();
  void dispatch(pn_event_t* event);
  void run_posted();
  void run_due();
  void set_alarm();

  const Clock& clock_;
  pn_proactor_t* const proactor_;
  // Of the queue's thread.
  std::multimap<MonoTime, Work> timers_;
  // Behind the mutex.
  std::mutex mutex_;
  std::vector<Work> posted_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace devicebatch::queue
