// daemon/control_client.hpp - asking the running daemon, or the ledger when there is none.
//
// Threading: plain blocking code.
// Errors:    Errc::transient when there is neither a daemon nor a ledger, Errc::forbidden when the
//            socket is not ours to use, Errc::busy when nobody listens although the ledger is held;
//            the daemon's own refusals keep their code.
#pragma once

#include "base/result.hpp"
#include "settings/settings.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>

namespace devicebatch::daemon {

// `file` is sent behind the request (`submit`); empty: nothing is.
Result<boost::json::object> ask_daemon(const std::string& socket,
                                       const boost::json::object& request,
                                       const std::string& file = {});

// status, explain, verify and submission also work while the daemon is down.
Result<boost::json::object> ask_daemon_or_ledger(const settings::Settings& settings,
                                                 const boost::json::object& request);

}  // namespace devicebatch::daemon
