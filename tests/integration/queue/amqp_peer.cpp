#include "integration/queue/amqp_peer.hpp"

#include "integration/queue/broker.hpp"
#include <catch2/catch.hpp>
#include <proton/condition.h>
#include <proton/connection.h>
#include <proton/delivery.h>
#include <proton/event.h>
#include <proton/link.h>
#include <proton/message.h>
#include <proton/proactor.h>
#include <proton/sasl.h>
#include <proton/session.h>
#include <proton/transport.h>

#include <memory>

namespace devicebatch::integration {
namespace {

pn_bytes_t bytes_of(const std::string& text) {
  return pn_bytes(text.size(), text.data());
}

std::string text_of(pn_data_t* data) {
  pn_data_rewind(data);
  if (!pn_data_next(data)) return {};
  const pn_bytes_t text =
      pn_data_type(data) == PN_BINARY ? pn_data_get_binary(data) : pn_data_get_string(data);
  return std::string(text.start == nullptr ? "" : text.start, text.size);
}

InMessage decode(const std::string& bytes) {
  pn_message_t* const message = pn_message();
  InMessage in;
  if (pn_message_decode(message, bytes.data(), bytes.size()) == 0) {
    in.body = text_of(pn_message_body(message));
    in.id = text_of(pn_message_id(message));
    in.correlation_id = text_of(pn_message_correlation_id(message));
    const char* const type = pn_message_get_content_type(message);
    if (type != nullptr) in.content_type = type;
  }
  pn_message_free(message);
  return in;
}

// One connection with one link, until `is_done` or the time is over.
class Dialogue {
 public:
  virtual ~Dialogue() { pn_proactor_free(proactor_); }

  // False when the time was over first.
  bool run(const std::string& address, std::chrono::milliseconds limit) {
    pn_connection_t* const connection = pn_connection();
    pn_connection_set_user(connection, Broker::kUser);
    pn_connection_set_password(connection, Broker::kPassword);
    pn_transport_t* const transport = pn_transport();
    pn_sasl_t* const sasl = pn_sasl(transport);
    pn_sasl_allowed_mechs(sasl, "PLAIN");
    pn_sasl_set_allow_insecure_mechs(sasl, true);
    pn_connection_open(connection);
    pn_session_t* const session = pn_session(connection);
    pn_session_open(session);
    make_link(session);
    pn_proactor_connect2(proactor_, connection, transport, address.c_str());
    pn_proactor_set_timeout(proactor_, static_cast<pn_millis_t>(limit.count()));
    for (;;) {
      pn_event_batch_t* const batch = pn_proactor_wait(proactor_);
      const bool goes_on = handle(batch);
      pn_proactor_done(proactor_, batch);
      if (!goes_on) return is_in_time_;
    }
  }

  const std::string& trouble() const { return trouble_; }

 protected:
  virtual void make_link(pn_session_t* session) = 0;
  // True when everything is done.
  virtual bool advance(pn_event_t* event) = 0;
  void extend(std::chrono::milliseconds limit) {
    pn_proactor_set_timeout(proactor_, static_cast<pn_millis_t>(limit.count()));
  }

 private:
  bool handle(pn_event_batch_t* batch) {
    while (pn_event_t* const event = pn_event_batch_next(batch)) {
      switch (pn_event_type(event)) {
        case PN_PROACTOR_TIMEOUT:
          is_in_time_ = false;
          return false;
        case PN_LINK_REMOTE_CLOSE:
          note(pn_link_remote_condition(pn_event_link(event)));
          break;
        case PN_SESSION_REMOTE_CLOSE:
          note(pn_session_remote_condition(pn_event_session(event)));
          break;
        case PN_TRANSPORT_CLOSED:
          note(pn_transport_condition(pn_event_transport(event)));
          is_in_time_ = is_done_;
          return false;
        default:
          if (!is_done_ && advance(event)) {
            is_done_ = true;
            // Closing says goodbye after what was settled.
            pn_connection_close(pn_event_connection(event));
          }
      }
    }
    return true;
  }

  void note(pn_condition_t* condition) {
    const char* const what = pn_condition_get_description(condition);
    if (what != nullptr) trouble_ += std::string(what) + "; ";
  }

  pn_proactor_t* const proactor_ = pn_proactor();
  std::string trouble_;
  bool is_in_time_ = true;
  bool is_done_ = false;
};

class Sending final : public Dialogue {
 public:
  Sending(std::string to, const std::vector<OutMessage>& messages)
      : to_(std::move(to)), messages_(messages) {}

 private:
  void make_link(pn_session_t* session) override {
    link_ = pn_sender(session, "sender");
    pn_terminus_set_address(pn_link_target(link_), to_.c_str());
    pn_terminus_set_durability(pn_link_target(link_), PN_DELIVERIES);
    pn_link_open(link_);
  }

