// sandbox/service/listing.hpp - what can be read: a job (E3), batches (E4), devices of a batch
// (E5).
//
// Threading: the loop.
// Source:    docs/protocol.md, E3 to E5: devices come in pages of 100, batches in one answer.
#pragma once

#include "sandbox/world.hpp"

#include <boost/json/fwd.hpp>

#include <functional>
#include <string>

namespace devicebatch::sandbox {

// A collection: only the items that are shown are made, so that reading a large one page by page
// stays linear.
struct Listing {
  std::size_t count = 0;
  std::size_t page_size = 0;  // 0: all
  std::function<boost::json::object(std::size_t)> describe;
};

Answer paginate(const World& world, const Request& request, const Listing& listing);

// A Device as the service shows it.
boost::json::object describe_device(const World& world, const std::string& id, UtcTime uploaded);

Answer job_status(const World& world, const std::string& customer, const std::string& tracking_id);
Answer list_batches(const World& world, const Request& request, const std::string& customer);
Answer list_devices(const World& world, const Request& request, const std::string& customer,
                    const std::string& batch);

}  // namespace devicebatch::sandbox
