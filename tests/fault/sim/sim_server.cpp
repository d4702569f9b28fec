#include "fault/sim/sim_server.hpp"

#include "base/text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace devicebatch::sim {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

std::string header_of(const http::Request& request, std::string_view name) {
  for (const http::Header& header : request.headers) {
    if (equals_ignoring_case(header.name, name)) return header.value;
  }
  return {};
}

std::vector<std::string> segments_of(std::string_view url) {
  std::vector<std::string> segments;
  std::size_t at = url.find("/v1/");
  if (at == std::string_view::npos) return segments;
  for (at += 4; at <= url.size();) {
    const std::size_t end = std::min(url.find_first_of("/?", at), url.size());
    segments.emplace_back(url.substr(at, end - at));
    if (end < url.size() && url[end] == '?') break;
    at = end + 1;
  }
  return segments;
}

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

http::Response reply(int status, std::string body = "") {
  http::Response response;
  response.status = status;
  response.headers.emplace_back("Date", "Fri, 15 Jan 2027 08:00:00 GMT");
  response.body = std::move(body);
  return response;
}

http::Response error(int status, std::string_view code) {
  return reply(status, R"({"code":")" + std::string(code) + R"(","description":"as simulated"})");
}

}  // namespace

std::optional<Upload> read_upload(const http::Request& request) {
  const std::vector<std::string> path = segments_of(request.url);
  if (request.method != "POST" || path.size() < 3) return std::nullopt;
  Upload upload;
  upload.request_id = header_of(request, "MS-RequestId");
  upload.customer = path[1];
  const json::value body = json::parse(request.body);
  const json::value* devices = &body;
  if (body.is_object()) {
    upload.is_create = true;
    upload.batch = text_of(body.get_object(), "batchId");
    devices = &body.get_object().at("devices");
  } else {
    upload.batch = path[3];
  }
  for (const json::value& device : devices->get_array()) {
    const json::object& object = device.get_object();
    upload.devices.push_back({text_of(object, "serialNumber"), text_of(object, "productKey")});
  }
  return upload;
}

SimServer::SimServer(const Clock& clock, Agenda& agenda, Dice& dice, const Scenario& scenario)
    : clock_(clock),
      agenda_(agenda),
      dice_(dice),
      plan_(scenario.server),
      traits_(scenario.traits) {
  const std::string customer = scenario.settings.destinations.front().customer;
  for (const FilePlan& file : scenario.files) {
    for (const SimDevice& device : file.rows) {
      const auto traits = traits_.find(device.key());
      if (traits == traits_.end() || !traits->second.was_there) continue;
      registry_[device.key()] = {scenario.settings.destinations[file.source].customer, "", 0};
    }
  }
}

void SimServer::calm_down() {
  is_calm_ = true;
  is_down = false;
  refuses_credentials = false;
  forbidden_customer.clear();
}

http::Response SimServer::handle(const http::Request& request) {
  if (request.url.find("/oauth2/") != std::string::npos) return token(request);
  if (auto refusal = turn_away(request)) return std::move(*refusal);
  const std::vector<std::string> path = segments_of(request.url);
  if (request.method == "POST") return upload(*read_upload(request));
  if (path.size() == 4 && equals_ignoring_case(path[2], "batchJobStatus")) {
    return job_status(path[3]);
  }
  if (path.size() == 3) return list_batches(path[1]);
  return list_devices(path[1], path[3], header_of(request, "MS-ContinuationToken"));
}

http::Response SimServer::token(const http::Request&) {
  if (is_down || is_unlucky(plan_.error_before / 2)) return reply(503, "<html>no</html>");
  if (refuses_credentials) {
    return reply(401, R"({"error":"invalid_client","error_description":"AADSTS7000222: expired",)"
                      R"("error_codes":[7000222]})");
  }
  const std::string text = "token-" + std::to_string(++token_count_);
  tokens_[text] = clock_.now_mono() + plan_.token_life;
  return reply(200, R"({"token_type":"Bearer","expires_in":")" +
                        std::to_string(plan_.token_life.count()) + R"(","access_token":")" + text +
                        R"("})");
}

