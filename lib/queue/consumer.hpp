// queue/consumer.hpp - takes messages from one address of a broker.
//
// Purpose:   hands messages over and keeps them unsettled until their fate is decided.
// Lifecycle: starts with open(); after close() every message that is not settled is released, and
//            ConsumerEvents::closed() is the last that is heard. The object outlives the proactor's
//            thread.
// Threading: every public function from any thread; the events come on the queue's thread.
// Bounds:    at most `credit` messages are handed over and not settled; no further one is read
//            while more than `bytes_in_hand` of theirs are. Behind it the session's window stops
//            the broker. A message that is too large is thrown away as it comes.
// Errors:    told to lost(). A broker that goes away takes the deliveries with it: settling one of
//            those does nothing, and the broker delivers it again.
// Source:    AMQP 1.0, 2.6.7 (credit), 3.4 (outcomes). `modified` is never used: RabbitMQ 3.10 ends
//            the session for it.
#pragma once

#include "queue/connection.hpp"
#include "queue/message.hpp"

#include <map>
#include <span>
#include <vector>

struct pn_delivery_t;
struct pn_link_t;

namespace devicebatch::queue {

struct Delivery {
  std::uint64_t number = 0;  // never used twice
  Message message;
};

enum class Outcome { accepted, released, rejected };

struct Settlement {
  std::uint64_t number = 0;
  Outcome outcome = Outcome::accepted;
  Refusal why;  // of a rejected one
};

class ConsumerEvents {
 public:
  virtual ~ConsumerEvents() = default;
  virtual void attached() = 0;
  virtual void lost(const Error& why) = 0;
  virtual void arrived(Delivery delivery) = 0;
  // It cannot be taken, whoever looks at it; to be settled all the same.
  virtual void refused(std::uint64_t number, Decoded what) = 0;
  virtual void closed() = 0;
};

struct ConsumerOptions {
  std::string address;
  std::uint32_t credit = 200;
  std::uint64_t max_message_bytes = 64'000'000;
  // Two groups of the taker: one is being taken while the other comes.
  std::uint64_t bytes_in_hand = std::uint64_t{6} << 20;
  Timing timing;
};

class Consumer final : private Connection {
 public:
  Consumer(Proactor& proactor, Broker broker, ConsumerOptions options, ConsumerEvents& events);

  void start();
  void settle(std::vector<Settlement> settlements);
  // While paused no message comes, besides those that were on their way.
  void pause();
  void resume();
  void stop();

 private:
  struct Held {
    pn_delivery_t* delivery = nullptr;
    std::uint64_t bytes = 0;
  };
  void opened() override;
  void lost(const Error& why) override;
  void ended() override;
  void handle_own(pn_event_t* event) override;

  void read_all();
  bool read_current(pn_delivery_t* delivery);
  void make_room();
  void hand_over(pn_delivery_t* delivery);
  void settle_one(const Settlement& settlement);
  void release(pn_delivery_t* delivery);
  void grant_credit();
  void ended_by_broker(const char* what, pn_condition_t* condition);

  const ConsumerOptions options_;
  ConsumerEvents& events_;
  pn_link_t* link_ = nullptr;
  std::map<std::uint64_t, Held> held_;
  std::uint64_t held_bytes_ = 0;
  std::uint64_t last_number_ = 0;
  std::string growing_;  // the message that is being received
  std::uint64_t growing_bytes_ = 0;
  std::size_t expected_bytes_ = 0;  // of a message that comes in several pieces: those of the last
  bool is_paused_ = false;
  bool is_attached_ = false;
};

}  // namespace devicebatch::queue
