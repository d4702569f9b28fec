// sim/sim_server.hpp - the service and its token endpoint, in memory.
//
// Purpose:   answers as docs/protocol.md says the service does, and knows the truth: which device
//            is registered for whom, and by which request.
// Threading: one thread.
#pragma once

#include "http/transport.hpp"

#include "fault/sim/agenda.hpp"
#include "fault/sim/scenario.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace devicebatch::sim {

// A POST of devices, as it is on the wire.
struct Upload {
  std::string request_id;
  std::string customer;
  std::string batch;
  bool is_create = false;
  struct Item {
    std::string serial;
    std::string pkid;
    std::string key() const { return serial.empty() ? pkid : serial; }
  };
  std::vector<Item> devices;
};
// nullopt: the request is none.
std::optional<Upload> read_upload(const http::Request& request);

class SimServer {
 public:
  SimServer(const Clock& clock, Agenda& agenda, Dice& dice, const Scenario& scenario);

  http::Response handle(const http::Request& request);

  // Spells of trouble.
  bool is_down = false;
  bool refuses_credentials = false;
  std::string forbidden_customer;  // empty: none
  void void_tokens() { tokens_.clear(); }
  void calm_down();

  struct Registration {
    std::string customer;
    std::string request_id;  // empty: there before
    int times = 0;           // new registrations, which must never be two
  };
  const std::map<std::string, Registration>& registry() const { return registry_; }
  // Is there a job of this request with the device in it that has not come to an end?
  bool is_working_on(const std::string& request_id, const std::string& key) const;
  bool has_accepted(const std::string& request_id) const {
    return by_request_.contains(request_id);
  }
  // Called when a device was "already there" by a request of ours: key, that one, this one.
  std::function<void(const std::string&, const std::string&, const std::string&)> registered_twice;
  // Says what happens, for a trace.
  std::function<void(const std::string&)> tell;

 private:
  struct Answer {
    std::string key;
    std::string text;  // its JSON
    bool is_ok = false;
  };
  struct Job {
    Upload upload;
    MonoTime visible_at{};
    MonoTime forgotten_at = MonoTime::max();
    bool is_started = false;
    bool is_over = false;
    std::vector<Answer> answers;
  };
  struct Batch {
    std::string name;
    std::vector<std::string> devices;  // JSON each
  };
  using Batches = std::map<std::string, Batch>;  // by folded name

  http::Response token(const http::Request& request);
  std::optional<http::Response> turn_away(const http::Request& request);
  http::Response upload(const Upload& upload);
  std::optional<http::Response> refuse(const Upload& upload);
  http::Response accept(const Upload& upload);
  http::Response job_accepted(const std::string& tracking_id);
  void finish(Job& job);
  Answer answer_for(Job& job, const Upload::Item& device);
  http::Response job_status(const std::string& tracking_id);
  http::Response list_batches(const std::string& customer);
  http::Response list_devices(const std::string& customer, const std::string& batch,
                              std::string_view continuation);
  bool is_unlucky(double chance) { return !is_calm_ && dice_.chance(chance); }

  const Clock& clock_;
  Agenda& agenda_;
  Dice& dice_;
  const ServerPlan& plan_;
  std::map<std::string, DeviceTraits> traits_;
  bool is_calm_ = false;
  int token_count_ = 0;
  std::map<std::string, MonoTime, std::less<>> tokens_;  // and their end
  std::map<std::string, Batches> batches_;               // by customer
  std::map<std::string, Job> jobs_;                      // by tracking id
  std::map<std::string, std::string> by_request_;        // to its latest tracking id
  std::map<std::string, Registration> registry_;
};

}  // namespace devicebatch::sim
