// sandbox/identity/assertion.hpp - a client that proves itself with a certificate.
//
// Purpose:   checks a client_assertion as the identity platform does: key, signature, audience,
//            issuer, times, and that it was not used before.
// Threading: the loop; the certificate file is read each time, so that it can be replaced.
// Source:    RFC 7523; PS256 and RS256, the certificate named by x5t#S256 or x5t.
#pragma once

#include "base/result.hpp"
#include "sandbox/world.hpp"

#include <optional>
#include <string>

namespace devicebatch::sandbox {

struct Assertion {
  std::string text;       // the JWT
  std::string client_id;  // of the form
  std::string endpoint;   // the address that was asked, its audience
};

// The AADSTS number it is refused with; 0 when it is good. `why` gets the reason.
int refuse_assertion(World& world, const Assertion& assertion, std::string& why);

// Can the file be used? Errc::bad_config when not.
Result<void> check_certificate_file(const std::string& path);

}  // namespace devicebatch::sandbox
