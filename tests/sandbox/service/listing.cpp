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

// One page out of `count` items; a page size of 0 is all of them. Only the items shown are made, so
// that reading a large batch page by page stays linear.
Answer paginate(const World& world, const Request& request, std::size_t count,
                std::size_t page_size, const std::function<json::object(std::size_t)>& describe) {
  const auto start = page_start(request.header("MS-ContinuationToken"));
  if (!start) return service_error(400, "3000", "Invalid property: MS-ContinuationToken.");
  const std::size_t from = std::min(*start, count);
  const std::size_t left = count - from;
  const std::size_t size = page_size == 0 ? left : std::min(page_size, left);
  json::array items;
  items.reserve(size);
  for (std::size_t i = from; i < from + size; ++i) items.push_back(describe(i));
  json::object page;
  page["totalCount"] = size;
  page["items"] = std::move(items);
  if (size < left) put_continuation(page, from + size, world.options.paging);
  page["attributes"] = {{"objectType", "Collection"}};
  return json_answer(200, page);
}

void put(json::object& object, std::string_view name, std::string_view text) {
  if (!text.empty()) object[name] = text;
}

std::uint64_t devices_in(const Batch& batch, MonoTime now) {
  std::uint64_t count = 0;
  for (const Job* job : batch.jobs) count += job->is_done(now) ? job->registered() : 0;
  return count;
}

json::object describe_batch(const World& world, const std::string& customer, const Batch& batch) {
  json::object object = {{"id", batch.id},
                         {"createdBy", "Contoso Partner"},
                         {"creationDate", format_utc(batch.created).substr(0, 19)},
                         {"devicesCount", devices_in(batch, world.clock.now_mono())}};
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

json::object describe_device(const Job& job, std::size_t i) {
  const DeviceRow& row = job.rows[i];
  json::object device;
  device["id"] = job.results[i].device_id;
  put(device, "serialNumber", row.serial);
  put(device, "productKey", row.pkid);
  put(device, "modelName", row.model);
  put(device, "oemManufacturerName", row.manufacturer);
  device["uploadedDate"] = uploaded_date(job.accepted_utc);
  device["allowedOperations"] = {"GET", "PATCH", "DELETE"};
  device["attributes"] = {{"objectType", "Device"}};
  return device;
}

}  // namespace

Answer job_status(const World& world, const std::string& customer, const std::string& tracking_id) {
  const Job* job = world.jobs.find(to_lower(customer), tracking_id);
  const auto body =
      job ? describe_job(*job, world.clock.now_mono(), world.options.status_style) : std::nullopt;
  if (!body) return service_error(404, "1000", "Batch tracking id is not found.");
  return json_answer(200, *body);
}

Answer list_batches(const World& world, const Request& request, const std::string& customer) {
  std::vector<const Batch*> visible;
  for (const Batch& batch : world.jobs.batches_of(to_lower(customer))) {
    if (batch.visible_from <= world.clock.now_mono()) visible.push_back(&batch);
  }
  return paginate(world, request, visible.size(), world.options.batch_page_size,
                  [&](std::size_t i) { return describe_batch(world, customer, *visible[i]); });
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
      if (job->results[i].outcome == Outcome::registered) devices.emplace_back(job, i);
    }
  }
  return paginate(world, request, devices.size(), world.options.page_size, [&](std::size_t i) {
    return describe_device(*devices[i].first, devices[i].second);
  });
}

}  // namespace devicebatch::sandbox
