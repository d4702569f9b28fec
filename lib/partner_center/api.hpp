// partner_center/api.hpp - the requests of the device-batch REST API.
//
// Purpose:   values in, an http::Request out. Nothing is sent here.
// Threading: pure; any thread.
// Source:    docs/protocol.md, endpoints E1 to E4 and "Headers".
#pragma once

#include "base/uuid.hpp"
#include "http/transport.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace devicebatch::partner_center {

struct ApiOptions {
  std::string base_url = "https://api.partnercenter.microsoft.com";  // without /v1
  std::string application = "devicebatchd";                          // MS-PartnerCenter-Application
  std::string locale = "en-US";                                      // X-Locale
  bool sends_expect = false;
};

struct CallIds {
  CallIds(const Uuid& request, const Uuid& correlation)
      : request_id(request), correlation_id(correlation) {}
  Uuid request_id;      // MS-RequestId: the idempotency key of a POST, fresh for a GET
  Uuid correlation_id;  // MS-CorrelationId: for logs and support
};

class Api {
 public:
  explicit Api(ApiOptions options) : options_(std::move(options)) {}

  // E1. `body` comes from encode_batch().
  http::Request create_batch(const Uuid& customer, const CallIds& ids, std::string body,
                             std::shared_ptr<const Secret> bearer) const;
  // E2. `body` comes from encode_devices().
  http::Request append_devices(const Uuid& customer, std::string_view batch, const CallIds& ids,
                               std::string body, std::shared_ptr<const Secret> bearer) const;
  // E3
  http::Request job_status(const Uuid& customer, const Uuid& tracking_id, const CallIds& ids,
                           std::shared_ptr<const Secret> bearer) const;
  // E4; `continuation` is empty for the first page.
  http::Request list_batches(const Uuid& customer, std::string_view continuation,
                             const CallIds& ids, std::shared_ptr<const Secret> bearer) const;

 private:
  http::Request request(std::string method, const std::string& path, const CallIds& ids,
                        std::shared_ptr<const Secret> bearer) const;
  ApiOptions options_;
};

// For a path segment: everything but unreserved characters becomes %XX.
std::string percent_encode(std::string_view segment);

}  // namespace devicebatch::partner_center
