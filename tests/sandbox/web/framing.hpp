// sandbox/web/framing.hpp - an answer as bytes.
//
// Threading: pure.
// Source:    RFC 9112; written by hand, because a library would refuse to write what is wrong.
#pragma once

#include "sandbox/web/message.hpp"

#include <string>

namespace devicebatch::sandbox {

// The status line, the headers and the body; the padding follows them.
std::string to_bytes(const Answer& answer, bool keeps_alive);

// A gzip member that holds `plain`, uncompressed: clients care for the form, not for the size.
std::string gzip(const std::string& plain);

}  // namespace devicebatch::sandbox
