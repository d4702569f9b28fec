// devicebatch-amqp-drain: the rival of the daemon at a queue. Takes messages and accepts each at
// once, without reading, checking or keeping it.
//
//   devicebatch-amqp-drain --broker HOST:PORT --address ADDRESS --count MESSAGES
#include <CLI/CLI.hpp>
#include <proton/connection.h>
#include <proton/delivery.h>
#include <proton/event.h>
#include <proton/link.h>
#include <proton/proactor.h>
#include <proton/sasl.h>
#include <proton/session.h>
#include <proton/transport.h>

#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

namespace {

// As many as the daemon has in flight by default.
constexpr int kCredit = 200;
constexpr pn_millis_t kPatience = 600'000;

class Drain {
 public:
  Drain(std::string address, std::size_t count) : address_(std::move(address)), left_(count) {}
  ~Drain() { pn_proactor_free(proactor_); }
  Drain(const Drain&) = delete;
  Drain& operator=(const Drain&) = delete;

  // False when the connection or the time ended first.
  bool run(const std::string& broker) {
    pn_connection_t* const connection = pn_connection();
    pn_transport_t* const transport = pn_transport();
    pn_sasl_allowed_mechs(pn_sasl(transport), "ANONYMOUS");
    pn_connection_open(connection);
    pn_session_t* const session = pn_session(connection);
    pn_session_open(session);
    link_ = pn_receiver(session, "drain");
    pn_terminus_set_address(pn_link_source(link_), address_.c_str());
    pn_link_open(link_);
    pn_link_flow(link_, kCredit);
    pn_proactor_connect2(proactor_, connection, transport, broker.c_str());
    pn_proactor_set_timeout(proactor_, kPatience);
    for (bool goes_on = true; goes_on;) {
      pn_event_batch_t* const batch = pn_proactor_wait(proactor_);
      while (pn_event_t* const event = pn_event_batch_next(batch)) {
        if (!handle(event)) goes_on = false;
      }
      pn_proactor_done(proactor_, batch);
    }
    return left_ == 0;
  }

 private:
  bool handle(pn_event_t* event) {
    const pn_event_type_t type = pn_event_type(event);
    if (type == PN_TRANSPORT_CLOSED || type == PN_PROACTOR_TIMEOUT) return false;
    if (type != PN_DELIVERY || left_ == 0) return true;
    while (pn_delivery_t* const delivery = pn_link_current(link_)) {
      while (pn_link_recv(link_, piece_.data(), piece_.size()) > 0) {
      }
      if (pn_delivery_partial(delivery)) return true;
      pn_link_advance(link_);
      pn_delivery_update(delivery, PN_ACCEPTED);
      pn_delivery_settle(delivery);
      pn_link_flow(link_, 1);
      if (--left_ > 0) continue;
      // Closing says goodbye after what was settled.
      pn_connection_close(pn_event_connection(event));
      return true;
    }
    return true;
  }

  const std::string address_;
  std::size_t left_;
  pn_proactor_t* const proactor_ = pn_proactor();
  pn_link_t* link_ = nullptr;
  std::vector<char> piece_ = std::vector<char>(64 * 1024);
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Takes messages off a queue and keeps none.");
  std::string broker;
  std::string address;
  std::size_t count = 0;
  app.add_option("--broker", broker, "HOST:PORT")->required();
  app.add_option("--address", address, "/queue/NAME")->required();
  app.add_option("--count", count, "messages")->required();
  CLI11_PARSE(app, argc, argv);
  if (Drain(address, count).run(broker)) return 0;
  std::fputs("devicebatch-amqp-drain: the connection ended first\n", stderr);
  return 1;
}
