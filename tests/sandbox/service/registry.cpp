#include "sandbox/service/registry.hpp"

#include "base/check.hpp"
#include "base/text.hpp"
#include "base/uuid.hpp"

#include <array>

namespace devicebatch::sandbox {
namespace {

struct MagicSerial {
  std::string_view prefix;
  Outcome outcome;
};
constexpr std::array<MagicSerial, 5> kMagicSerials = {{
    {"FAIL-808-", Outcome::other_tenant},
    {"FAIL-802-", Outcome::bad_hash},
    {"FAIL-812-", Outcome::not_found},
    {"FAIL-814-", Outcome::entra_object},
    {"FAIL-STORAGE-", Outcome::storage_error},
}};

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
  for (const std::uint32_t i : candidates("h:", row.hash)) return &devices_[i];
  for (const std::uint32_t i : candidates("s:", row.serial)) {
    if (same_model(devices_[i].row, row)) return &devices_[i];
  }
  for (const std::uint32_t i : candidates("p:", row.pkid)) {
    if (agree(devices_[i].row.serial, row.serial)) return &devices_[i];
  }
  return nullptr;
}

DeviceResult Registry::judge_one(const std::string& customer, const DeviceRow& row,
                                 const Options& options) const {
  for (const MagicSerial& magic : kMagicSerials) {
    if (!row.serial.starts_with(magic.prefix)) continue;
    if (magic.outcome == Outcome::storage_error && storage_failed_.contains(row.serial)) break;
    return {magic.outcome, {}};
  }
  if (!row.has_good_hash) return {Outcome::bad_hash, {}};
  if (row.hash.empty() && !options.knows_tuples) return {Outcome::not_found, {}};
  const RegisteredDevice* known = find(row);
  if (known == nullptr) return {Outcome::registered, {}};
  if (known->customer != customer) return {Outcome::other_tenant, {}};
  return {options.detects_registered ? Outcome::already : Outcome::registered, known->device_id};
}

std::vector<DeviceResult> Registry::judge(const std::string& customer,
                                          std::span<const DeviceRow> rows, const Options& options,
                                          Random& random) const {
  std::vector<DeviceResult> results;
  results.reserve(rows.size());
  std::unordered_set<std::string> in_this_upload;
  for (const DeviceRow& row : rows) {
    if (!in_this_upload.insert(twin_key(row)).second) {
      results.push_back({Outcome::duplicated, {}});
      continue;
    }
    results.push_back(judge_one(customer, row, options));
    DeviceResult& result = results.back();
    if (result.outcome == Outcome::registered && result.device_id.empty()) {
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
    if (result.outcome == Outcome::storage_error) storage_failed_.insert(rows[i].serial);
    if (result.device_id.empty()) continue;
    const auto known = by_id_.find(result.device_id);
    RegisteredDevice& device =
        known != by_id_.end()
            ? devices_[known->second]
            : add({rows[i], upload.customer, upload.batch, result.device_id, 0, 0, {}});
    ++(result.outcome == Outcome::registered ? device.registered : device.already);
    device.sightings.push_back({upload.post, result.outcome});
  }
}

RegisteredDevice& Registry::add(RegisteredDevice device) {
  const auto number = static_cast<std::uint32_t>(devices_.size());
  by_id_.emplace(device.device_id, number);
  if (!device.row.hash.empty()) by_key_["h:" + device.row.hash].push_back(number);
  if (!device.row.serial.empty()) by_key_["s:" + device.row.serial].push_back(number);
  if (!device.row.pkid.empty()) by_key_["p:" + device.row.pkid].push_back(number);
  return devices_.emplace_back(std::move(device));
}

void Registry::preregister(const std::string& customer, DeviceRow row, std::string device_id) {
  add({std::move(row), to_lower(customer), "", std::move(device_id), 0, 0, {}});
}

void Registry::clear() {
  *this = Registry();
}

}  // namespace devicebatch::sandbox
