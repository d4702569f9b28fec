// sandbox/service/listing.hpp - what can be read: a job (E3), batches (E4), devices of a batch
// (E5).
//
// Threading: the loop.
// Source:    docs/protocol.md, E3 to E5: devices come in pages of 100, batches in one answer.
#pragma once

#include "sandbox/world.hpp"

#include <string>

namespace devicebatch::sandbox {

Answer job_status(const World& world, const std::string& customer, const std::string& tracking_id);
Answer list_batches(const World& world, const Request& request, const std::string& customer);
Answer list_devices(const World& world, const Request& request, const std::string& customer,
                    const std::string& batch);

}  // namespace devicebatch::sandbox
