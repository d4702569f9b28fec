// daemon/operator/service_text.hpp - what the service has, as a person reads it.
//
// Threading: pure.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace devicebatch::daemon {

// `what`: batches, devices or policies.
std::string service_rows_text(std::string_view what, const boost::json::array& rows);
// What one change did, by its verb on the socket.
std::string service_change_text(std::string_view verb, const boost::json::object& reply);
// The devices of a job that failed, and how the rest is.
std::string job_text(const boost::json::object& job);

}  // namespace devicebatch::daemon
