#include "integration/queue/scripted_broker.hpp"

#include "integration/queue/broker.hpp"
#include <proton/condition.h>
#include <proton/connection.h>
#include <proton/delivery.h>
#include <proton/disposition.h>
#include <proton/event.h>
#include <proton/link.h>
#include <proton/listener.h>
#include <proton/proactor.h>
#include <proton/sasl.h>
#include <proton/session.h>
#include <proton/transport.h>

namespace devicebatch::integration {
namespace {

std::string text_of(const char* text) {
  return text == nullptr ? "" : text;
}

std::string state_name(std::uint64_t state) {
  if (state == PN_ACCEPTED) return "accepted";
  if (state == PN_REJECTED) return "rejected";
  return state == PN_RELEASED ? "released" : "other";
}

}  // namespace

ScriptedBroker::ScriptedBroker() : port_(free_port()), proactor_(pn_proactor()) {
  pn_proactor_listen(proactor_, pn_listener(), place().c_str(), 16);
  thread_ = std::thread([this] { run(); });
}

ScriptedBroker::~ScriptedBroker() {
  pn_proactor_interrupt(proactor_);
  thread_.join();
  pn_proactor_free(proactor_);
}

void ScriptedBroker::add(const OutMessage& message) {
  script_.push_back({message.id, encode_message(message), nullptr});
}

std::map<std::string, ScriptedBroker::Outcome> ScriptedBroker::outcomes() const {
  const std::lock_guard lock(mutex_);
  return outcomes_;
}

void ScriptedBroker::send_on(pn_link_t* link) {
  while (next_ < script_.size() && pn_link_credit(link) > 0) {
    Script& script = script_[next_++];
    const auto* const tag = reinterpret_cast<const char*>(&next_);
    script.delivery = pn_delivery(link, pn_dtag(tag, sizeof next_));
    pn_link_send(link, script.bytes.data(), script.bytes.size());
    pn_link_advance(link);
  }
}

void ScriptedBroker::note(pn_delivery_t* delivery) {
  const std::uint64_t state = pn_delivery_remote_state(delivery);
  if (state == 0) return;
  for (Script& script : script_) {
    if (script.delivery != delivery) continue;
    pn_condition_t* const why = pn_disposition_condition(pn_delivery_remote(delivery));
    const std::lock_guard lock(mutex_);
    outcomes_[script.id] = {state_name(state), text_of(pn_condition_get_name(why)),
                            text_of(pn_condition_get_description(why))};
    script.delivery = nullptr;
  }
  pn_delivery_settle(delivery);
}

bool ScriptedBroker::handle(pn_event_t* event) {
  switch (pn_event_type(event)) {
    case PN_LISTENER_ACCEPT: {
      pn_transport_t* const transport = pn_transport();
      pn_transport_set_server(transport);
      pn_sasl_allowed_mechs(pn_sasl(transport), "ANONYMOUS");
      pn_listener_accept2(pn_event_listener(event), nullptr, transport);
      return true;
    }
    case PN_CONNECTION_REMOTE_OPEN:
      pn_connection_open(pn_event_connection(event));
      return true;
    case PN_SESSION_REMOTE_OPEN:
      pn_session_open(pn_event_session(event));
      return true;
    case PN_LINK_REMOTE_OPEN: {
      pn_link_t* const link = pn_event_link(event);
      pn_terminus_copy(pn_link_source(link), pn_link_remote_source(link));
      pn_link_open(link);
      return true;
    }
    case PN_LINK_FLOW:
      send_on(pn_event_link(event));
      return true;
    case PN_DELIVERY:
      note(pn_event_delivery(event));
      return true;
    case PN_CONNECTION_REMOTE_CLOSE:
      pn_connection_close(pn_event_connection(event));
      return true;
    default:
      return pn_event_type(event) != PN_PROACTOR_INTERRUPT;
  }
}

void ScriptedBroker::run() {
  for (bool goes_on = true; goes_on;) {
    pn_event_batch_t* const batch = pn_proactor_wait(proactor_);
    while (pn_event_t* const event = pn_event_batch_next(batch)) {
      goes_on = handle(event) && goes_on;
    }
    pn_proactor_done(proactor_, batch);
  }
}

}  // namespace devicebatch::integration
