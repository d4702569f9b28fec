// http/origin.hpp - who an address belongs to.
//
// Purpose:   an address that came with a reply is followed only if it is of the one who was asked.
// Threading: pure; any thread.
// Errors:    nullopt: not an absolute http or https URL, or one with a user name or password.
// Source:    RFC 6454; docs/protocol.md, "Location".
#pragma once

#include <optional>
#include <string>

namespace devicebatch::http {

struct Origin {
  std::string scheme;  // lower case
  std::string host;    // lower case
  std::string port;    // that of the scheme when the URL has none

  bool operator==(const Origin&) const = default;
};

std::optional<Origin> origin_of(const std::string& url);

}  // namespace devicebatch::http