  bool advance(pn_event_t* event) override {
    if (pn_event_type(event) == PN_DELIVERY) {
      pn_delivery_t* const delivery = pn_event_delivery(event);
      if (pn_delivery_remote_state(delivery) != 0) {
        if (pn_delivery_remote_state(delivery) == PN_ACCEPTED) ++accepted_;
        pn_delivery_settle(delivery);
      }
    }
    while (next_ < messages_.size() && pn_link_credit(link_) > 0) {
      const std::string bytes = encode_message(messages_[next_++]);
      const auto* const tag = reinterpret_cast<const char*>(&next_);
      pn_delivery(link_, pn_dtag(tag, sizeof next_));
      pn_link_send(link_, bytes.data(), bytes.size());
      pn_link_advance(link_);
    }
    return accepted_ == messages_.size();
  }

  const std::string to_;
  const std::vector<OutMessage>& messages_;
  pn_link_t* link_ = nullptr;
  std::size_t next_ = 0;
  std::size_t accepted_ = 0;
};

class Receiving final : public Dialogue {
 public:
  Receiving(std::string from, std::size_t count, std::chrono::milliseconds quiet)
      : from_(std::move(from)), count_(count), quiet_(quiet) {}

  std::vector<InMessage> messages;

 private:
  void make_link(pn_session_t* session) override {
    link_ = pn_receiver(session, "receiver");
    pn_terminus_set_address(pn_link_source(link_), from_.c_str());
    pn_terminus_set_durability(pn_link_source(link_), PN_DELIVERIES);
    pn_link_open(link_);
    pn_link_flow(link_, static_cast<int>(std::min<std::size_t>(count_, 1000)));
  }

  bool advance(pn_event_t* event) override {
    if (pn_event_type(event) != PN_DELIVERY) return false;
    while (pn_delivery_t* const delivery = pn_link_current(link_)) {
      if (!pn_delivery_readable(delivery) || pn_delivery_partial(delivery)) return false;
      std::string bytes(pn_delivery_pending(delivery), '\0');
      pn_link_recv(link_, bytes.data(), bytes.size());
      messages.push_back(decode(bytes));
      pn_link_advance(link_);
      pn_delivery_update(delivery, PN_ACCEPTED);
      pn_delivery_settle(delivery);
      if (quiet_.count() > 0) extend(quiet_);
      if (messages.size() == count_) return true;
      if (pn_link_credit(link_) == 0) pn_link_flow(link_, 1000);
    }
    return false;
  }

  const std::string from_;
  const std::size_t count_;
  const std::chrono::milliseconds quiet_;
  pn_link_t* link_ = nullptr;
};

}  // namespace

std::string encode_message(const OutMessage& out) {
  pn_message_t* const message = pn_message();
  pn_message_set_durable(message, true);
  pn_message_set_inferred(message, true);
  pn_data_put_binary(pn_message_body(message), bytes_of(out.body));
  if (!out.id.empty()) pn_data_put_string(pn_message_id(message), bytes_of(out.id));
  if (!out.correlation_id.empty()) {
    pn_data_put_string(pn_message_correlation_id(message), bytes_of(out.correlation_id));
  }
  if (!out.reply_to.empty()) pn_message_set_reply_to(message, out.reply_to.c_str());
  if (!out.content_type.empty()) pn_message_set_content_type(message, out.content_type.c_str());
  if (!out.destination.empty()) {
    pn_data_t* const properties = pn_message_properties(message);
    pn_data_put_map(properties);
    pn_data_enter(properties);
    pn_data_put_string(properties, bytes_of("destination"));
    pn_data_put_string(properties, bytes_of(out.destination));
    pn_data_exit(properties);
  }
  if (out.change) out.change(message);
  std::string bytes(out.body.size() + 8192, '\0');
  std::size_t size = bytes.size();
  const int error = pn_message_encode(message, bytes.data(), &size);
  pn_message_free(message);
  REQUIRE(error == 0);
  bytes.resize(size);
  return bytes;
}

void AmqpPeer::send(const std::string& to, const std::vector<OutMessage>& messages) const {
  Sending sending(to, messages);
  const bool is_done = sending.run(address_, kPatience);
  INFO(to << ": " << sending.trouble());
  REQUIRE(is_done);
}

std::vector<InMessage> AmqpPeer::receive(const std::string& from, std::size_t count) const {
  Receiving receiving(from, count, std::chrono::milliseconds(0));
  const bool is_done = receiving.run(address_, kPatience);
  INFO(from << ": " << receiving.messages.size() << " of " << count << "; " << receiving.trouble());
  REQUIRE(is_done);
  return std::move(receiving.messages);
}

std::vector<InMessage> AmqpPeer::drain(const std::string& from) const {
  constexpr std::chrono::milliseconds kQuiet{500};
  Receiving receiving(from, static_cast<std::size_t>(-1), kQuiet);
  (void)receiving.run(address_, kQuiet * 4);  // ends by its time
  return std::move(receiving.messages);
}

}  // namespace devicebatch::integration
