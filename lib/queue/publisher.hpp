// queue/publisher.hpp - sends replies to the addresses that messages named.
//
// Purpose:   a connection of its own: an address that the broker refuses ends its session, and must
//            not end the intake with it.
// Lifecycle: connects with the first reply. After stop() PublisherEvents::closed() is the last that
//            is heard; what was not confirmed by then is not heard of. The object outlives the
//            proactor's thread.
// Threading: every public function from any thread; the events come on the queue's thread.
// Bounds:    what the caller has handed over and not heard of yet; kAddresses links.
// Errors:    of a reply: Errc::rejected when this address will never take it, Errc::transient
//            otherwise. The broker may have it all the same: a reply is sent at least once.
#pragma once

#include "queue/connection.hpp"
#include "queue/message.hpp"

#include <deque>
#include <map>
#include <vector>

struct pn_condition_t;
struct pn_delivery_t;
struct pn_link_t;
struct pn_session_t;

namespace devicebatch::queue {

class PublisherEvents {
 public:
  virtual ~PublisherEvents() = default;
  virtual void published(std::uint64_t ticket, Result<void> outcome) = 0;
  virtual void closed() = 0;
};

class Publisher final : private Connection {
 public:
  // Links kept open; each address gets one.
  static constexpr std::size_t kAddresses = 32;

  Publisher(Proactor& proactor, Broker broker, Timing timing, PublisherEvents& events);

  void publish(std::vector<Reply> replies);
  void stop();

 private:
  struct Encoded {
    std::uint64_t ticket = 0;
    std::string bytes;
  };
  struct Outlet {
    pn_session_t* session = nullptr;
    pn_link_t* link = nullptr;
    std::deque<Encoded> waiting;
    std::map<pn_delivery_t*, std::uint64_t> sent;
    bool is_idle() const { return waiting.empty() && sent.empty(); }
  };
  using Outlets = std::map<std::string, Outlet>;

  void opened() override;
  void lost(const Error& why) override;
  void ended() override;
  void handle_own(pn_event_t* event) override;

  void add(const Reply& reply);
  void open_outlet(const std::string& address, Outlet& outlet);
  void make_room();
  void send_waiting(Outlet& outlet);
  void delivery_updated(Outlet& outlet, pn_delivery_t* delivery);
  void outlet_closed(Outlets::iterator outlet, const Error& why);
  Outlets::iterator find(pn_event_t* event);
  void fail_all(Outlet& outlet, const Error& why);

  PublisherEvents& events_;
  Outlets outlets_;
  std::uint64_t last_tag_ = 0;
};

}  // namespace devicebatch::queue
