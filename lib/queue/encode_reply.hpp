// queue/encode_reply.hpp - a reply as the bytes of a message.
//
// Threading: pure; any thread.
// Source:    AMQP 1.0, 3.2: durable, one data section, content type application/json.
#pragma once

#include "base/result.hpp"

#include "queue/message.hpp"

#include <string>

namespace devicebatch::queue {

Result<std::string> encode_reply(const Reply& reply);

}  // namespace devicebatch::queue
