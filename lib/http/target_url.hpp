// http/target_url.hpp - where a request may go.
//
// Purpose:   what was checked is what is used: the parsed URL goes to libcurl, not the text.
// Threading: pure; any thread.
// Errors:    Errc::rejected: not a URL, another scheme than https (or http to this machine, where
//            that is allowed), a user name in it.
#pragma once

#include "base/result.hpp"
#include "http/curl_handles.hpp"

#include <string>

namespace devicebatch::http {

Result<UrlHandle> target_url(const std::string& text, bool allows_plain_http);

}  // namespace devicebatch::http
