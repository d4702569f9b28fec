// sandbox/service/registry.hpp - which device belongs to which tenant, and how often it was sent.
//
// Purpose:   the oracle of promise I2: every registration is counted where it happens.
// Lifecycle: filled by uploads, by a file of devices that others own, and by the sandbox's ledger.
// Threading: the loop.
// Source:    docs/protocol.md, "Results of a device". A device matches by its hash text, by its
//            serial (manufacturer and model must agree where both name them), or by its PKID
//            (serials must agree where both have one). Hashes are not decoded.
#pragma once

#include "base/random.hpp"
#include "sandbox/options.hpp"
#include "sandbox/service/device_rows.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace devicebatch::sandbox {

// A row of an upload that named the device; `post` counts in the order of History.
struct Sighting {
  std::uint32_t post;
  Outcome outcome;
};

struct RegisteredDevice {
  DeviceRow row;
  std::string customer;
  std::string batch;
  std::string device_id;
  std::uint32_t registered = 0;  // how often it was registered: more than once is what I2 forbids
  std::uint32_t already = 0;     // how often an upload was told 806
  bool is_removed = false;       // deleted since: free to be registered again
  std::vector<Sighting> sightings;

  std::string key() const;  // for people and tests: its serial, else its PKID, else its hash
};

// Whose upload it is.
struct Upload {
  std::string customer;
  std::string batch;
  std::uint32_t post = 0;
};

// What an upload is judged by, beside the devices themselves.
struct Terms {
  const Options& options;
  const JobQuirks& quirks;
  bool knows_tuples = true;
};

class Registry {
 public:
  // What the service would answer, against the devices known before this upload.
  std::vector<DeviceResult> judge(const std::string& customer, std::span<const DeviceRow> rows,
                                  const Terms& terms, Random& random) const;
  // Makes the answer true. `rows` and `results` have the same length.
  void apply(const Upload& upload, std::span<const DeviceRow> rows,
             std::span<const DeviceResult> results);
  // A device that somebody registered elsewhere: its own count stays 0.
  void preregister(const std::string& customer, DeviceRow row, std::string device_id);
  // nullptr for a device that is not, or no longer, registered.
  RegisteredDevice* find_id(const std::string& device_id);
  const RegisteredDevice* find_id(const std::string& device_id) const;
  void remove(const std::string& device_id);
  std::uint64_t removed() const { return removed_; }
  void clear();

  const std::vector<RegisteredDevice>& devices() const { return devices_; }
  // Rows of uploads by outcome, in the order of the enumeration.
  std::uint64_t count(Outcome outcome) const { return counts_[static_cast<std::size_t>(outcome)]; }

 private:
  DeviceResult judge_one(const std::string& customer, const DeviceRow& row,
                         const Terms& terms) const;
  std::optional<Outcome> judge_serial(const std::string& serial, const Options& options) const;
  const RegisteredDevice* find(const DeviceRow& row) const;
  RegisteredDevice& add(DeviceRow row, const Upload& upload, std::string device_id);

  std::vector<RegisteredDevice> devices_;
  std::unordered_map<std::string, std::vector<std::uint32_t>> by_key_;  // "h:", "s:", "p:" + value
  std::unordered_map<std::string, std::uint32_t> by_id_;
  std::unordered_map<std::string, std::uint64_t> storage_failed_;  // StorageErrors by serial
  std::uint64_t counts_[kOutcomes] = {};
  std::uint64_t removed_ = 0;
};

}  // namespace devicebatch::sandbox
