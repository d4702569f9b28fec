// daemon/surroundings.hpp - what settings and environment say about the world outside.
//
// Purpose:   the daemon and the commands that talk to the service by themselves see the same one.
#pragma once

#include "http/curl_transport.hpp"
#include "settings/settings.hpp"

#include <string>

namespace devicebatch::daemon {

http::CurlOptions curl_options(const settings::Service& service);

// $CREDENTIALS_DIRECTORY, empty when unset.
std::string credentials_directory();
// The same for a command on a terminal: without the variable, where systemd keeps the credentials
// of the running service.
std::string credentials_of_service();

}  // namespace devicebatch::daemon
