// integration/queue/amqp_peer.hpp - whoever sends submissions and reads the answers.
//
// Purpose:   a client of its own, that shares no code with lib/queue.
// Threading: one thread; every call blocks until it is done or the test has failed.
#pragma once

#include "integration/child_process.hpp"

#include <functional>
#include <string>
#include <vector>

struct pn_message_t;

namespace devicebatch::integration {

struct OutMessage {
  std::string body;
  std::string id = {};
  std::string reply_to = {};
  std::string correlation_id = {};
  std::string content_type = {};
  std::string destination = {};
  std::function<void(pn_message_t*)> change = {};  // anything else, last
};

struct InMessage {
  std::string body;
  std::string id;
  std::string correlation_id;
  std::string content_type;
};

std::string encode_message(const OutMessage& message);

class AmqpPeer {
 public:
  explicit AmqpPeer(std::string host_and_port) : address_(std::move(host_and_port)) {}

  // Returns when the broker has accepted every one.
  void send(const std::string& to, const std::vector<OutMessage>& messages) const;
  // Takes so many messages off a queue; fails the test when they do not come in time.
  std::vector<InMessage> receive(const std::string& from, std::size_t count) const;
  // Takes what comes until nothing more has come for a while.
  std::vector<InMessage> drain(const std::string& from) const;

 private:
  std::string address_;
};

}  // namespace devicebatch::integration
