// partner_center/change_bodies.hpp - the bodies of the calls that change what is there.
//
// Purpose:   devices and policies, values in, JSON out. New devices are encode.hpp's.
// Threading: pure; any thread.
// Source:    docs/protocol.md, E6, E8, E10 and E12. Nothing that is empty is written: an empty
//            `policies` array is answered with HTTP 500.
#pragma once

#include "partner_center/pages.hpp"

#include <span>
#include <string>
#include <string_view>

namespace devicebatch::partner_center {

// The category of every policy of these calls: "OOBE" as the service writes it.
inline constexpr std::string_view kOobe = "o_o_b_e";

// E6. The service replaces the device by this one, so it begins with what was listed.
std::string encode_device(const DeviceListing& device);

struct PolicyAssignment {
  std::string device_id;
  std::string policy_id;
};
// E8
std::string encode_assignments(std::span<const PolicyAssignment> assignments);

// E10 and E12: name, category (kOobe when empty), description and settings ("none" when there are
// none); the id only where there is one.
std::string encode_policy(const ConfigurationPolicy& policy);

}  // namespace devicebatch::partner_center
