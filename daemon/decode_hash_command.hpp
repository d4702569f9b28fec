// daemon/decode_hash_command.hpp - `devicebatchd decode-hash`: what a hardware hash says.
#pragma once

#include <string>

namespace devicebatch::daemon {

// `text` is a hash, or "-" for standard input. kOk, or kFailed when it does not verify.
int decode_hash_command(const std::string& text, bool json);

}  // namespace devicebatch::daemon
