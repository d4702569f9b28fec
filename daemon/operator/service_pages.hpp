// daemon/operator/service_pages.hpp - a listing of the service through the daemon, page by page.
//
// Errors:    Errc::corrupt when the pages do not end: what was read is not all.
#pragma once

#include "base/result.hpp"
#include "daemon/control_client.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <functional>

namespace devicebatch::daemon {

// Calls take(ROWS) for each page; its failure ends the reading.
Result<void> read_service_pages(ControlDesk& desk, boost::json::object request,
                                const std::function<Result<void>(const boost::json::array&)>& take);

}  // namespace devicebatch::daemon
