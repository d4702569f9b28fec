// integration/queue/scripted_broker.hpp - a broker that hands out what it is told to.
//
// Purpose:   what RabbitMQ 3.10 cannot show: delivery counts in headers, and the condition with
//            which a message was rejected.
// Lifecycle: listens on a free loopback port from construction to destruction.
// Threading: add() before anybody connects; outcomes() from any thread.
#pragma once

#include "integration/queue/amqp_peer.hpp"

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

struct pn_delivery_t;
struct pn_event_t;
struct pn_link_t;
struct pn_proactor_t;

namespace devicebatch::integration {

class ScriptedBroker {
 public:
  struct Outcome {
    std::string state;
    std::string condition;
    std::string description;
  };

  ScriptedBroker();
  ~ScriptedBroker();
  ScriptedBroker(const ScriptedBroker&) = delete;
  ScriptedBroker& operator=(const ScriptedBroker&) = delete;

  std::string place() const { return "127.0.0.1:" + std::to_string(port_); }
  void add(const OutMessage& message);
  // By the id of the message.
  std::map<std::string, Outcome> outcomes() const;

 private:
  struct Script {
    std::string id;
    std::string bytes;
    pn_delivery_t* delivery = nullptr;
  };

  void run();
  bool handle(pn_event_t* event);
  void send_on(pn_link_t* link);
  void note(pn_delivery_t* delivery);

  const int port_;
  pn_proactor_t* const proactor_;
  std::vector<Script> script_;
  std::size_t next_ = 0;
  mutable std::mutex mutex_;
  std::map<std::string, Outcome> outcomes_;
  std::thread thread_;
};

}  // namespace devicebatch::integration
