// queue/decode_message.hpp - the bytes of a delivery as a message, or why it cannot be one.
//
// Purpose:   the only place that trusts nothing in a message.
// Threading: pure; any thread.
// Errors:    in the answer: a Refusal names what is wrong. Whatever was readable before it is
// there. Source:    AMQP 1.0, 3.2. A body is one or more data sections, or a value that is a string
// or
//            binary.
#pragma once

#include "queue/message.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace devicebatch::queue {

// All of header, annotations and properties; far more than any client writes.
inline constexpr std::size_t kEnvelopeBytes = 64 * 1024;
// Of an id or an address.
inline constexpr std::size_t kPropertyBytes = 1024;

// The bytes become the body: nothing is copied when there is one data section.
Decoded decode_message(std::string bytes, std::size_t max_body_bytes);

// Of a message that is too large, from its first bytes: what can be said about it.
Decoded decode_beginning(std::string_view bytes, std::size_t max_body_bytes);

}  // namespace devicebatch::queue
