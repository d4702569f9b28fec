#include "fault/sim/scenario.hpp"

#include <algorithm>
#include <array>

namespace devicebatch::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::array kTroubleNames{"crash",
                                   "power loss",
                                   "crash in commit",
                                   "power loss in commit",
                                   "crash at POST",
                                   "power loss at POST",
                                   "power loss at receipt",
                                   "partition",
                                   "outage",
                                   "unauthorized",
                                   "forbidden",
                                   "token refused",
                                   "full disk",
                                   "failing write",
                                   "failing sync",
                                   "clock back",
                                   "clock forth",
                                   "operator pause",
                                   "operator hold",
                                   "operator retry",
                                   "operator resumes"};

std::string numbered(std::string_view prefix, std::size_t number) {
  std::string digits = std::to_string(number);
  return std::string(prefix) + std::string(7 - std::min<std::size_t>(7, digits.size()), '0') +
         digits;
}

std::string guid(std::string_view kind, std::size_t number) {
  std::string digits = std::to_string(number);
  return std::string(kind) + "-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits;
}

class Maker {
 public:
  Maker(std::uint64_t seed, const std::string& secret_file)
      : dice_(seed, Dice::Stream::scenario), secret_file_(secret_file) {
    scenario_.seed = seed;
  }

  Scenario make() {
    is_rough_ = dice_.chance(0.7);
    make_places();
    make_delivery();
    make_server();
    make_network();
    make_files();
    make_troubles();
    if (dice_.chance(0.08)) make_forgetful();
    if (dice_.chance(0.05)) make_bad_disk();
    scenario_.calm_at += 10s;
    return std::move(scenario_);
  }

 private:
  void make_places() {
    settings::Settings& all = scenario_.settings;
    all.service.base_url = "https://service.invalid";
    all.service.resource = "https://service.invalid";
    all.service.authority_url = "https://login.invalid";
    const int accounts = dice_.chance(0.3) ? 2 : 1;
    for (int at = 0; at < accounts; ++at) {
      settings::Account& account = all.accounts.emplace_back();
      account.name = "account-" + std::to_string(at);
      account.tenant = guid("aaaaaaaa", static_cast<std::size_t>(at));
      account.client_id = guid("cccccccc", static_cast<std::size_t>(at));
      account.client_secret.file = secret_file_;
    }
    const int destinations = dice_.between(1, 3);
    for (int at = 0; at < destinations; ++at) {
      settings::Destination& place = all.destinations.emplace_back();
      place.name = "destination-" + std::to_string(at);
      place.account = all.accounts[dice_.below(all.accounts.size())].name;
      // Two destinations may be two batches of one customer.
      const std::size_t customer = dice_.chance(0.3) ? 0 : static_cast<std::size_t>(at);
      place.customer = guid("dddddddd", customer);
      place.batch = "Batch-" + std::to_string(at);
      // One customer belongs to one account.
      for (const settings::Destination& other : all.destinations) {
        if (other.customer == place.customer) place.account = other.account;
      }
    }
  }

  void make_delivery() {
    settings::Delivery& delivery = scenario_.settings.delivery;
    delivery.chunk_devices = static_cast<std::uint32_t>(dice_.between(1, 4));
    delivery.in_flight = static_cast<std::uint32_t>(dice_.between(1, 4));
    delivery.in_flight_min = 1;
    delivery.retry_first = dice_.time(200ms, 2s);
    delivery.retry_ceiling = dice_.time(10s, 120s);
    delivery.retry_after_cap = dice_.time(30s, 300s);
    delivery.poll_first = dice_.time(500ms, 2s);
    delivery.poll_ceiling = dice_.time(5s, 60s);
    delivery.job_grace = dice_.time(5s, 60s);
    delivery.job_deadline = dice_.time(60s, 300s);
    delivery.reconcile_first = dice_.time(2s, 30s);
    // Longer than a request may be under way and its job may take.
    delivery.reconcile_wait = dice_.time(400s, 900s);
    delivery.manufacturer_data_retry = dice_.time(30s, 120s);
    delivery.manufacturer_data_wait = dice_.time(1h, 2h);
    delivery.breaker_failures = static_cast<std::uint32_t>(dice_.between(2, 6));
    delivery.breaker_probe = dice_.time(5s, 60s);
    delivery.token_margin = dice_.time(5s, 120s);
    scenario_.may_give_up = dice_.chance(0.15);
    if (scenario_.may_give_up) delivery.give_up_after = dice_.time(120s, 900s);
  }

