// sim/scenario.hpp - what a seed stands for: settings, files, devices, and what goes wrong when.
//
// Units: `at` counts from the begin of the run. Everything wrong ends before `calm_at`.
#pragma once

#include "base/uuid.hpp"
#include "settings/settings.hpp"

#include "fault/sim/dice.hpp"

#include <map>
#include <string>
#include <vector>

namespace devicebatch::sim {

struct SimDevice {
  std::string serial;  // or empty
  std::string pkid;    // or empty
  std::string model;
  bool is_bad_row = false;  // never accepted by the row checker

  std::string key() const { return serial.empty() ? pkid : serial; }
};

// How the service feels about a device.
struct DeviceTraits {
  bool is_poisoned = false;  // a request with it is refused with 400
  bool is_foreign = false;   // owned by another organisation
  bool was_there = false;    // registered for the customer before we came
  int storage_errors = 0;    // so many tries fail with StorageError
  int missing = 0;           // so many tries fail with 812
};

struct FilePlan {
  std::string name;
  std::size_t source = 0;  // index of its destination too
  milliseconds at{0};
  std::vector<SimDevice> rows;
};

struct ServerPlan {
  bool honours_ids = true;
  bool lists_new_batch_at_once = true;
  milliseconds job_least{1'000};
  milliseconds job_most{10'000};
  std::size_t devices_max = 0;  // of one request; 0: any number
  std::size_t page = 100;
  std::chrono::seconds token_life{3'600};
  // While not calm: chances for each request.
  double error_before = 0;  // 5xx, nothing happened
  double error_after = 0;   // 5xx, it happened
  double throttle = 0;
  double no_location = 0;
  double page_of_somebody = 0;  // HTML with 200, or a redirect, from a box in between
  double conflict = 0;          // 409 for an append
  double forgets_job = 0;
  double job_is_late = 0;  // 404 for its first seconds
  double omits_device = 0;
};

struct NetworkPlan {
  milliseconds longest_stay{0};  // of a request that is held up
  milliseconds reply_timeout{60'000};
  double refused = 0;      // surely not sent
  double lost_before = 0;  // never arrives
  double lost_after = 0;   // the reply never does
  double held_up = 0;      // arrives late, perhaps when nobody waits any more
  double doubled = 0;      // arrives twice
};

enum class Trouble {
  crash,
  power_loss,
  crash_in_commit,  // at some write or sync of the next commits
  power_loss_in_commit,
  crash_at_post,  // as soon as a POST has left
  power_loss_at_post,
  power_loss_at_receipt,
  partition,
  outage,        // 503 for everybody
  unauthorized,  // all tokens are void
  forbidden,     // 403 for a customer
  token_refused,
  full_disk,
  failing_write,
  failing_sync,
  clock_back,
  clock_forth,
  operator_pause,
  operator_hold,
  operator_retry,
  operator_resume_authentication,
};
std::string_view to_string(Trouble trouble);

struct TroublePlan {
  milliseconds at{0};
  Trouble trouble = Trouble::crash;
  milliseconds lasts{0};
  int detail = 0;
};

struct Scenario {
  std::uint64_t seed = 0;
  settings::Settings settings;
  ServerPlan server;
  NetworkPlan network;
  std::map<std::string, DeviceTraits> traits;  // by key; of devices that have any
  std::vector<FilePlan> files;
  std::vector<TroublePlan> troubles;
  milliseconds calm_at{0};
  bool may_give_up = false;  // delivery.give_up_after is short
};

// `secret_file` holds the client secret of every account.
Scenario make_scenario(std::uint64_t seed, const std::string& secret_file);

}  // namespace devicebatch::sim
