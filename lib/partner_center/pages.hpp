// partner_center/pages.hpp - the collections of the service, a page at a time.
//
// Purpose:   batches, devices and policies as the service lists them, and where the next page is.
// Threading: pure; any thread. A PageGuard belongs to one listing.
// Errors:    Errc::corrupt with the place when a body cannot be read. What is no list is never
//            taken for an empty one: devices that are there would be missed.
// Source:    docs/protocol.md, "Pages".
#pragma once

#include "base/result.hpp"
#include "base/sha256.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace devicebatch::partner_center {

struct BatchSummary {
  std::string id;
  std::uint64_t devices = 0;
};
struct BatchPage {
  std::vector<BatchSummary> batches;
  std::string continuation;  // empty: the last page
};
Result<BatchPage> read_batch_page(std::string_view body);

struct DevicePolicy {
  std::string key;    // "o_o_b_e"
  std::string value;  // a policy id or the name of a profile; may be empty
};

// A device as the service knows it. Any member may be empty; the hash is never given back.
struct DeviceListing {
  std::string id;
  std::string serial;
  std::string pkid;
  std::string manufacturer;
  std::string model;
  std::string uploaded;  // as written by the service
  std::vector<DevicePolicy> policies;
};
struct DevicePage {
  std::vector<DeviceListing> devices;
  std::string continuation;  // empty: the last page
};
Result<DevicePage> read_device_page(std::string_view body);

struct ConfigurationPolicy {
  std::string id;
  std::string name;
  std::string category;  // "o_o_b_e"
  std::string description;
  std::uint64_t devices = 0;
  std::vector<std::string> settings;
  std::string created;   // as written by the service
  std::string modified;  // as written by the service
};
struct PolicyPage {
  std::vector<ConfigurationPolicy> policies;
  std::string continuation;  // empty: the last page
};
Result<PolicyPage> read_policy_page(std::string_view body);
Result<ConfigurationPolicy> read_policy(std::string_view body);

// Ends a listing whose pages do not.
class PageGuard {
 public:
  explicit PageGuard(std::size_t pages_max = 1000) : pages_max_(pages_max) {}

  // False: there is no further page to ask for.
  bool is_new(std::string_view continuation);
  // The service repeated a token or had more pages than any listing: what was read is not all.
  bool is_cut() const { return is_cut_; }

 private:
  std::size_t pages_max_;
  std::set<Digest> seen_;  // a token may have 8 KB
  bool is_cut_ = false;
};

}  // namespace devicebatch::partner_center
