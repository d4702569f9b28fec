// sandbox/identity/device_codes.hpp - sign-ins that wait for a person at another device.
//
// Threading: the loop.
#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace devicebatch::sandbox {

struct DeviceCode {
  std::string tenant;
  std::string client;
  std::string audience;
  MonoTime expires{};
  std::uint64_t polls = 0;
};

class DeviceCodes {
 public:
  void add(const std::string& code, DeviceCode entry);
  DeviceCode* find(const std::string& code);
  void remove(const std::string& code) { codes_.erase(code); }
  void clear() { codes_.clear(); }

 private:
  std::unordered_map<std::string, DeviceCode> codes_;
};

}  // namespace devicebatch::sandbox
