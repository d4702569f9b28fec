#include "sandbox/service/device_rows.hpp"

#include "base/check.hpp"
#include "base/hex.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <span>

namespace devicebatch::sandbox {
namespace {

namespace json = boost::json;

constexpr std::array<OutcomeText, kOutcomes> kTexts = {{
    {"registered", "", ""},
    {"already", "806", "ZtdDeviceAlreadyAssigned"},
    {"other_tenant", "808", "ZtdDeviceAssignedToOtherTenant"},
    {"duplicated", "815", "ZtdDeviceDuplicated"},
    {"bad_hash", "802", "InvalidZtdHardwareHash"},
    {"not_found", "812", "ZtdDeviceNotFound"},
    {"entra_object", "814", "ZtdDeviceAlreadyAadRegistered"},
    {"storage_error", "", "StorageError"},
    {"bad_request", "801", "InvalidZtdRequestBody"},
    {"no_keys", "803", "MissingZtdSerialNumberAndProductKey"},
    {"not_registered", "807", "ZtdDeviceIsNotRegistered"},
    {"no_profile", "809", "ZtdProfileIsNotRegistered"},
    {"other_profile", "810", "ZtdProfileAssignedToOtherTenant"},
    {"other_partner", "811", "ZtdDeviceRegisteredByOtherTenant"},
    {"not_unique", "813", "ZtdDeviceIsNotUnique"},
    {"short_hash", "", "HashNot4k"},
    {"misnumbered", "806", "ZtdDeviceAssignedToOtherTenant"},
    {"unheard", "899", "ZtdSomethingUnheardOf"},
    {"updated", "", ""},
}};

// A captured hash has about 4,000 characters; nothing genuine is this short.
constexpr std::size_t kLeastHashLength = 1'000;

// One device whose serial begins so makes the whole request a bad one.
constexpr std::string_view kPoison = "BAD-400-";

constexpr auto kBase64 = [] {
  std::array<bool, 256> accepted{};
  for (const char c :
       std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")) {
    accepted[static_cast<unsigned char>(c)] = true;
  }
  return accepted;
}();

bool is_base64(std::string_view text) {
  if (text.size() % 4 != 0) return false;
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return kBase64[static_cast<unsigned char>(c)]; });
}

Answer refuse(std::string_view code, std::string_view why) {
  return service_error(400, code, why);
}

bool has_identity(const DeviceRow& row) {
  if (!row.hash.empty() || !row.pkid.empty()) return true;
  return !row.serial.empty() && !row.manufacturer.empty() && !row.model.empty();
}

std::optional<Answer> read_row(const json::value& value, const Options& options, DeviceRow& row) {
  const json::object* device = value.if_object();
  if (device == nullptr) return refuse("3000", "A device is not an object.");
  row.serial = text_member(*device, "serialNumber");
  row.pkid = text_member(*device, "productKey");
  row.manufacturer = text_member(*device, "oemManufacturerName");
  row.model = text_member(*device, "modelName");
  if (const json::value* hash = member(*device, "hardwareHash"); hash && hash->is_string()) {
    const std::string_view text(hash->get_string());
    row.hash = text.empty() ? "" : hash_key(text);
    row.has_good_hash = text.empty() || options.accepts_dummy_hashes ||
                        (text.size() >= kLeastHashLength && is_base64(text));
  }
  row.policies = read_policies(*device);
  if (!has_identity(row)) return refuse("800002", "Invalid request input: device identity.");
  // The real service does not say which device it dislikes, either.
  if (row.serial.starts_with(kPoison)) return refuse("800002", "Invalid request input");
  return std::nullopt;
}

// The service looks for a policy and finds no element in an empty list.
bool has_empty_policies(const json::value& device) {
  const json::object* object = device.if_object();
  const json::value* policies = object ? member(*object, "policies") : nullptr;
  return policies && policies->is_array() && policies->get_array().empty();
}

std::optional<Answer> read_rows(const json::array& devices, const Options& options,
                                std::vector<DeviceRow>& rows) {
  if (devices.empty()) return refuse("800002", "Invalid request input: no devices.");
  if (devices.size() > options.max_devices) {
    return refuse("800002", "Invalid request input: too many devices.");
  }
  rows.resize(devices.size());
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (auto refusal = read_row(devices[i], options, rows[i])) return refusal;
  }
  return std::nullopt;
}

std::optional<Answer> read_creation(const json::value& value, const Options& options,
                                    UploadBody& body) {
  const json::object* object = value.if_object();
  if (object == nullptr) return refuse("800002", "Invalid request input: not an object.");
  body.batch = text_member(*object, "batchId");
  if (body.batch.empty()) return refuse("3000", "Invalid property: batchId.");
  const json::value* devices = member(*object, "devices");
  if (devices == nullptr || !devices->is_array()) {
    return refuse("3000", "Invalid property: devices.");
  }
  const json::array& list = devices->get_array();
  if (std::any_of(list.begin(), list.end(), has_empty_policies)) {
    return service_error(500, "800003", "Sequence contains no matching element");
  }
  return read_rows(list, options, body.rows);
}

std::optional<Answer> read_append(const json::value& value, const Options& options,
                                  UploadBody& body) {
  if (!value.is_array()) return refuse("800002", "Invalid request input: not an array.");
  return read_rows(value.get_array(), options, body.rows);
}

}  // namespace

const OutcomeText& text_of(Outcome outcome) {
  return kTexts.at(static_cast<std::size_t>(outcome));
}

bool is_success(Outcome outcome) {
  return outcome == Outcome::registered || outcome == Outcome::updated;
}

std::optional<Outcome> outcome_named(std::string_view word) {
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    if (word == kTexts[i].word) return static_cast<Outcome>(i);
  }
  return std::nullopt;
}

std::vector<PolicyLink> read_policies(const json::object& device) {
  std::vector<PolicyLink> links;
  const json::value* policies = member(device, "policies");
  if (policies == nullptr || !policies->is_array()) return links;
  for (const json::value& each : policies->get_array()) {
    const json::object* link = each.if_object();
    if (link == nullptr) continue;
    PolicyLink read{text_member(*link, "key"), text_member(*link, "value")};
    if (!read.key.empty()) links.push_back(std::move(read));
  }
  return links;
}

const json::value* member(const json::object& object, std::string_view name) {
  for (const json::key_value_pair& each : object) {
    if (equals_ignoring_case(std::string_view(each.key()), name)) {
      return each.value().is_null() ? nullptr : &each.value();
    }
  }
  return nullptr;
}

std::string text_member(const json::object& object, std::string_view name) {
  const json::value* value = member(object, name);
  if (value == nullptr || !value->is_string()) return {};
  return std::string(std::string_view(value->get_string()));
}

std::string hash_key(std::string_view hash_text) {
  const Digest digest = sha256(hash_text);
  return to_hex(std::span(digest).first<16>());
}

ReadUpload read_upload(std::string_view body, bool creates, const Options& options) {
  ReadUpload upload;
  json::monotonic_resource memory(body.size() + 4096);
  json::error_code error;
  const json::value value = json::parse({body.data(), body.size()}, error, &memory);
  if (error) {
    upload.refusal = refuse("800002", "Invalid request input: " + error.message());
  } else if (creates) {
    upload.refusal = read_creation(value, options, upload.body);
  } else {
    upload.refusal = read_append(value, options, upload.body);
  }
  return upload;
}

}  // namespace devicebatch::sandbox
