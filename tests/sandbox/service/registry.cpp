#include "sandbox/service/registry.hpp"

#include "base/check.hpp"
#include "base/text.hpp"
#include "base/uuid.hpp"

#include <array>
#include <unordered_set>

namespace devicebatch::sandbox {
namespace {

struct MagicSerial {
  std::string_view prefix;
  Outcome outcome;
};
constexpr std::array<MagicSerial, 16> kMagicSerials = {{
    {"FAIL-801-", Outcome::bad_request},
    {"FAIL-802-", Outcome::bad_hash},
    {"FAIL-803-", Outcome::no_keys},
    {"FAIL-807-", Outcome::not_registered},
    {"FAIL-808-", Outcome::other_tenant},
    {"FAIL-809-", Outcome::no_profile},
    {"FAIL-810-", Outcome::other_profile},
    {"FAIL-811-", Outcome::other_partner},
    {"FAIL-812-", Outcome::not_found},
    {"FAIL-813-", Outcome::not_unique},
    {"FAIL-814-", Outcome::entra_object},
    {"FAIL-815-", Outcome::duplicated},
    {"FAIL-STORAGE-", Outcome::storage_error},
    {"FAIL-4K-", Outcome::short_hash},
    {"FAIL-MISNUMBERED-", Outcome::misnumbered},
    {"FAIL-UNHEARD-", Outcome::unheard},
}};
constexpr std::string_view kMagicStart = "FAIL-";

// Where only one side names a value, it cannot contradict.
bool agree(const std::string& left, const std::string& right) {
  return left.empty() || right.empty() || left == right;
}

bool same_model(const DeviceRow& left, const DeviceRow& right) {
  return agree(left.manufacturer, right.manufacturer) && agree(left.model, right.model);
}

// What makes two rows of one upload twins: the hash text, or without any hash the other keys.
std::string twin_key(const DeviceRow& row) {
  if (!row.hash.empty()) return "h:" + row.hash;
  return "s:" + row.serial + '\n' + row.pkid + '\n' + row.manufacturer + '\n' + row.model;
}

}  // namespace

std::string RegisteredDevice::key() const {
  if (!row.serial.empty()) return "serial:" + row.serial;
  if (!row.pkid.empty()) return "pkid:" + row.pkid;
  return "hash:" + row.hash;
}

const RegisteredDevice* Registry::find(const DeviceRow& row) const {
  const auto candidates = [&](const char* kind, const std::string& value) {
    const auto found = value.empty() ? by_key_.end() : by_key_.find(kind + value);
    return found == by_key_.end() ? std::span<const std::uint32_t>()
                                  : std::span<const std::uint32_t>(found->second);
  };
  for (const std::uint32_t i : candidates("h:", row.hash)) {
    if (!devices_[i].is_removed) return &devices_[i];
  }
  for (const std::uint32_t i : candidates("s:", row.serial)) {
    if (!devices_[i].is_removed && same_model(devices_[i].row, row)) return &devices_[i];
  }
  for (const std::uint32_t i : candidates("p:", row.pkid)) {
    if (!devices_[i].is_removed && agree(devices_[i].row.serial, row.serial)) return &devices_[i];
  }
  return nullptr;
}

std::optional<Outcome> Registry::judge_serial(const std::string& serial,
                                              const Options& options) const {
  if (!serial.starts_with(kMagicStart)) return std::nullopt;
  for (const MagicSerial& magic : kMagicSerials) {
    if (!serial.starts_with(magic.prefix)) continue;
    if (magic.outcome != Outcome::storage_error) return magic.outcome;
    const auto failed = storage_failed_.find(serial);
    const std::uint64_t times = failed == storage_failed_.end() ? 0 : failed->second;
    return times < options.storage_errors ? std::optional(magic.outcome) : std::nullopt;
  }
  return std::nullopt;
}

DeviceResult Registry::judge_one(const std::string& customer, const DeviceRow& row,
                                 const Terms& terms) const {
  if (const auto magic = judge_serial(row.serial, terms.options)) return {*magic, {}};
  if (!row.has_good_hash) return {Outcome::bad_hash, {}};
  if (row.hash.empty() && !terms.knows_tuples) return {Outcome::not_found, {}};
  const RegisteredDevice* known = find(row);
  if (known == nullptr) return {Outcome::registered, {}};
  if (known->customer != customer) return {Outcome::other_tenant, {}};
  const bool detects = terms.options.detects_registered;
  return {detects ? Outcome::already : Outcome::registered, known->device_id};
}

std::vector<DeviceResult> Registry::judge(const std::string& customer,
                                          std::span<const DeviceRow> rows, const Terms& terms,
                                          Random& random) const {
  std::vector<DeviceResult> results;
  results.reserve(rows.size());
  if (terms.quirks.fails || terms.quirks.fails_devices) {
    results.assign(rows.size(), {Outcome::bad_request, {}});
    return results;
  }
  std::uint64_t storage_errors = terms.quirks.storage_errors;
  std::unordered_set<std::string> in_this_upload;
  for (const DeviceRow& row : rows) {
    if (!in_this_upload.insert(twin_key(row)).second) {
      results.push_back({Outcome::duplicated, {}});
      continue;
    }
    results.push_back(judge_one(customer, row, terms));
    DeviceResult& result = results.back();
    const bool is_new = result.outcome == Outcome::registered && result.device_id.empty();
    if (is_new && storage_errors > 0) {
      --storage_errors;
      result.outcome = Outcome::storage_error;
    } else if (is_new) {
      result.device_id = Uuid::random(random).to_string();
    }
  }
  return results;
}

void Registry::apply(const Upload& upload, std::span<const DeviceRow> rows,
                     std::span<const DeviceResult> results) {
  DEVICEBATCH_CHECK(rows.size() == results.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const DeviceResult& result = results[i];
    ++counts_[static_cast<std::size_t>(result.outcome)];
    if (result.outcome == Outcome::storage_error) ++storage_failed_[rows[i].serial];
    if (result.device_id.empty()) continue;
    const auto known = by_id_.find(result.device_id);
    RegisteredDevice& device =
        known != by_id_.end() ? devices_[known->second] : add(rows[i], upload, result.device_id);
    ++(result.outcome == Outcome::registered ? device.registered : device.already);
    device.sightings.push_back({upload.post, result.outcome});
  }
}

RegisteredDevice& Registry::add(DeviceRow row, const Upload& upload, std::string device_id) {
  const auto number = static_cast<std::uint32_t>(devices_.size());
  RegisteredDevice device;
  device.row = std::move(row);
  device.customer = upload.customer;
  device.batch = upload.batch;
  device.device_id = std::move(device_id);
  by_id_.emplace(device.device_id, number);
  if (!device.row.hash.empty()) by_key_["h:" + device.row.hash].push_back(number);
  if (!device.row.serial.empty()) by_key_["s:" + device.row.serial].push_back(number);
  if (!device.row.pkid.empty()) by_key_["p:" + device.row.pkid].push_back(number);
  return devices_.emplace_back(std::move(device));
}

void Registry::preregister(const std::string& customer, DeviceRow row, std::string device_id) {
  add(std::move(row), {to_lower(customer), "", 0}, std::move(device_id));
}

RegisteredDevice* Registry::find_id(const std::string& device_id) {
  const auto found = by_id_.find(device_id);
  return found == by_id_.end() ? nullptr : &devices_[found->second];
}

const RegisteredDevice* Registry::find_id(const std::string& device_id) const {
  const auto found = by_id_.find(device_id);
  return found == by_id_.end() ? nullptr : &devices_[found->second];
}

void Registry::remove(const std::string& device_id) {
  RegisteredDevice* device = find_id(device_id);
  if (device == nullptr) return;
  device->is_removed = true;
  by_id_.erase(device_id);
  ++removed_;
}

void Registry::clear() {
  *this = Registry();
}

}  // namespace devicebatch::sandbox
