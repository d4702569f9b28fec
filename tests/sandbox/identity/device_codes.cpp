#include "sandbox/identity/device_codes.hpp"

namespace devicebatch::sandbox {
namespace {

// Nobody signs in at more devices than this at one time.
constexpr std::size_t kMostCodes = 1'000;

}  // namespace

void DeviceCodes::add(const std::string& code, DeviceCode entry) {
  if (codes_.size() >= kMostCodes) codes_.clear();
  codes_[code] = std::move(entry);
}

DeviceCode* DeviceCodes::find(const std::string& code) {
  const auto found = codes_.find(code);
  return found == codes_.end() ? nullptr : &found->second;
}

}  // namespace devicebatch::sandbox