  double odds(double most) {
    return is_rough_ && dice_.chance(0.6) ? most * 0.01 * dice_.between(10, 100) : 0;
  }

  void make_server() {
    using settings::HonoursRequestId;
    ServerPlan& server = scenario_.server;
    server.honours_ids = dice_.chance(0.5);
    const HonoursRequestId sure = server.honours_ids ? HonoursRequestId::yes : HonoursRequestId::no;
    scenario_.settings.service.server_honours_request_id =
        dice_.chance(0.5) ? HonoursRequestId::automatic : sure;
    scenario_.settings.service.request_id_window = dice_.chance(0.2) ? dice_.time(60s, 600s) : 24h;
    server.lists_new_batch_at_once = dice_.chance(0.5);
    server.job_least = dice_.time(0ms, 5s);
    server.job_most =
        server.job_least + (dice_.chance(0.2) ? dice_.time(0s, 100s) : dice_.time(0s, 15s));
    server.devices_max = dice_.chance(0.2) ? static_cast<std::size_t>(dice_.between(1, 3)) : 0;
    server.page = static_cast<std::size_t>(dice_.between(1, 5));
    server.token_life = std::chrono::seconds(dice_.chance(0.3) ? dice_.between(20, 120) : 3599);
    server.error_before = odds(0.3);
    server.error_after = odds(0.3);
    server.throttle = odds(0.1);
    server.no_location = odds(0.2);
    server.page_of_somebody = odds(0.1);
    server.conflict = odds(0.1);
    server.forgets_job = odds(0.3);
    server.job_is_late = odds(0.4);
    server.omits_device = odds(0.2);
  }

  void make_network() {
    NetworkPlan& network = scenario_.network;
    network.reply_timeout = dice_.time(5s, 90s);
    scenario_.settings.service.request_timeout = network.reply_timeout;
    network.longest_stay = dice_.time(1s, 120s);
    network.refused = odds(0.3);
    network.lost_before = odds(0.2);
    network.lost_after = odds(0.3);
    network.held_up = odds(0.2);
    network.doubled = odds(0.2);
  }

  SimDevice make_device() {
    const std::size_t number = ++devices_;
    SimDevice device;
    device.model = "Contoso Book 14";
    if (dice_.chance(0.9)) device.serial = numbered("CONTOSO-", number);
    if (device.serial.empty() || dice_.chance(0.2)) device.pkid = "330" + numbered("000", number);
    if (dice_.chance(0.05)) {
      device.is_bad_row = true;
      return device;
    }
    DeviceTraits traits;
    if (dice_.chance(0.04))
      traits.is_poisoned = true;
    else if (dice_.chance(0.04))
      traits.is_foreign = true;
    else if (dice_.chance(0.04))
      traits.was_there = true;
    if (dice_.chance(0.04)) traits.storage_errors = dice_.between(1, 2);
    if (dice_.chance(0.04)) traits.missing = dice_.between(1, 2);
    scenario_.traits.emplace(device.key(), traits);
    return device;
  }

  void make_files() {
    const int files = dice_.between(1, 4);
    std::vector<SimDevice> known;
    for (int at = 0; at < files; ++at) {
      FilePlan& file = scenario_.files.emplace_back();
      file.name = "line-" + std::to_string(at) + ".csv";
      file.source = dice_.below(scenario_.settings.destinations.size());
      file.at = dice_.chance(0.5) ? dice_.time(0ms, 2s) : dice_.time(0s, 300s);
      const int rows = dice_.between(1, dice_.chance(0.2) ? 12 : 5);
      for (int row = 0; row < rows; ++row) {
        // A device belongs to one customer, so only its own files repeat it.
        const bool repeats =
            dice_.chance(0.1) && !known.empty() && scenario_.settings.destinations.size() == 1;
        file.rows.push_back(repeats ? known[dice_.below(known.size())] : make_device());
        known.push_back(file.rows.back());
      }
    }
    if (dice_.chance(0.15)) {
      FilePlan again = scenario_.files.front();  // the same bytes once more
      again.name = "again.csv";
      again.at += dice_.time(1s, 200s);
      scenario_.files.push_back(std::move(again));
    }
  }

