// engine/control/service_rows.hpp - batches, devices, policies and jobs of the service as JSON.
//
// Threading: pure; any thread.
// Source:    docs/operations.md, "JSON".
#pragma once

#include "partner_center/pages.hpp"
#include "partner_center/replies.hpp"

#include <boost/json/object.hpp>

namespace devicebatch::engine {

boost::json::object batch_row(const partner_center::BatchSummary& batch);
boost::json::object device_row(const partner_center::DeviceListing& device);
boost::json::object policy_row(const partner_center::ConfigurationPolicy& policy);
// "outcome" is done, failed or open; a failed one has code, message and fix.
boost::json::object job_device_row(const partner_center::DeviceStatus& device);
bool is_over(partner_center::JobState state);

}  // namespace devicebatch::engine
