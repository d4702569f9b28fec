// partner_center/api.hpp - the requests of the device-batch REST API.
//
// Purpose:   values in, an http::Request out. Nothing is sent here.
// Threading: pure; any thread.
// Errors:    an id that is empty, "." or ".." gives a request that the transport refuses with
//            Errc::rejected.
// Source:    docs/protocol.md, endpoints E1 to E13 and "Headers".
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
  std::string contract_version;  // MS-Contract-Version; empty: left out
  bool sends_expect = false;
};

struct CallIds {
  CallIds(const Uuid& request, const Uuid& correlation)
      : request_id(request), correlation_id(correlation) {}
  Uuid request_id;      // MS-RequestId: the idempotency key of a POST, fresh for a GET
  Uuid correlation_id;  // MS-CorrelationId: for logs and support
};

// One device of the service, for the calls that change it. Batch and id are free text.
struct DevicePlace {
  Uuid customer;
  std::string batch;
  std::string device_id;
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
  // E5, 100 devices a page.
  http::Request list_devices(const Uuid& customer, std::string_view batch,
                             std::string_view continuation, const CallIds& ids,
                             std::shared_ptr<const Secret> bearer) const;
  // E6. `body` comes from encode_device().
  http::Request update_device(const DevicePlace& place, const CallIds& ids, std::string body,
                              std::shared_ptr<const Secret> bearer) const;
  // E7
  http::Request delete_device(const DevicePlace& place, const CallIds& ids,
                              std::shared_ptr<const Secret> bearer) const;
  // E8, a job like E2. `body` comes from encode_assignments().
  http::Request assign_policies(const Uuid& customer, const CallIds& ids, std::string body,
                                std::shared_ptr<const Secret> bearer) const;
  // E9
  http::Request list_policies(const Uuid& customer, std::string_view continuation,
                              const CallIds& ids, std::shared_ptr<const Secret> bearer) const;
  // E10. `body` comes from encode_policy().
  http::Request create_policy(const Uuid& customer, const CallIds& ids, std::string body,
                              std::shared_ptr<const Secret> bearer) const;
  // E11
  http::Request get_policy(const Uuid& customer, std::string_view policy_id, const CallIds& ids,
                           std::shared_ptr<const Secret> bearer) const;
  // E12. `body` comes from encode_policy().
  http::Request update_policy(const Uuid& customer, std::string_view policy_id, const CallIds& ids,
                              std::string body, std::shared_ptr<const Secret> bearer) const;
  // E13
  http::Request delete_policy(const Uuid& customer, std::string_view policy_id, const CallIds& ids,
                              std::shared_ptr<const Secret> bearer) const;

 private:
  http::Request request(std::string method, const std::string& path, const CallIds& ids,
                        std::shared_ptr<const Secret> bearer) const;
  http::Request page_request(const std::string& path, std::string_view continuation,
                             const CallIds& ids, std::shared_ptr<const Secret> bearer) const;
  ApiOptions options_;
};

// For a path segment: everything but unreserved characters becomes %XX.
std::string percent_encode(std::string_view segment);

}  // namespace devicebatch::partner_center
