#include "sandbox/service/listing.hpp"

#include "base/text.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <charconv>
#include <functional>
#include <utility>
#include <vector>

namespace devicebatch::sandbox {
namespace {

namespace json = boost::json;

constexpr std::string_view kTokenPrefix = "sandbox-page-";

// Where a page starts; nullopt for a token that is none of ours.
std::optional<std::size_t> page_start(std::string_view token) {
  if (token.empty()) return 0;
  if (!token.starts_with(kTokenPrefix)) return std::nullopt;
  token.remove_prefix(kTokenPrefix.size());
  std::size_t start = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), start);
  if (error != std::errc() || end != token.data() + token.size()) return std::nullopt;
  return start;
}

void put_continuation(json::object& page, std::size_t next, Paging paging) {
  const std::string token = std::string(kTokenPrefix) + std::to_string(next);
  if (paging != Paging::links) page["continuationToken"] = token;
  if (paging == Paging::body) return;
  const json::value header = {{"key", "MS-ContinuationToken"}, {"value", token}};
  page["links"] = {{"next", {{"method", "GET"}, {"headers", json::array{header}}}}};
}

void put(json::object& object, std::string_view name, std::string_view text) {
  if (!text.empty()) object[name] = text;
}

bool is_listed(const World& world, const DeviceResult& result) {
  if (result.outcome != Outcome::registered) return false;
  // Nothing is looked up as long as nothing was deleted: batches are large.
  return world.registry.removed() == 0 || world.registry.find_id(result.device_id) != nullptr;
}

std::uint64_t devices_in(const World& world, const Batch& batch) {
  std::uint64_t count = 0;
  for (const Job* job : batch.jobs) {
    if (!job->is_done(world.clock.now_mono())) continue;
    for (const DeviceResult& each : job->results) count += is_listed(world, each) ? 1 : 0;
  }
  return count;
}

json::object describe_batch(const World& world, const std::string& customer, const Batch& batch) {
  json::object object = {{"id", batch.id},
                         {"createdBy", "Contoso Partner"},
                         {"creationDate", format_utc(batch.created).substr(0, 19)},
                         {"devicesCount", devices_in(world, batch)}};
  // The service does not escape the id here, either.
  const std::string uri = "/customers/" + customer + "/deviceBatches/" + batch.id + "/devices";
  object["devicesLink"] = {{"uri", uri}, {"method", "GET"}, {"headers", json::array()}};
  object["attributes"] = {{"objectType", "DeviceBatch"}};
  return object;
}

// Seven digits of a second and a zone, as recorded from the service.
std::string uploaded_date(UtcTime time) {
  return format_utc(time).substr(0, 23) + "0000+00:00";
}

}  // namespace

Answer paginate(const World& world, const Request& request, const Listing& listing) {
  const auto start = page_start(request.header("MS-ContinuationToken"));
  if (!start) return service_error(400, "3000", "Invalid property: MS-ContinuationToken.");
  const std::size_t from = std::min(*start, listing.count);
  const std::size_t left = listing.count - from;
  const std::size_t size = listing.page_size == 0 ? left : std::min(listing.page_size, left);
  json::array items;
  items.reserve(size);
  for (std::size_t i = from; i < from + size; ++i) items.push_back(listing.describe(i));
  json::object page;
  page["totalCount"] = size;
  page["items"] = std::move(items);
  if (size < left) put_continuation(page, from + size, world.options.paging);
  page["attributes"] = {{"objectType", "Collection"}};
  return json_answer(200, page);
}

json::object describe_device(const World& world, const std::string& id, UtcTime uploaded) {
  json::object body = {{"id", id}};
  const RegisteredDevice* device = world.registry.find_id(id);
  if (device == nullptr) return body;
  const DeviceRow& row = device->row;
  put(body, "serialNumber", row.serial);
  put(body, "productKey", row.pkid);
  put(body, "modelName", row.model);
  put(body, "oemManufacturerName", row.manufacturer);
  if (!row.policies.empty()) {
    json::array policies;
    for (const PolicyLink& each : row.policies) {
      policies.push_back({{"key", each.key}, {"value", each.value}});
    }
    body["policies"] = std::move(policies);
  }
  body["uploadedDate"] = uploaded_date(uploaded);
  body["allowedOperations"] = {"GET", "PATCH", "DELETE"};
  body["attributes"] = {{"objectType", "Device"}};
  return body;
}

Answer job_status(const World& world, const std::string& customer, const std::string& tracking_id) {
  const Job* job = world.jobs.find(to_lower(customer), tracking_id);
  const auto body = job ? describe_job(*job, world.job_view()) : std::nullopt;
  if (!body) return service_error(404, "1000", "Batch tracking id is not found.");
  return json_answer(200, *body);
}

Answer list_batches(const World& world, const Request& request, const std::string& customer) {
  std::vector<const Batch*> visible;
  for (const Batch& batch : world.jobs.batches_of(to_lower(customer))) {
    if (batch.visible_from <= world.clock.now_mono()) visible.push_back(&batch);
  }
  const auto describe = [&](std::size_t i) { return describe_batch(world, customer, *visible[i]); };
  return paginate(world, request, {visible.size(), world.options.batch_page_size, describe});
}

Answer list_devices(const World& world, const Request& request, const std::string& customer,
                    const std::string& batch) {
  const MonoTime now = world.clock.now_mono();
  const Batch* found = world.jobs.batch(to_lower(customer), batch);
  if (found == nullptr || found->visible_from > now) {
    return service_error(404, "1000", "Device batch is not found.");
  }
  std::vector<std::pair<const Job*, std::size_t>> devices;
  for (const Job* job : found->jobs) {
    for (std::size_t i = 0; job->is_done(now) && i < job->rows.size(); ++i) {
      if (is_listed(world, job->results[i])) devices.emplace_back(job, i);
    }
  }
  const auto describe = [&](std::size_t i) {
    const auto& [job, row] = devices[i];
    return describe_device(world, job->results[row].device_id, job->accepted_utc);
  };
  return paginate(world, request, {devices.size(), world.options.page_size, describe});
}

}  // namespace devicebatch::sandbox