  void add(Trouble trouble, milliseconds lasts = 0ms, int detail = 0) {
    const milliseconds horizon = dice_.chance(0.5) ? 20s : 600s;
    scenario_.troubles.push_back({dice_.time(0ms, horizon), trouble, lasts, detail});
  }

  void make_troubles() {
    constexpr std::array kEndings{Trouble::crash,
                                  Trouble::power_loss,
                                  Trouble::crash_in_commit,
                                  Trouble::power_loss_in_commit,
                                  Trouble::crash_at_post,
                                  Trouble::power_loss_at_post,
                                  Trouble::power_loss_at_receipt};
    for (int left = dice_.chance(0.15) ? 0 : dice_.between(0, 6); left > 0; --left) {
      add(kEndings[dice_.below(kEndings.size())], 0ms, dice_.between(1, 40));
    }
    constexpr std::array kSpells{Trouble::partition, Trouble::outage,        Trouble::unauthorized,
                                 Trouble::forbidden, Trouble::token_refused, Trouble::full_disk};
    for (int left = is_rough_ ? dice_.between(0, 3) : 0; left > 0; --left) {
      const milliseconds lasts = dice_.chance(0.1) ? dice_.time(1h, 3h) : dice_.time(1s, 120s);
      add(kSpells[dice_.below(kSpells.size())], lasts, dice_.between(0, 2));
    }
    constexpr std::array kMoments{Trouble::failing_write,  Trouble::failing_sync,
                                  Trouble::clock_back,     Trouble::clock_forth,
                                  Trouble::operator_pause, Trouble::operator_hold,
                                  Trouble::operator_retry, Trouble::operator_resume_authentication};
    for (int left = dice_.chance(0.5) ? dice_.between(0, 3) : 0; left > 0; --left) {
      const milliseconds lasts = dice_.chance(0.5) ? dice_.time(100ms, 60s) : dice_.time(60s, 1h);
      add(kMoments[dice_.below(kMoments.size())], lasts, dice_.between(1, 20));
    }
    scenario_.calm_at = 300s;
    for (const TroublePlan& plan : scenario_.troubles) {
      scenario_.calm_at =
          std::max(scenario_.calm_at, plan.at + std::min<milliseconds>(plan.lasts, 3h));
    }
  }

  // A long silence in the middle of uploads, slow jobs, and a service that forgets them meanwhile.
  void make_forgetful() {
    ServerPlan& server = scenario_.server;
    server.job_least = dice_.time(20s, 60s);
    server.job_most = server.job_least + 40s;
    server.forgets_job = 0.5;
    scenario_.network.lost_after = 0.3;
    const Trouble silence = dice_.chance(0.5) ? Trouble::outage : Trouble::partition;
    const milliseconds lasts = dice_.time(400s, 3600s);
    scenario_.troubles.push_back({dice_.time(0s, 10s), silence, lasts, 0});
    scenario_.calm_at = std::max(scenario_.calm_at, lasts + 300s);
  }

  // Input and output fail, and the power soon after.
  void make_bad_disk() {
    for (int left = dice_.between(1, 4); left > 0; --left) {
      const milliseconds at = dice_.time(0s, 30s);
      const Trouble fault = dice_.chance(0.7) ? Trouble::failing_sync : Trouble::failing_write;
      scenario_.troubles.push_back({at, fault, 0ms, dice_.between(1, 60)});
      const Trouble end = dice_.chance(0.5) ? Trouble::power_loss_at_post : Trouble::power_loss;
      scenario_.troubles.push_back({at + dice_.time(1ms, 8s), end, 0ms, 0});
    }
  }

  Dice dice_;
  std::string secret_file_;
  Scenario scenario_;
  std::size_t devices_ = 0;
  bool is_rough_ = false;
};

}  // namespace

std::string_view to_string(Trouble trouble) {
  return kTroubleNames[static_cast<std::size_t>(trouble)];
}

Scenario make_scenario(std::uint64_t seed, const std::string& secret_file) {
  return Maker(seed, secret_file).make();
}

}  // namespace devicebatch::sim
