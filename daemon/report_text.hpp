// daemon/report_text.hpp - the JSON reports as a person reads them on a terminal.
#pragma once

#include <boost/json/object.hpp>

#include <string>

namespace devicebatch::daemon {

std::string status_text(const boost::json::object& status);
std::string story_text(const boost::json::object& story);
std::string verification_text(const boost::json::object& verification);
std::string submission_text(const boost::json::object& submission);

}  // namespace devicebatch::daemon
