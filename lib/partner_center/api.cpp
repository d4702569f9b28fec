#include "partner_center/api.hpp"

#include "base/text.hpp"

namespace devicebatch::partner_center {

namespace {

bool is_unreserved(char c) {
  return is_ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

std::string customer_path(const Uuid& customer) {
  return "/customers/" + customer.to_string();
}

std::string batch_path(const Uuid& customer, std::string_view batch) {
  return customer_path(customer) + "/deviceBatches/" + percent_encode(batch);
}

std::string device_path(const DevicePlace& place) {
  return batch_path(place.customer, place.batch) + "/devices/" + percent_encode(place.device_id);
}

std::string policy_path(const Uuid& customer, std::string_view policy_id) {
  return customer_path(customer) + "/policies/" + percent_encode(policy_id);
}

// An empty or dotted id would make the path that of another thing: the collection, its parent.
bool stays_in_place(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const std::string_view segment = path.substr(0, path.find('/'));
    if (segment.empty() || segment == "." || segment == "..") return false;
    path.remove_prefix(segment.size());
  }
  return true;
}

http::Request with_body(http::Request request, std::string body) {
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = std::move(body);
  return request;
}

std::string without_trailing_slashes(std::string_view url) {
  while (url.ends_with('/')) url.remove_suffix(1);
  return std::string(url);
}

}  // namespace

std::string percent_encode(std::string_view segment) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(segment.size());
  for (const char c : segment) {
    if (is_unreserved(c)) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kDigits[byte >> 4];
    encoded += kDigits[byte & 0x0F];
  }
  return encoded;
}

http::Request Api::request(std::string method, const std::string& path, const CallIds& ids,
                           std::shared_ptr<const Secret> bearer) const {
  http::Request request;
  request.method = std::move(method);
  // What is no URL is refused by the transport, with this text.
  request.url = stays_in_place(path) ? without_trailing_slashes(options_.base_url) + "/v1" + path
                                     : "an empty or dotted id cannot stand in a path: " + path;
  request.bearer = std::move(bearer);
  request.sends_expect = options_.sends_expect;
  request.headers.emplace_back("Accept", "application/json");
  request.headers.emplace_back("MS-RequestId", ids.request_id.to_string());
  request.headers.emplace_back("MS-CorrelationId", ids.correlation_id.to_string());
  request.headers.emplace_back("X-Locale", options_.locale);
  request.headers.emplace_back("MS-PartnerCenter-Application", options_.application);
  if (!options_.contract_version.empty()) {
    request.headers.emplace_back("MS-Contract-Version", options_.contract_version);
  }
  return request;
}

http::Request Api::page_request(const std::string& path, std::string_view continuation,
                                const CallIds& ids, std::shared_ptr<const Secret> bearer) const {
  http::Request get = request("GET", path, ids, std::move(bearer));
  if (!continuation.empty()) {
    get.headers.emplace_back("MS-ContinuationToken", std::string(continuation));
  }
  return get;
}

http::Request Api::create_batch(const Uuid& customer, const CallIds& ids, std::string body,
                                std::shared_ptr<const Secret> bearer) const {
  const std::string path = customer_path(customer) + "/deviceBatches";
  return with_body(request("POST", path, ids, std::move(bearer)), std::move(body));
}

http::Request Api::append_devices(const Uuid& customer, std::string_view batch, const CallIds& ids,
                                  std::string body, std::shared_ptr<const Secret> bearer) const {
  const std::string path = batch_path(customer, batch) + "/devices";
  return with_body(request("POST", path, ids, std::move(bearer)), std::move(body));
}

http::Request Api::job_status(const Uuid& customer, const Uuid& tracking_id, const CallIds& ids,
                              std::shared_ptr<const Secret> bearer) const {
  return request("GET", customer_path(customer) + "/batchJobStatus/" + tracking_id.to_string(), ids,
                 std::move(bearer));
}

http::Request Api::list_batches(const Uuid& customer, std::string_view continuation,
                                const CallIds& ids, std::shared_ptr<const Secret> bearer) const {
  return page_request(customer_path(customer) + "/deviceBatches", continuation, ids,
                      std::move(bearer));
}

http::Request Api::list_devices(const Uuid& customer, std::string_view batch,
                                std::string_view continuation, const CallIds& ids,
                                std::shared_ptr<const Secret> bearer) const {
  return page_request(batch_path(customer, batch) + "/devices", continuation, ids,
                      std::move(bearer));
}

http::Request Api::update_device(const DevicePlace& place, const CallIds& ids, std::string body,
                                 std::shared_ptr<const Secret> bearer) const {
  return with_body(request("PUT", device_path(place), ids, std::move(bearer)), std::move(body));
}

http::Request Api::delete_device(const DevicePlace& place, const CallIds& ids,
                                 std::shared_ptr<const Secret> bearer) const {
  return request("DELETE", device_path(place), ids, std::move(bearer));
}

http::Request Api::assign_policies(const Uuid& customer, const CallIds& ids, std::string body,
                                   std::shared_ptr<const Secret> bearer) const {
  const std::string path = customer_path(customer) + "/DevicePolicyUpdates";
  return with_body(request("PATCH", path, ids, std::move(bearer)), std::move(body));
}

http::Request Api::list_policies(const Uuid& customer, std::string_view continuation,
                                 const CallIds& ids, std::shared_ptr<const Secret> bearer) const {
  return page_request(customer_path(customer) + "/policies", continuation, ids, std::move(bearer));
}

http::Request Api::create_policy(const Uuid& customer, const CallIds& ids, std::string body,
                                 std::shared_ptr<const Secret> bearer) const {
  const std::string path = customer_path(customer) + "/policies";
  return with_body(request("POST", path, ids, std::move(bearer)), std::move(body));
}

http::Request Api::get_policy(const Uuid& customer, std::string_view policy_id, const CallIds& ids,
                              std::shared_ptr<const Secret> bearer) const {
  return request("GET", policy_path(customer, policy_id), ids, std::move(bearer));
}

http::Request Api::update_policy(const Uuid& customer, std::string_view policy_id,
                                 const CallIds& ids, std::string body,
                                 std::shared_ptr<const Secret> bearer) const {
  const std::string path = policy_path(customer, policy_id);
  return with_body(request("PUT", path, ids, std::move(bearer)), std::move(body));
}

http::Request Api::delete_policy(const Uuid& customer, std::string_view policy_id,
                                 const CallIds& ids, std::shared_ptr<const Secret> bearer) const {
  return request("DELETE", policy_path(customer, policy_id), ids, std::move(bearer));
}

}  // namespace devicebatch::partner_center
