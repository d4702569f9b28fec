// sandbox/world.hpp - everything the sandbox knows.
//
// Purpose:   one object that the endpoints share; each of its parts is a plain data structure.
// Lifecycle: made at start, filled from the ledger file, emptied by `POST /sandbox/reset`.
// Threading: the loop. There is no other thread.
#pragma once

#include "base/random.hpp"
#include "sandbox/clock.hpp"
#include "sandbox/control/fault_rules.hpp"
#include "sandbox/control/ledger_file.hpp"
#include "sandbox/identity/accounts.hpp"
#include "sandbox/identity/device_codes.hpp"
#include "sandbox/identity/tokens.hpp"
#include "sandbox/options.hpp"
#include "sandbox/service/capacity.hpp"
#include "sandbox/service/history.hpp"
#include "sandbox/service/jobs.hpp"
#include "sandbox/service/policies.hpp"
#include "sandbox/service/registry.hpp"
#include "sandbox/web/message.hpp"

#include <boost/json/fwd.hpp>

#include <deque>
#include <memory>
#include <string>

namespace devicebatch::sandbox {

// A request as it came, for tests that look at bytes and for people who watch.
struct RecentRequest {
  UtcTime at{};
  std::string method;
  std::string target;
  std::vector<Header> headers;  // without credentials
  std::string body;             // empty when it is long or holds a secret
  std::size_t body_bytes = 0;
  unsigned status = 0;
  Ending ending = Ending::answer;
  std::string fault;
};

struct World {
  explicit World(Options chosen);

  Options options;
  SandboxClock clock;
  std::unique_ptr<Random> random;
  LedgerFile ledger;
  LedgerFile request_log;
  FaultRules rules;
  Accounts accounts;
  History history;
  Registry registry;
  Jobs jobs;
  Policies policies;
  Tokens tokens;
  DeviceCodes device_codes;
  Capacity capacity;
  std::deque<RecentRequest> recent;
  MonoTime started;

  std::string new_guid();
  // What the service's clock says, which may be wrong.
  UtcTime server_time() const { return clock.now_utc() + options.date_offset; }
  JobView job_view() const {
    return {clock.now_mono(), options.status_style, options.status_words};
  }
  // Has the manufacturer told about devices without a hash?
  bool knows_tuples() const;
  // Takes over options that others have checked.
  void change_options(Options changed);
  // Forgets what happened; options and rules stay, rules count from the start again.
  void reset();
};

// Reads scenario, rules, pre-registered devices and the ledger of earlier runs, in that order.
Result<void> load_world(World& world);

// The ledger's line of an upload; `job` is the one it started, or nullptr.
boost::json::object to_event(const Post& post, const Job* job);
// Makes an event of an earlier run true again. Jobs come back as ended.
void restore_event(World& world, const boost::json::object& event);

}  // namespace devicebatch::sandbox
