// partner_center/tracking_id.hpp - where the service says that a job can be watched.
//
// Purpose:   the id is all that is taken; the address to ask is built by Api. A Location comes from
//            whoever answered, so one that leads to somebody else is no Location.
// Threading: pure; any thread.
// Errors:    nullopt: accepted, but nobody said where to look. The caller reconciles; it never
//            sends the devices again for this reason alone.
// Source:    docs/protocol.md, "Location".
#pragma once

#include "base/uuid.hpp"
#include "http/transport.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace devicebatch::partner_center {

// The tracking id of a 200/201/202: from Location, else from a link in the JSON of the body. A
// relative link counts whatever its prefix; an absolute one must be of the origin of `base_url`,
// without a user name. Longer than 2 KB or with control characters: no link.
std::optional<Uuid> read_tracking_id(const http::Response& response, const std::string& base_url);

// The GUID after "batchJobStatus/", case-insensitively.
std::optional<Uuid> tracking_id_in(std::string_view location);

}  // namespace devicebatch::partner_center
