#include "daemon/doctor/doctor_command.hpp"

#include "daemon/doctor/auth_probe.hpp"
#include "daemon/doctor/site_checks.hpp"
#include "daemon/exit_codes.hpp"
#include "daemon/load_config.hpp"
#include "daemon/surroundings.hpp"
#include "settings/clouds.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace devicebatch::daemon {
namespace {

namespace json = boost::json;
using Diagnoses = std::vector<Diagnosis>;

struct Check {
  std::string_view name;
  bool DoctorOptions::*is_chosen;
  Diagnoses (*run)(const settings::Settings&, const DoctorOptions&);
};

Diagnoses check_auth(const settings::Settings& all, const DoctorOptions& options) {
  Diagnoses found;
  for (const std::string& warning : settings::warnings_of(all)) {
    found.push_back({Health::mind, "settings", warning, "", kOk});
  }
  if (all.accounts.empty()) {
    found.push_back({Health::wrong, "settings", "there are no accounts", "add one", kBadConfig});
  }
  http::CurlTransport transport(curl_options(all.service));
  const SystemClock clock;
  SystemRandom random;
  const ProbeTools tools{transport, clock, random, credentials_of_service()};
  for (const settings::Account& account : all.accounts) {
    Diagnoses each = auth_probe(all, account, tools, options.asks_service);
    std::ranges::move(each, std::back_inserter(found));
  }
  return found;
}

constexpr std::array kChecks = {
    Check{"folders", &DoctorOptions::site, check_folders},
    Check{"service", &DoctorOptions::site, check_service},
    Check{"auth", &DoctorOptions::auth, check_auth},
    Check{"first batch", &DoctorOptions::first_batch, check_first_batch},
};

std::string_view word_of(Health health) {
  switch (health) {
    case Health::good:
      return "good";
    case Health::mind:
      return "mind";
    case Health::wrong:
      return "WRONG";
  }
  return "WRONG";
}

void print(const Diagnosis& diagnosis) {
  std::printf("%-5s  %s: %s\n", std::string(word_of(diagnosis.health)).c_str(),
              diagnosis.about.c_str(), diagnosis.sentence.c_str());
  if (!diagnosis.fix.empty()) std::printf("       fix: %s\n", diagnosis.fix.c_str());
}

json::object to_json(std::string_view check, const Diagnosis& diagnosis) {
  std::string health(word_of(diagnosis.health));
  std::ranges::transform(health, health.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return {{"check", check},
          {"health", health},
          {"about", diagnosis.about},
          {"sentence", diagnosis.sentence},
          {"fix", diagnosis.fix}};
}

}  // namespace

int doctor_command(const DoctorOptions& options) {
  settings::Settings all;
  if (const int failed = load_config(options.config, all); failed != kOk) return failed;
  const bool runs_all =
      std::ranges::none_of(kChecks, [&](const Check& check) { return options.*check.is_chosen; });
  int exit_code = kOk;
  json::array shown;
  for (const Check& check : kChecks) {
    if (!runs_all && !(options.*check.is_chosen)) continue;
    for (const Diagnosis& diagnosis : check.run(all, options)) {
      if (diagnosis.health == Health::wrong && exit_code == kOk) exit_code = diagnosis.exit_code;
      if (options.json) {
        shown.push_back(to_json(check.name, diagnosis));
      } else {
        print(diagnosis);
      }
    }
  }
  if (options.json) {
    const json::object all_of_it{{"ok", exit_code == kOk}, {"diagnoses", shown}};
    std::printf("%s\n", json::serialize(all_of_it).c_str());
  }
  return exit_code;
}

}  // namespace devicebatch::daemon
