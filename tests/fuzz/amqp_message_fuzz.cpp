// The bytes of a delivery, as a message and as the file it becomes.
#include "base/check.hpp"

#include "queue/decode_message.hpp"
#include "queue/encode_reply.hpp"
#include "queue/file_name.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace devicebatch;

namespace {

constexpr std::size_t kLimit = 4096;

bool is_safe(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

void check_property(const std::string& text) {
  // An id that is not a string is written in hexadecimal, with a prefix.
  DEVICEBATCH_CHECK(text.size() <= queue::kPropertyBytes);
  DEVICEBATCH_CHECK(std::ranges::none_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; }));
}

void check_name(const queue::Message& message) {
  const std::string name = queue::file_name_of(message, "fallback");
  DEVICEBATCH_CHECK(std::ranges::all_of(name, is_safe));
  DEVICEBATCH_CHECK(std::ranges::count(name, '.') == 1);
  DEVICEBATCH_CHECK(name.front() != '.' && name.front() != '-');
  DEVICEBATCH_CHECK(name.size() <= queue::kNameBytes + 6);
}

void check_reply(const queue::Message& message) {
  queue::Reply reply;
  reply.address = message.reply_to;
  reply.correlation_id = message.correlation_id.empty() ? message.id : message.correlation_id;
  reply.body = "{}";
  const auto bytes = queue::encode_reply(reply);
  DEVICEBATCH_CHECK(bytes.has_value());
  const queue::Decoded again = queue::decode_message(*bytes, kLimit);
  DEVICEBATCH_CHECK(again.message.correlation_id == reply.correlation_id);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const queue::Decoded whole = queue::decode_message(std::string(bytes), kLimit);
  const queue::Message& message = whole.message;
  for (const std::string* text : {&message.id, &message.correlation_id, &message.reply_to,
                                  &message.content_type, &message.destination}) {
    check_property(*text);
  }
  if (whole.refusal) {
    DEVICEBATCH_CHECK(whole.refusal->condition.starts_with("devicebatchd:"));
    DEVICEBATCH_CHECK(!whole.refusal->reason.empty() && message.body.empty());
  } else {
    DEVICEBATCH_CHECK(!message.body.empty() && message.body.size() <= kLimit);
    check_name(message);
    check_reply(message);
  }
  DEVICEBATCH_CHECK(queue::decode_beginning(bytes, kLimit).refusal.has_value());
  return 0;
}
