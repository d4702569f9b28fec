// engine/queue/hide_keys.hpp - product keys in the properties of a message.
//
// Purpose:   a key may stand where nobody expects one; then it must not get into ledger, log, name
//            of a file or reply. Called on every message before anything else looks at it.
// Threading: pure; any thread.
// Source:    docs/decisions/queue.md.
#pragma once

#include "queue/message.hpp"

#include <string>

namespace devicebatch::engine {

// Changes what holds a product key; says what was done, and nothing when there is none.
//   message-id:     without the key, and with 16 hexadecimal digits of the SHA-256 of the whole id,
//                   so that a redelivery is recognised and two ids remain two;
//   correlation-id: gone, as if it had never been there; it would have to be echoed;
//   reply-to:       gone, so no reply is sent.
std::string hide_product_keys(queue::Message& message);

}  // namespace devicebatch::engine