std::optional<http::Response> SimServer::turn_away(const http::Request& request) {
  if (is_down) return reply(503, "<html>down</html>");
  if (is_unlucky(plan_.page_of_somebody)) {
    return dice_.chance(0.5) ? reply(200, "<html>please sign in</html>") : reply(302);
  }
  const auto token = request.bearer ? tokens_.find(request.bearer->reveal()) : tokens_.end();
  if (token == tokens_.end() || token->second <= clock_.now_mono()) return reply(401);
  const std::vector<std::string> path = segments_of(request.url);
  if (!forbidden_customer.empty() && path.size() > 1 && path[1] == forbidden_customer) {
    return error(403, dice_.chance(0.5) ? "20002" : "900150");
  }
  if (is_unlucky(plan_.throttle)) {
    http::Response response = reply(429, R"({"statusCode":429,"message":"Rate limit"})");
    response.headers.emplace_back("Retry-After", std::to_string(dice_.between(1, 60)));
    return response;
  }
  if (is_unlucky(plan_.error_before)) {
    constexpr int kStatuses[] = {500, 502, 503, 504, 408};
    return error(kStatuses[dice_.below(5)], "800003");
  }
  return std::nullopt;
}

std::optional<http::Response> SimServer::refuse(const Upload& upload) {
  if (plan_.devices_max != 0 && upload.devices.size() > plan_.devices_max) return reply(413);
  for (const Upload::Item& device : upload.devices) {
    const auto traits = traits_.find(device.key());
    if (traits != traits_.end() && traits->second.is_poisoned) return error(400, "3000");
  }
  const Batches& batches = batches_[upload.customer];
  const bool is_there = batches.contains(to_lower(upload.batch));
  if (upload.is_create && is_there) return reply(409);
  if (!upload.is_create && !is_there) return error(404, "1000");
  if (!upload.is_create && is_unlucky(plan_.conflict)) return reply(409);
  return std::nullopt;
}

http::Response SimServer::upload(const Upload& upload) {
  if (plan_.honours_ids) {
    const auto known = by_request_.find(upload.request_id);
    if (known != by_request_.end()) return job_accepted(known->second);
  }
  if (auto refusal = refuse(upload)) return std::move(*refusal);
  return accept(upload);
}

http::Response SimServer::accept(const Upload& upload) {
  const std::string tracking_id = Uuid::random(dice_.random()).to_string();
  by_request_[upload.request_id] = tracking_id;
  Job& job = jobs_[tracking_id];
  job.upload = upload;
  const MonoTime now = clock_.now_mono();
  const milliseconds takes = dice_.time(plan_.job_least, plan_.job_most);
  if (is_unlucky(plan_.job_is_late)) job.visible_at = now + dice_.time(100ms, 5s);
  if (is_unlucky(plan_.forgets_job)) job.forgotten_at = now + dice_.time(0s, 60s);
  if (upload.is_create && plan_.lists_new_batch_at_once) {
    batches_[upload.customer][to_lower(upload.batch)].name = upload.batch;
  }
  agenda_.in(takes / 2, [&job] { job.is_started = true; });
  agenda_.in(takes, [this, &job] { finish(job); });
  if (tell) tell("  service: accepted " + upload.request_id + " as " + tracking_id);
  if (is_unlucky(plan_.error_after)) return error(dice_.chance(0.5) ? 500 : 504, "900192");
  return job_accepted(tracking_id);
}

http::Response SimServer::job_accepted(const std::string& tracking_id) {
  http::Response response = reply(202);
  if (is_unlucky(plan_.no_location)) return response;
  const std::string customer = jobs_.at(tracking_id).upload.customer;
  const std::string path = "/customers/" + customer + "/batchJobStatus/" + tracking_id;
  switch (dice_.below(3)) {
    case 0:
      response.body = R"({"uri":")" + path + R"(","method":"GET"})";
      break;
    case 1:
      response.headers.emplace_back("Location", "https://service.invalid/v1" + path);
      break;
    default:
      response.headers.emplace_back("Location", path);
      break;
  }
  return response;
}

