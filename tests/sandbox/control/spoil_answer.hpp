// sandbox/control/spoil_answer.hpp - damages an answer that the service has made.
//
// Threading: the loop.
#pragma once

#include "sandbox/control/misfortune.hpp"
#include "sandbox/web/message.hpp"

namespace devicebatch::sandbox {

// Before BOM and MS-* headers are added: where Location stands, and how it looks.
void twist_location(Answer& answer, const Request& request, LocationTwist twist);
// After them: length, encoding, speed.
void spoil(Answer& answer, const Spoilage& spoilage);

// {"code": "1"} becomes {"Code": 1}, at any depth: another way the documentation shows bodies.
std::string in_pascal_case(const std::string& body);

}  // namespace devicebatch::sandbox
