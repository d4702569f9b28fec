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
  request.url = without_trailing_slashes(options_.base_url) + "/v1" + path;
  request.bearer = std::move(bearer);
  request.sends_expect = options_.sends_expect;
  request.headers.emplace_back("Accept", "application/json");
  request.headers.emplace_back("MS-RequestId", ids.request_id.to_string());
  request.headers.emplace_back("MS-CorrelationId", ids.correlation_id.to_string());
  request.headers.emplace_back("X-Locale", options_.locale);
  request.headers.emplace_back("MS-PartnerCenter-Application", options_.application);
  return request;
}

http::Request Api::create_batch(const Uuid& customer, const CallIds& ids, std::string body,
                                std::shared_ptr<const Secret> bearer) const {
  http::Request post =
      request("POST", customer_path(customer) + "/deviceBatches", ids, std::move(bearer));
  post.headers.emplace_back("Content-Type", "application/json");
  post.body = std::move(body);
  return post;
}

http::Request Api::append_devices(const Uuid& customer, std::string_view batch, const CallIds& ids,
                                  std::string body, std::shared_ptr<const Secret> bearer) const {
  const std::string path =
      customer_path(customer) + "/deviceBatches/" + percent_encode(batch) + "/devices";
  http::Request post = request("POST", path, ids, std::move(bearer));
  post.headers.emplace_back("Content-Type", "application/json");
  post.body = std::move(body);
  return post;
}

http::Request Api::job_status(const Uuid& customer, const Uuid& tracking_id, const CallIds& ids,
                              std::shared_ptr<const Secret> bearer) const {
  return request("GET", customer_path(customer) + "/batchJobStatus/" + tracking_id.to_string(), ids,
                 std::move(bearer));
}

http::Request Api::list_batches(const Uuid& customer, std::string_view continuation,
                                const CallIds& ids, std::shared_ptr<const Secret> bearer) const {
  http::Request get =
      request("GET", customer_path(customer) + "/deviceBatches", ids, std::move(bearer));
  if (!continuation.empty()) {
    get.headers.emplace_back("MS-ContinuationToken", std::string(continuation));
  }
  return get;
}

}  // namespace devicebatch::partner_center
