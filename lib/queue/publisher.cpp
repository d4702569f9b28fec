#include "queue/publisher.hpp"

#include "base/text.hpp"

#include "queue/encode_reply.hpp"
#include <proton/condition.h>
#include <proton/connection.h>
#include <proton/delivery.h>
#include <proton/event.h>
#include <proton/link.h>
#include <proton/session.h>

#include <algorithm>
#include <array>

namespace devicebatch::queue {
namespace {

// With these the address is wrong, not the moment.
bool is_final(std::string_view condition) {
  constexpr std::array<std::string_view, 6> kFinal{
      "amqp:not-found",     "amqp:not-allowed",     "amqp:unauthorized-access",
      "amqp:invalid-field", "amqp:not-implemented", "amqp:link:message-size-exceeded"};
  return std::ranges::find(kFinal, condition) != kFinal.end();
}

Error told_by(pn_condition_t* condition, const char* otherwise) {
  const char* const name = pn_condition_get_name(condition);
  const char* const description = pn_condition_get_description(condition);
  std::string text = name == nullptr ? otherwise : name;
  if (description != nullptr) text += std::string(": ") + description;
  const bool stays = name != nullptr && is_final(name);
  return Error(stays ? Errc::rejected : Errc::transient, printable(text, 500));
}

}  // namespace

Publisher::Publisher(Proactor& proactor, Broker broker, Timing timing, PublisherEvents& events)
    : Connection(proactor, std::move(broker), timing), events_(events) {}

void Publisher::publish(std::vector<Reply> replies) {
  post([this, replies = std::move(replies)] {
    for (const Reply& reply : replies) add(reply);
    open();
    for (auto& [address, outlet] : outlets_) send_waiting(outlet);
  });
}

void Publisher::stop() {
  post([this] { close(); });
}

void Publisher::add(const Reply& reply) {
  Result<std::string> bytes = encode_reply(reply);
  if (!bytes) return events_.published(reply.ticket, fail(std::move(bytes.error())));
  if (!outlets_.contains(reply.address)) make_room();
  Outlet& outlet = outlets_[reply.address];
  outlet.waiting.push_back({reply.ticket, std::move(*bytes)});
  if (is_open() && outlet.link == nullptr) open_outlet(reply.address, outlet);
}

void Publisher::make_room() {
  if (outlets_.size() < kAddresses) return;
  const auto idle = std::find_if(outlets_.begin(), outlets_.end(),
                                 [](const auto& entry) { return entry.second.is_idle(); });
  if (idle == outlets_.end()) return;  // more for a while, bounded by what the caller hands over
  if (idle->second.session != nullptr) pn_session_close(idle->second.session);
  outlets_.erase(idle);
}

void Publisher::open_outlet(const std::string& address, Outlet& outlet) {
  outlet.session = pn_session(handle());
  pn_session_open(outlet.session);
  outlet.link = pn_sender(outlet.session, ("receipts to " + address).c_str());
  pn_terminus_set_address(pn_link_target(outlet.link), address.c_str());
  pn_link_set_snd_settle_mode(outlet.link, PN_SND_UNSETTLED);
  pn_link_set_rcv_settle_mode(outlet.link, PN_RCV_FIRST);
  pn_link_open(outlet.link);
}

void Publisher::opened() {
  for (auto& [address, outlet] : outlets_) open_outlet(address, outlet);
}

void Publisher::fail_all(Outlet& outlet, const Error& why) {
  std::vector<std::uint64_t> tickets;
  for (const Encoded& encoded : outlet.waiting) tickets.push_back(encoded.ticket);
  for (const auto& [delivery, ticket] : outlet.sent) tickets.push_back(ticket);
  outlet.waiting.clear();
  outlet.sent.clear();
  for (const std::uint64_t ticket : tickets) events_.published(ticket, fail(Error(why)));
}

void Publisher::lost(const Error& why) {
  Outlets gone;
  gone.swap(outlets_);
  for (auto& [address, outlet] : gone) fail_all(outlet, why);
}

void Publisher::ended() {
  outlets_.clear();
  events_.closed();
}

Publisher::Outlets::iterator Publisher::find(pn_event_t* event) {
  pn_session_t* const session = pn_event_session(event);
  return std::find_if(outlets_.begin(), outlets_.end(),
                      [session](const auto& entry) { return entry.second.session == session; });
}

void Publisher::handle_own(pn_event_t* event) {
  const auto outlet = find(event);
  if (outlet == outlets_.end()) return;
  switch (pn_event_type(event)) {
    case PN_LINK_REMOTE_OPEN:
    case PN_LINK_FLOW:
      return send_waiting(outlet->second);
    case PN_DELIVERY:
      return delivery_updated(outlet->second, pn_event_delivery(event));
    case PN_LINK_REMOTE_CLOSE:
    case PN_LINK_REMOTE_DETACH:
      return outlet_closed(outlet, told_by(pn_link_remote_condition(outlet->second.link),
                                           "the broker ended the link"));
    case PN_SESSION_REMOTE_CLOSE:
      return outlet_closed(outlet, told_by(pn_session_remote_condition(outlet->second.session),
                                           "the broker ended the session"));
    default:
      return;
  }
}

void Publisher::send_waiting(Outlet& outlet) {
  if (outlet.link == nullptr || !is_open()) return;
  while (!outlet.waiting.empty() && pn_link_credit(outlet.link) > 0) {
    const Encoded encoded = std::move(outlet.waiting.front());
    outlet.waiting.pop_front();
    const std::uint64_t tag = ++last_tag_;
    const auto* const tag_bytes = reinterpret_cast<const char*>(&tag);
    pn_delivery_t* const delivery = pn_delivery(outlet.link, pn_dtag(tag_bytes, sizeof tag));
    pn_link_send(outlet.link, encoded.bytes.data(), encoded.bytes.size());
    pn_link_advance(outlet.link);
    outlet.sent.emplace(delivery, encoded.ticket);
  }
}

void Publisher::delivery_updated(Outlet& outlet, pn_delivery_t* delivery) {
  const auto found = outlet.sent.find(delivery);
  const std::uint64_t state = pn_delivery_remote_state(delivery);
  if (found == outlet.sent.end() || (state == 0 && !pn_delivery_settled(delivery))) return;
  if (state == PN_RECEIVED) return;
  const std::uint64_t ticket = found->second;
  outlet.sent.erase(found);
  Result<void> outcome;
  if (state == PN_REJECTED) {
    outcome = fail(told_by(pn_disposition_condition(pn_delivery_remote(delivery)),
                           "the broker rejected the reply"));
  } else if (state != PN_ACCEPTED) {
    outcome = fail(Errc::transient, "the broker did not take the reply");
  }
  pn_delivery_settle(delivery);
  if (outcome) note_success();
  events_.published(ticket, std::move(outcome));
}

void Publisher::outlet_closed(Outlets::iterator outlet, const Error& why) {
  Outlet gone = std::move(outlet->second);
  outlets_.erase(outlet);
  pn_session_close(gone.session);
  fail_all(gone, why);
}

}  // namespace devicebatch::queue
