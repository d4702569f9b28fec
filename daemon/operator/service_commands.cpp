#include "daemon/operator/service_commands.hpp"

#include "base/text.hpp"
#include "daemon/exit_codes.hpp"
#include "daemon/json_text.hpp"
#include "daemon/load_config.hpp"
#include "daemon/operator/service_pages.hpp"
#include "daemon/operator/service_text.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstdio>
#include <iostream>

namespace devicebatch::daemon {
namespace {

namespace json = boost::json;

constexpr std::size_t kDevicesAtOnce = 500;
constexpr std::size_t kDevicesMax = 100'000;

int report_failure(const Error& error) {
  std::fprintf(stderr, "devicebatchd: %s\n", error.message().c_str());
  return exit_code_of_question(error.code());
}

int refuse_usage(const char* why) {
  std::fprintf(stderr, "devicebatchd: %s\n", why);
  return kUsage;
}

constexpr const char* kSayWhy = "say why with --reason TEXT: it is kept in the audit log";

// Rows as they come, as text or as one JSON object.
class ServiceRowPrinter {
 public:
  ServiceRowPrinter(const ServiceListOptions& options, bool json)
      : options_(options), json_(json) {}

  void print(const json::array& rows) {
    json::array wanted;
    for (const json::value& row : rows) {
      if (row.is_object() && is_wanted(row.get_object())) wanted.push_back(row);
    }
    if (wanted.empty()) return;
    if (!json_) std::fputs(service_rows_text(options_.what, wanted).c_str(), stdout);
    for (const json::value& row : wanted) {
      if (json_) std::printf("%s%s", separator().c_str(), json::serialize(row).c_str());
      is_first_ = false;
    }
  }

  void end() {
    if (json_) {
      std::printf("%s]}\n", is_first_ ? separator().c_str() : "");
    } else if (is_first_) {
      std::fputs("none\n", stdout);
    }
  }

  bool is_empty() const { return is_first_; }

 private:
  std::string separator() const {
    return is_first_ ? "{\"what\":\"" + options_.what + "\",\"rows\":[" : ",";
  }
  bool is_wanted(const json::object& row) const {
    return options_.serial.empty() || text_of(row, "serial") == options_.serial;
  }

  const ServiceListOptions& options_;
  bool json_;
  bool is_first_ = true;
};

// The first word of each line.
Result<std::vector<std::string>> read_devices(const std::vector<std::string>& words) {
  std::vector<std::string> devices;
  for (const std::string& word : words) {
    if (word != "-") {
      devices.push_back(word);
      continue;
    }
    for (std::string line; std::getline(std::cin, line);) {
      std::string_view first = trim(line);
      first = first.substr(0, first.find_first_of(" \t,"));
      if (!first.empty()) devices.emplace_back(first);
      if (devices.size() > kDevicesMax) return fail(Errc::rejected, "more than 100,000 devices");
    }
  }
  if (devices.empty()) return fail(Errc::rejected, "say which devices");
  return devices;
}

// What became of one after another of the requests of a large assignment.
struct ApplySum {
  std::size_t devices = 0;
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
  bool is_over = true;
  json::array jobs;

  int exit_code() const {
    if (!is_over) return kStillPending;
    if (failed == 0 && done > 0) return kOk;
    return done == 0 ? kAllRejected : kPartly;
  }
};

void print_sum(const AskOptions& ask, const ApplySum& sum) {
  if (!ask.json) {
    std::printf("%llu done, %llu failed of %zu devices%s\n",
                static_cast<unsigned long long>(sum.done),
                static_cast<unsigned long long>(sum.failed), sum.devices,
                sum.is_over ? "" : "; not over yet, the service goes on");
    return;
  }
  const json::object object{{"devices", sum.devices},
                            {"done", sum.done},
                            {"failed", sum.failed},
                            {"is_over", sum.is_over},
                            {"jobs", sum.jobs}};
  std::printf("%s\n", json::serialize(object).c_str());
}

}  // namespace

json::object service_request(std::string_view verb, const PlaceOptions& place) {
  json::object request{{"verb", verb}, {"destination", place.destination}};
  if (!place.batch.empty()) request["batch"] = place.batch;
  if (!place.account.empty()) request["account"] = place.account;
  return request;
}

int service_list_command(const AskOptions& ask, const ServiceListOptions& options) {
  settings::Settings settings;
  if (const int failed = load_config(ask.config, settings); failed != kOk) return failed;
  ControlDesk desk(settings);
  ServiceRowPrinter printer(options, ask.json);
  const auto take = [&printer](const json::array& rows) -> Result<void> {
    printer.print(rows);
    return {};
  };
  Result<void> read = read_service_pages(desk, service_request(options.what, options.place), take);
  if (!read) return report_failure(read.error());
  printer.end();
  return printer.is_empty() && !options.serial.empty() ? kFailed : kOk;
}

int service_change_command(const AskOptions& ask, const ServiceChangeOptions& options) {
  if (options.reason.empty()) return refuse_usage(kSayWhy);
  settings::Settings settings;
  if (const int failed = load_config(ask.config, settings); failed != kOk) return failed;
  const std::string verb = text_of(options.request, "verb");
  json::object request = service_request(verb, options.place);
  for (const auto& member : options.request) request[member.key()] = member.value();
  request["reason"] = options.reason;
  const Result<json::object> reply = ControlDesk(settings).ask(request);
  if (!reply) return report_failure(reply.error());
  const std::string text =
      ask.json ? json::serialize(*reply) + "\n" : service_change_text(verb, *reply);
  std::fputs(text.c_str(), stdout);
  return kOk;
}

int policies_apply_command(const AskOptions& ask, const ApplyOptions& options) {
  if (options.reason.empty()) return refuse_usage(kSayWhy);
  Result<std::vector<std::string>> devices = read_devices(options.devices);
  if (!devices) return refuse_usage(devices.error().message().c_str());
  settings::Settings settings;
  if (const int failed = load_config(ask.config, settings); failed != kOk) return failed;
  ControlDesk desk(settings);
  json::object request = service_request("apply_policy", options.place);
  request["policy"] = options.policy;
  request["reason"] = options.reason;
  request["timeout_s"] = options.timeout_s;
  ApplySum sum;
  for (std::size_t at = 0; at < devices->size(); at += kDevicesAtOnce) {
    json::array some;
    const std::size_t end = std::min(devices->size(), at + kDevicesAtOnce);
    for (std::size_t each = at; each < end; ++each) some.emplace_back((*devices)[each]);
    request["devices"] = std::move(some);
    Result<json::object> job = desk.ask(request);
    if (!job) {
      if (sum.devices > 0) print_sum(ask, sum);
      return report_failure(job.error());
    }
    if (!ask.json) std::fputs(job_text(*job).c_str(), stdout);
    sum.devices += end - at;
    sum.done += number_of(*job, "done");
    sum.failed += number_of(*job, "failed");
    sum.is_over = sum.is_over && flag_of(*job, "is_over");
    sum.jobs.push_back(std::move(*job));
  }
  print_sum(ask, sum);
  return sum.exit_code();
}

}  // namespace devicebatch::daemon
