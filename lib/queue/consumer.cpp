#include "queue/consumer.hpp"

#include "base/text.hpp"

#include "queue/decode_message.hpp"
#include <proton/condition.h>
#include <proton/connection.h>
#include <proton/delivery.h>
#include <proton/event.h>
#include <proton/link.h>
#include <proton/session.h>

#include <array>

namespace devicebatch::queue {
namespace {

// Bytes of transfers that the broker may send before we have read the ones before them. The library
// keeps them, in buffers of up to twice the size.
constexpr std::size_t kSessionBytes = std::size_t{1} << 20;
constexpr std::size_t kReadBytes = 64 * 1024;
// Of the bytes of a message, what may be reserved for nothing.
constexpr std::size_t kSpareShare = 16;

}  // namespace

Consumer::Consumer(Proactor& proactor, Broker broker, ConsumerOptions options,
                   ConsumerEvents& events)
    : Connection(proactor, std::move(broker), options.timing),
      options_(std::move(options)),
      events_(events) {}

void Consumer::start() {
  post([this] { open(); });
}

void Consumer::pause() {
  post([this] {
    is_paused_ = true;
    // What was granted and is not used goes back; the broker answers with what is on its way.
    if (link_ != nullptr) pn_link_drain(link_, 0);
  });
}

void Consumer::resume() {
  post([this] {
    if (!is_paused_) return;
    is_paused_ = false;
    if (link_ != nullptr) pn_link_set_drain(link_, false);
    read_all();
    grant_credit();
  });
}

void Consumer::settle(std::vector<Settlement> settlements) {
  post([this, settlements = std::move(settlements)] {
    for (const Settlement& settlement : settlements) settle_one(settlement);
    read_all();
    grant_credit();
  });
}

void Consumer::stop() {
  post([this] {
    is_paused_ = true;
    for (const auto& [number, held] : held_) release(held.delivery);
    held_.clear();
    held_bytes_ = 0;
    close();
  });
}

void Consumer::opened() {
  pn_session_t* const session = pn_session(handle());
  pn_session_set_incoming_capacity(session, kSessionBytes);
  pn_session_open(session);
  link_ = pn_receiver(session, "submissions");
  pn_terminus_set_address(pn_link_source(link_), options_.address.c_str());
  pn_link_set_snd_settle_mode(link_, PN_SND_UNSETTLED);
  pn_link_set_rcv_settle_mode(link_, PN_RCV_FIRST);
  pn_link_open(link_);
}

// Every delivery of the lost connection is the broker's again.
void Consumer::lost(const Error& why) {
  link_ = nullptr;
  is_attached_ = false;
  held_.clear();
  held_bytes_ = 0;
  growing_.clear();
  growing_bytes_ = 0;
  events_.lost(why);
}

void Consumer::ended() {
  link_ = nullptr;
  held_.clear();
  events_.closed();
}

void Consumer::ended_by_broker(const char* what, pn_condition_t* condition) {
  const char* const name = pn_condition_get_name(condition);
  const char* const description = pn_condition_get_description(condition);
  std::string why = std::string("the broker ended the ") + what;
  if (name != nullptr) why += std::string(": ") + name;
  if (description != nullptr) why += std::string(": ") + description;
  drop(printable(why, 500));
}

void Consumer::handle_own(pn_event_t* event) {
  switch (pn_event_type(event)) {
    case PN_LINK_REMOTE_OPEN:
      // A link that is refused is opened without a source, then closed.
      if (pn_terminus_get_type(pn_link_remote_source(link_)) == PN_UNSPECIFIED) return;
      is_attached_ = true;
      events_.attached();
      return grant_credit();
    case PN_DELIVERY:
      return read_all();
    case PN_LINK_REMOTE_CLOSE:
    case PN_LINK_REMOTE_DETACH:
      return ended_by_broker("link", pn_link_remote_condition(pn_event_link(event)));
    case PN_SESSION_REMOTE_CLOSE:
      return ended_by_broker("session", pn_session_remote_condition(pn_event_session(event)));
    default:
      return;
  }
}

void Consumer::grant_credit() {
  if (link_ == nullptr || !is_attached_ || is_paused_) return;
  const int wanted = static_cast<int>(options_.credit) - static_cast<int>(held_.size());
  const int missing = wanted - pn_link_credit(link_);
  // Small pieces would be a frame for each message.
  const bool is_worth_it = missing * 4 >= static_cast<int>(options_.credit) || held_.empty();
  if (missing > 0 && is_worth_it) pn_link_flow(link_, missing);
}

void Consumer::read_all() {
  if (link_ == nullptr) return;
  while (pn_delivery_t* const delivery = pn_link_current(link_)) {
    // RabbitMQ counts credit from when it hears of it: what was on its way comes on top.
    const bool are_hands_full =
        held_.size() >= options_.credit || held_bytes_ > options_.bytes_in_hand;
    if (are_hands_full || !pn_delivery_readable(delivery)) return;
    if (!read_current(delivery)) return;
  }
}

// Strings double. Messages of a sender are alike: the size of the last one avoids that.
void Consumer::make_room() {
  if (growing_.empty() || growing_.capacity() >= expected_bytes_) return;
  growing_.reserve(expected_bytes_);
}

// True when the message is complete.
bool Consumer::read_current(pn_delivery_t* delivery) {
  std::array<char, kReadBytes> piece;
  const std::uint64_t keep = options_.max_message_bytes + kEnvelopeBytes;
  ssize_t got = 0;
  while ((got = pn_link_recv(link_, piece.data(), piece.size())) > 0) {
    const auto size = static_cast<std::size_t>(got);
    growing_bytes_ += size;
    if (growing_bytes_ <= keep) {
      make_room();
      growing_.append(piece.data(), size);
    } else if (growing_.size() > kEnvelopeBytes) {
      growing_.resize(kEnvelopeBytes);
      growing_.shrink_to_fit();
    }
  }
  if (pn_delivery_aborted(delivery)) {
    growing_.clear();
    growing_bytes_ = 0;
    pn_delivery_settle(delivery);
    return true;
  }
  if (pn_delivery_partial(delivery)) return false;
  hand_over(delivery);
  return true;
}

void Consumer::hand_over(pn_delivery_t* delivery) {
  const std::uint64_t number = ++last_number_;
  const bool is_too_large = growing_bytes_ > options_.max_message_bytes + kEnvelopeBytes;
  const std::uint64_t bytes = growing_.size();
  // A little more: the next message is seldom larger by much.
  if (bytes > kReadBytes) expected_bytes_ = bytes + bytes / kSpareShare;
  if (growing_.capacity() - bytes > bytes / kSpareShare * 2) growing_.shrink_to_fit();
  Decoded decoded = is_too_large ? decode_beginning(growing_, options_.max_message_bytes)
                                 : decode_message(std::move(growing_), options_.max_message_bytes);
  growing_ = std::string();
  growing_bytes_ = 0;
  pn_link_advance(link_);
  held_.emplace(number, Held{delivery, bytes});
  held_bytes_ += bytes;
  if (decoded.refusal) {
    events_.refused(number, std::move(decoded));
  } else {
    events_.arrived({number, std::move(decoded.message)});
  }
}

void Consumer::release(pn_delivery_t* delivery) {
  pn_delivery_update(delivery, PN_RELEASED);
  pn_delivery_settle(delivery);
}

void Consumer::settle_one(const Settlement& settlement) {
  const auto found = held_.find(settlement.number);
  if (found == held_.end()) return;
  pn_delivery_t* const delivery = found->second.delivery;
  held_bytes_ -= found->second.bytes;
  held_.erase(found);
  switch (settlement.outcome) {
    case Outcome::released:
      return release(delivery);
    case Outcome::accepted:
      pn_delivery_update(delivery, PN_ACCEPTED);
      note_success();
      break;
    case Outcome::rejected: {
      pn_condition_t* const why = pn_disposition_condition(pn_delivery_local(delivery));
      pn_condition_set_name(why, settlement.why.condition.c_str());
      pn_condition_set_description(why, settlement.why.reason.c_str());
      pn_delivery_update(delivery, PN_REJECTED);
      break;
    }
  }
  pn_delivery_settle(delivery);
}

}  // namespace devicebatch::queue
