#include "daemon/operator/reconcile_command.hpp"

#include "daemon/exit_codes.hpp"
#include "daemon/json_text.hpp"
#include "daemon/load_config.hpp"
#include "daemon/operator/batch_comparison.hpp"
#include "daemon/operator/service_commands.hpp"
#include "daemon/operator/service_pages.hpp"

#include <boost/json/serialize.hpp>

#include <cstdio>

namespace devicebatch::daemon {
namespace {

namespace json = boost::json;

// Of so many records that the service does not list it is told what became of them.
constexpr std::size_t kToldRecords = 200;

int report_failure(const Error& error) {
  std::fprintf(stderr, "devicebatchd: %s\n", error.message().c_str());
  return exit_code_of_question(error.code());
}

Result<void> read_service(ControlDesk& desk, const std::string& destination,
                          BatchComparison& comparison) {
  PlaceOptions place;
  place.destination = destination;
  const auto take = [&comparison](const json::array& rows) -> Result<void> {
    for (const json::value& each : rows) {
      if (!each.is_object()) continue;
      const json::object& row = each.get_object();
      Result<void> seen =
          comparison.saw({text_of(row, "device_id"), text_of(row, "serial"), text_of(row, "pkid")});
      if (!seen) return seen;
    }
    return {};
  };
  return read_service_pages(desk, service_request("devices", place), take);
}

Result<void> read_ledger(ControlDesk& desk, const std::string& destination,
                         BatchComparison& comparison) {
  json::object request{{"verb", "registered"}, {"destination", destination}};
  for (;;) {
    Result<json::object> page = desk.ask(request);
    if (!page) return fail(std::move(page.error()));
    for (const json::value& each : array_of(*page, "rows")) {
      if (!each.is_object()) continue;
      const json::object& row = each.get_object();
      KnownRecord record;
      record.record = static_cast<std::int64_t>(number_of(row, "record"));
      record.serial = text_of(row, "serial");
      record.pkid = text_of(row, "pkid");
      record.device_id = text_of(row, "device_id");
      Result<void> known = comparison.knows(std::move(record));
      if (!known) return known;
    }
    const json::value* next = page->if_contains("next");
    if (next == nullptr || next->is_null()) return {};
    request["after"] = *next;
  }
}

// Records and chunks that have no verdict yet: they may be on the service or not.
std::uint64_t on_their_way(ControlDesk& desk, const std::string& destination) {
  const Result<json::object> status = desk.ask({{"verb", "status"}});
  if (!status) return 0;
  for (const json::value& each : array_of(*status, "destinations")) {
    if (!each.is_object() || text_of(each.get_object(), "name") != destination) continue;
    const json::object& chunks = object_of(each.get_object(), "chunks");
    return number_of(chunks, "sending") + number_of(chunks, "unconfirmed") +
           number_of(chunks, "submitted");
  }
  return 0;
}

json::object service_json(const ListedDevice& device) {
  return {{"device_id", device.id}, {"serial", device.serial}, {"pkid", device.pkid}};
}

// With its verdict: one that was already registered may be in another batch of the customer.
json::object record_json(ControlDesk& desk, const KnownRecord& record, bool is_told) {
  json::object object{{"record", record.record},
                      {"serial", record.serial},
                      {"pkid", record.pkid},
                      {"device_id", record.device_id}};
  if (!is_told) return object;
  const Result<json::object> shown =
      desk.ask({{"verb", "show"}, {"what", "record"}, {"id", std::to_string(record.record)}});
  if (shown) object["verdict"] = text_of(*shown, "verdict");
  return object;
}

json::object difference_json(ControlDesk& desk, const std::string& destination,
                             const BatchComparison& comparison) {
  json::array only_service;
  for (const ListedDevice& device : comparison.only_on_service()) {
    only_service.push_back(service_json(device));
  }
  json::array only_ledger;
  for (const KnownRecord& record : comparison.only_in_ledger()) {
    only_ledger.push_back(record_json(desk, record, only_ledger.size() < kToldRecords));
  }
  const bool is_equal = only_service.empty() && only_ledger.empty();
  return {{"destination", destination},
          {"in_both", comparison.in_both()},
          {"is_equal", is_equal},
          {"chunks_on_their_way", on_their_way(desk, destination)},
          {"only_on_service", std::move(only_service)},
          {"only_in_ledger", std::move(only_ledger)}};
}

std::string name_of(const json::object& device) {
  if (const std::string serial = text_of(device, "serial"); !serial.empty()) return serial;
  const std::string pkid = text_of(device, "pkid");
  return pkid.empty() ? "(no serial number)" : "PKID " + pkid;
}

void print_difference(const json::object& difference) {
  const json::array& added = array_of(difference, "only_on_service");
  const json::array& missing = array_of(difference, "only_in_ledger");
  for (const json::value& each : added) {
    const json::object& device = each.as_object();
    std::printf("+ %s  device %s\n", name_of(device).c_str(), text_of(device, "device_id").c_str());
  }
  for (const json::value& each : missing) {
    const json::object& record = each.as_object();
    const std::string verdict = text_of(record, "verdict");
    std::printf("- %s  record:%llu %s\n", name_of(record).c_str(),
                static_cast<unsigned long long>(number_of(record, "record")), verdict.c_str());
  }
  std::printf("%llu in both, %zu only on the service (+), %zu only in the ledger (-)\n",
              static_cast<unsigned long long>(number_of(difference, "in_both")), added.size(),
              missing.size());
  if (const std::uint64_t chunks = number_of(difference, "chunks_on_their_way"); chunks > 0) {
    std::printf("%llu chunks are on their way: compare again when they are done\n",
                static_cast<unsigned long long>(chunks));
  }
}

}  // namespace

int reconcile_command(const AskOptions& ask, const std::string& destination) {
  settings::Settings settings;
  if (const int failed = load_config(ask.config, settings); failed != kOk) return failed;
  if (settings.destination(destination) == nullptr) {
    return report_failure(Error(Errc::not_found, "no destination of that name in the settings"));
  }
  ControlDesk desk(settings);
  BatchComparison comparison;
  // The service first: what is registered meanwhile is in the ledger afterwards, not before.
  Result<void> read = read_service(desk, destination, comparison);
  if (read) read = read_ledger(desk, destination, comparison);
  if (!read) return report_failure(read.error());
  const json::object difference = difference_json(desk, destination, comparison);
  if (ask.json) {
    std::printf("%s\n", json::serialize(difference).c_str());
  } else {
    print_difference(difference);
  }
  return flag_of(difference, "is_equal") ? kOk : kFailed;
}

}  // namespace devicebatch::daemon