SimServer::Answer SimServer::answer_for(Job& job, const Upload::Item& device) {
  const std::string& customer = job.upload.customer;
  const std::string key = device.key();
  DeviceTraits& traits = traits_[key];
  std::string id;
  std::string trouble;
  const auto known = registry_.find(key);
  if (traits.is_foreign || (known != registry_.end() && known->second.customer != customer)) {
    trouble = R"("errorCode":"808","errorDescription":"ZtdDeviceAssignedToOtherTenant")";
  } else if (known != registry_.end()) {
    trouble = R"("errorCode":"806","errorDescription":"ZtdDeviceAlreadyAssigned")";
    const std::string& before = known->second.request_id;
    if (!before.empty() && registered_twice) registered_twice(key, before, job.upload.request_id);
  } else if (traits.storage_errors > 0) {
    --traits.storage_errors;
    trouble = R"("errorCode":"500","errorDescription":"StorageError")";
  } else if (traits.missing > 0) {
    --traits.missing;
    trouble = R"("errorCode":"812","errorDescription":"ZtdDeviceNotFound")";
  } else {
    Registration& registration = registry_[key];
    registration.customer = customer;
    registration.request_id = job.upload.request_id;
    ++registration.times;
    id = Uuid::random(dice_.random()).to_string();
    batches_[customer][to_lower(job.upload.batch)].devices.push_back(
        R"({"id":")" + id + R"(","serialNumber":")" + device.serial + R"(","productKey":")" +
        device.pkid + R"("})");
    if (tell) tell("  service: registered " + key + " for " + job.upload.request_id);
  }
  Answer answer;
  answer.key = key;
  answer.is_ok = trouble.empty();
  answer.text = R"({"serialNumber":")" + device.serial + R"(","productKey":")" + device.pkid +
                R"(","status":")" + (answer.is_ok ? "finished" : "finished_with_errors") + '"';
  if (!id.empty()) answer.text += R"(,"deviceId":")" + id + '"';
  if (!trouble.empty()) answer.text += "," + trouble;
  answer.text += "}";
  return answer;
}

void SimServer::finish(Job& job) {
  job.is_started = true;
  job.is_over = true;
  if (job.upload.is_create) {
    batches_[job.upload.customer][to_lower(job.upload.batch)].name = job.upload.batch;
  }
  for (const Upload::Item& device : job.upload.devices) {
    Answer answer = answer_for(job, device);
    if (!is_unlucky(plan_.omits_device)) job.answers.push_back(std::move(answer));
  }
  for (std::size_t left = job.answers.size(); left > 1; --left) {
    std::swap(job.answers[left - 1], job.answers[dice_.below(left)]);
  }
}

bool SimServer::is_working_on(const std::string& request_id, const std::string& key) const {
  for (const auto& [tracking_id, job] : jobs_) {
    if (job.is_over || job.upload.request_id != request_id) continue;
    for (const Upload::Item& device : job.upload.devices) {
      if (device.key() == key) return true;
    }
  }
  return false;
}

http::Response SimServer::job_status(const std::string& tracking_id) {
  const auto found = jobs_.find(tracking_id);
  const MonoTime now = clock_.now_mono();
  const bool is_known = found != jobs_.end() && now >= found->second.visible_at &&
                        (is_calm_ || now < found->second.forgotten_at);
  if (!is_known) return error(404, "1000");
  const Job& job = found->second;
  std::string devices;
  bool is_clean = true;
  for (const Answer& answer : job.answers) {
    if (!devices.empty()) devices += ",";
    devices += answer.text;
    is_clean = is_clean && answer.is_ok;
  }
  const std::string_view over = is_clean ? "finished" : "FinishedWithErrors";
  const std::string_view state = job.is_over ? over : job.is_started ? "processing" : "queued";
  return reply(200, R"({"batchTrackingId":")" + tracking_id + R"(","status":")" +
                        std::string(state) + R"(","devicesStatus":)" +
                        (job.is_over ? "[" + devices + "]" : std::string("null")) + "}");
}

http::Response SimServer::list_batches(const std::string& customer) {
  std::string items;
  std::size_t count = 0;
  for (const auto& [folded, batch] : batches_[customer]) {
    if (batch.name.empty()) continue;
    items += (count++ == 0 ? R"({"id":")" : R"(,{"id":")") + batch.name + R"("})";
  }
  return reply(200, R"({"totalCount":)" + std::to_string(count) + R"(,"items":[)" + items + "]}");
}

http::Response SimServer::list_devices(const std::string& customer, const std::string& batch,
                                       std::string_view continuation) {
  const Batches& batches = batches_[customer];
  const auto found = batches.find(to_lower(batch));
  if (found == batches.end()) return error(404, "1000");
  const std::vector<std::string>& devices = found->second.devices;
  std::size_t begin = 0;
  for (const char digit : continuation) begin = begin * 10 + static_cast<std::size_t>(digit - '0');
  const std::size_t end = std::min(begin + plan_.page, devices.size());
  std::string items;
  for (std::size_t at = begin; at < end; ++at) items += (at == begin ? "" : ",") + devices[at];
  std::string body = R"({"totalCount":)" + std::to_string(end - std::min(begin, end)) +
                     R"(,"items":[)" + items + "]";
  if (end < devices.size()) body += R"(,"continuationToken":")" + std::to_string(end) + '"';
  return reply(200, body + "}");
}

}  // namespace devicebatch::sim
