#include "partner_center/pages.hpp"

#include "base/text.hpp"
#include "partner_center/json_reply.hpp"

#include <algorithm>

namespace devicebatch::partner_center {

namespace json = boost::json;

namespace {

constexpr std::size_t kContinuationBytes = 8 * 1024;  // what servers accept in a header
constexpr std::size_t kDateBytes = 64;
// A page has 100 entries; one with more than this is no page, and would take ten times its tree.
constexpr std::size_t kItemsOfPage = 50'000;

bool is_header_safe(std::string_view text) {
  return text.size() <= kContinuationBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// {"links":{"next":{"headers":[{"key":"MS-ContinuationToken","value":"..."}]}}}
std::string continuation_in_links(const json::object& object) {
  const json::object* links = object_member(object, "links");
  const json::object* next = links == nullptr ? nullptr : object_member(*links, "next");
  const json::array* headers = next == nullptr ? nullptr : array_member(*next, "headers");
  if (headers == nullptr) return {};
  for (const json::value& element : *headers) {
    const json::object* header = element.if_object();
    if (header != nullptr &&
        equals_ignoring_case(text_member(*header, "key"), "MS-ContinuationToken")) {
      return text_member(*header, "value");
    }
  }
  return {};
}

std::string continuation_of(const json::object& object) {
  std::string token = text_member(object, "continuationToken");
  return token.empty() ? continuation_in_links(object) : token;
}

std::uint64_t count_of(const json::object& object, std::string_view name,
                       std::string_view other_name) {
  auto count = number_member(object, name);
  if (!count) count = number_member(object, other_name);
  return count && *count > 0 ? static_cast<std::uint64_t>(*count) : 0;
}

std::string date_of(const json::object& object, std::string_view name) {
  return short_text(trim(text_member(object, name)), kDateBytes);
}

// Hands every object among the items to `take` and gives the token of the next page.
template <class Take>
Result<std::string> read_page(std::string_view body, std::string_view what, Take take) {
  Result<json::value> value = parse_reply(body);
  if (!value) return fail(std::move(value), what);
  const auto corrupt = [&](std::string_view why) {
    return fail(Errc::corrupt, std::string(what) + ": " + std::string(why));
  };
  const json::object* object = value->if_object();
  if (object == nullptr) return corrupt("not an object");
  const json::array* items = array_member(*object, "items");
  // Nulls may be left out, so an empty collection can come without items; anything else can not:
  // taking it for an empty one would create or register again what exists.
  if (items == nullptr && number_member(*object, "totalCount") != 0) return corrupt("no items");
  if (items != nullptr && items->size() > kItemsOfPage) return corrupt("more items than any page");
  std::string continuation = continuation_of(*object);
  if (!is_header_safe(continuation)) {
    return corrupt("the continuation token does not fit a header");
  }
  if (items == nullptr) return continuation;
  for (const json::value& element : *items) {
    if (const json::object* item = element.if_object()) take(*item);
  }
  return continuation;
}

std::vector<DevicePolicy> device_policies(const json::object& device) {
  std::vector<DevicePolicy> policies;
  const json::array* array = array_member(device, "policies");
  if (array == nullptr) return policies;
  for (const json::value& element : *array) {
    const json::object* policy = element.if_object();
    if (policy == nullptr) continue;
    policies.push_back({text_member(*policy, "key"), text_member(*policy, "value")});
  }
  return policies;
}

DeviceListing device_listing(const json::object& object) {
  DeviceListing device;
  device.id = text_member(object, "id");
  device.serial = text_member(object, "serialNumber");
  device.pkid = text_member(object, "productKey");
  device.manufacturer = text_member(object, "oemManufacturerName");
  device.model = text_member(object, "modelName");
  device.uploaded = date_of(object, "uploadedDate");
  device.policies = device_policies(object);
  return device;
}

ConfigurationPolicy configuration_policy(const json::object& object) {
  ConfigurationPolicy policy;
  policy.id = text_member(object, "id");
  policy.name = text_member(object, "name");
  policy.category = text_member(object, "category");
  policy.description = text_member(object, "description");
  policy.devices = count_of(object, "devicesAssignedCount", "devicesAssigned");
  policy.created = date_of(object, "createdDate");
  policy.modified = date_of(object, "lastModifiedDate");
  if (const json::array* settings = array_member(object, "policySettings")) {
    for (const json::value& element : *settings) {
      if (std::string text = text_of(element); !text.empty()) {
        policy.settings.push_back(std::move(text));
      }
    }
  }
  return policy;
}

}  // namespace

Result<BatchPage> read_batch_page(std::string_view body) {
  BatchPage page;
  Result<std::string> next = read_page(body, "batch list", [&](const json::object& batch) {
    std::string id = text_member(batch, "id");
    const std::uint64_t devices = count_of(batch, "devicesCount", "deviceCount");
    if (!id.empty()) page.batches.push_back({std::move(id), devices});
  });
  if (!next) return fail(std::move(next.error()));
  page.continuation = std::move(*next);
  return page;
}

Result<DevicePage> read_device_page(std::string_view body) {
  DevicePage page;
  Result<std::string> next = read_page(body, "device list", [&](const json::object& device) {
    page.devices.push_back(device_listing(device));
  });
  if (!next) return fail(std::move(next.error()));
  page.continuation = std::move(*next);
  return page;
}

Result<PolicyPage> read_policy_page(std::string_view body) {
  PolicyPage page;
  Result<std::string> next = read_page(body, "policy list", [&](const json::object& policy) {
    page.policies.push_back(configuration_policy(policy));
  });
  if (!next) return fail(std::move(next.error()));
  page.continuation = std::move(*next);
  return page;
}

Result<ConfigurationPolicy> read_policy(std::string_view body) {
  Result<json::value> value = parse_reply(body);
  if (!value) return fail(std::move(value), "policy");
  const json::object* object = value->if_object();
  if (object == nullptr) return fail(Errc::corrupt, "policy: not an object");
  ConfigurationPolicy policy = configuration_policy(*object);
  if (policy.id.empty()) return fail(Errc::corrupt, "policy: no id");
  return policy;
}

bool PageGuard::is_new(std::string_view continuation) {
  if (continuation.empty()) return false;
  if (seen_.size() + 1 < pages_max_ && seen_.insert(sha256(continuation)).second) return true;
  is_cut_ = true;
  return false;
}

}  // namespace devicebatch::partner_center
