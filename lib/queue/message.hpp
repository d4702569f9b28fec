// queue/message.hpp - a message as a submission, and what is published as its answer.
//
// Units:     ids are texts. A string stays as it is; other types of AMQP become "ID:AMQP_ULONG:7",
//            "ID:AMQP_UUID:...", "ID:AMQP_BINARY:hex", as JMS clients write them, and turn back
//            when they are sent.
// Threading: values; any thread.
// Source:    docs/operations.md, "Queues".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace devicebatch::queue {

struct Message {
  std::string id;
  std::string reply_to;
  std::string correlation_id;
  std::string content_type;
  std::string destination;              // the application property of that name
  std::uint32_t failed_deliveries = 0;  // as far as the broker counts them
  bool was_delivered_before = false;
  std::string body;
};

// Why a message can never be taken: an AMQP error condition and a sentence for a person.
struct Refusal {
  std::string condition;  // "devicebatchd:message-too-large"
  std::string reason;
};

// What is known of a message that is refused may be in its properties all the same.
struct Decoded {
  Message message;
  std::optional<Refusal> refusal;
};

struct Reply {
  std::uint64_t ticket = 0;  // the caller's
  std::string address;
  std::string correlation_id;
  std::string message_id;
  std::string body;  // JSON
};

}  // namespace devicebatch::queue
