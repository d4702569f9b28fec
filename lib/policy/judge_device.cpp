#include "base/text.hpp"
#include "policy/classify.hpp"

#include <algorithm>
#include <array>

namespace devicebatch::policy {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using enum DeviceFate;

constexpr DeviceResult kRegistered{registered, "", "", ""};
constexpr DeviceResult kUnknown{
    failed, "device.unknown", "The service refused the device with a code we do not know.",
    "Look the code up in Microsoft's documentation; drop the row again when the cause is gone."};

constexpr DeviceResult kOtherTenant{failed, "device.808", "Another organisation owns this device.",
                                    "Ask its previous owner, reseller or manufacturer to "
                                    "deregister it; a swapped mainboard is a usual "
                                    "cause."};
// What a server says of itself in the place of a device's code.
constexpr DeviceResult kServiceTrouble{retry,
                                       "device.service_trouble",
                                       "The service had trouble of its own with the device.",
                                       "Nothing, it is sent again.",
                                       minutes(15),
                                       1,
                                       Patience::service};
// The rest of a group of twins: one was processed. Sent again alone, it gets an answer of its own,
// mostly 806.
constexpr DeviceResult kTwin{retry,
                             "device.duplicated",
                             "The same device was twice in one upload.",
                             "Nothing, it is sent again; if it stays, remove one of the rows.",
                             minutes(1),
                             3};

constexpr std::array kDeviceRows{
    // A fault of the service or ours: a second try tells them apart.
    DeviceRow{"801",
              "InvalidZtdRequestBody",
              {retry, "device.801", "The service could not read the request for this device.",
               "Report this with the tracking id if it stays.", minutes(5), 2}},
    DeviceRow{"802",
              "InvalidZtdHardwareHash",
              {failed, "device.802",
               "The hardware hash is invalid or lacks the manufacturer or serial number.",
               "Capture the hardware hash on the device again."}},
    DeviceRow{"803",
              "MissingZtdSerialNumberAndProductKey",
              {failed, "device.803", "Serial number and product key id are missing or invalid.",
               "Correct the row."}},
    DeviceRow{"806",
              "ZtdDeviceAlreadyAssigned",
              {already_there, "device.806", "The device is registered for this customer already.",
               "Its group tag may differ from this batch: look in Intune if that matters."}},
    DeviceRow{"807",
              "ZtdDeviceIsNotRegistered",
              {failed, "device.807", "The device is not registered for this customer.",
               "Register it before changing it."}},
    DeviceRow{"808", "ZtdDeviceAssignedToOtherTenant", kOtherTenant},
    DeviceRow{"", "ZtdDeviceAssignedToAnotherTenant", kOtherTenant},
    DeviceRow{"809",
              "ZtdProfileIsNotRegistered",
              {failed, "device.809", "The customer does not have this policy.",
               "Correct the policy id."}},
    DeviceRow{"810",
              "ZtdProfileAssignedToOtherTenant",
              {failed, "device.810", "The policy belongs to another organisation.",
               "Correct the policy id."}},
    DeviceRow{"811",
              "ZtdDeviceRegisteredByOtherTenant",
              {failed, "device.811", "Another organisation registered this device.",
               "Only that organisation can remove it."}},
    // The manufacturer's data may arrive later; days, not seconds.
    DeviceRow{
        "812",
        "ZtdDeviceNotFound",
        {retry, "device.812", "Microsoft has no hardware hash on file for this device.",
         "Check manufacturer and model against the device's SMBIOS strings, or supply the hardware "
         "hash; a repaired device always needs it.",
         hours(24), 1, Patience::manufacturer}},
    DeviceRow{"813",
              "ZtdDeviceIsNotUnique",
              {failed, "device.813", "The hardware hash does not single out one device.",
               "Capture the hardware hash again; if it stays, ask Microsoft's support."}},
    DeviceRow{"814",
              "ZtdDeviceAlreadyAadRegistered",
              {failed, "device.814", "Entra ID has an object for this device already.",
               "Have the customer remove the old Entra device object."}},
    DeviceRow{"815", "ZtdDeviceDuplicated", kTwin},
    DeviceRow{"",
              "StorageError",
              {retry, "device.storage_error", "The service could not store the device.",
               "Nothing, it is sent again.", minutes(15), 1, Patience::service}},
    DeviceRow{"",
              "HashNot4k",
              {failed, "device.hash_not_4k", "The hardware hash is cut off or of an old kind.",
               "Capture the hardware hash on the device again."}},
};

// Descriptions are a symbolic name; a sentence after it does no harm.
std::string_view leading_word(std::string_view text) {
  const auto is_word = [](char c) {
    return is_ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
  };
  const std::string_view trimmed = trim(text);
  const auto end = std::find_if_not(trimmed.begin(), trimmed.end(), is_word);
  return trimmed.substr(0, static_cast<std::size_t>(end - trimmed.begin()));
}

}  // namespace

DeviceResult judge_device(bool is_finished_ok, std::string_view error_code,
                          std::string_view error_name) {
  if (is_finished_ok) return kRegistered;
  const std::string_view name = leading_word(error_name);
  for (const DeviceRow& row : kDeviceRows) {
    if (!name.empty() && equals_ignoring_case(row.name, name)) return row.result;
  }
  const std::string_view number = trim(error_code);
  for (const DeviceRow& row : kDeviceRows) {
    // Some answers carry the name in the place of the number.
    const bool is_number = !row.number.empty() && row.number == number;
    if (is_number || equals_ignoring_case(row.name, number)) return row.result;
  }
  if (number.size() == 3 && number.front() == '5') return kServiceTrouble;
  return kUnknown;
}

std::span<const DeviceRow> device_table() {
  return kDeviceRows;
}

}  // namespace devicebatch::policy
