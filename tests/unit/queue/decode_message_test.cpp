#include "queue/decode_message.hpp"

#include "encoded.hpp"
#include "queue/amqp_value.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch::queue;
using devicebatch::queue_test::encode;
using devicebatch::queue_test::put_destination;

namespace {

constexpr std::size_t kLimit = 1'000'000;

std::string condition_of(const Decoded& decoded) {
  return decoded.refusal ? decoded.refusal->condition : "";
}

Decoded decode(std::string bytes) {
  return decode_message(std::move(bytes), kLimit);
}

// A section with a value of variable width and a long size.
std::string section(unsigned char descriptor, unsigned char constructor, std::string_view content) {
  std::string bytes{'\0', '\x53', static_cast<char>(descriptor), static_cast<char>(constructor)};
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(content.size() >> shift & 0xFF);
  }
  return bytes + std::string(content);
}

}  // namespace

TEST_CASE("what a client says in its properties is read") {
  const Decoded decoded = decode(encode("a,b\r\n", [](pn_message_t* message) {
    pn_data_put_string(pn_message_id(message), pn_bytes(5, "ORD-1"));
    pn_data_put_string(pn_message_correlation_id(message), pn_bytes(3, "c-9"));
    pn_message_set_reply_to(message, "/queue/answers");
    pn_message_set_content_type(message, "text/csv");
    pn_message_set_delivery_count(message, 3);
    put_destination(message, "line");
  }));
  REQUIRE_FALSE(decoded.refusal);
  CHECK(decoded.message.id == "ORD-1");
  CHECK(decoded.message.correlation_id == "c-9");
  CHECK(decoded.message.reply_to == "/queue/answers");
  CHECK(decoded.message.content_type == "text/csv");
  CHECK(decoded.message.failed_deliveries == 3);
  CHECK(decoded.message.destination == "line");
  CHECK(decoded.message.body == "a,b\r\n");
}

TEST_CASE("a message without properties is a message") {
  const Decoded decoded = decode(section(0x75, 0xB0, "x"));
  REQUIRE_FALSE(decoded.refusal);
  CHECK(decoded.message.id.empty());
  CHECK(decoded.message.body == "x");
}

TEST_CASE("ids of every type become texts and turn back into their type") {
  const auto put = GENERATE(
      as<void (*)(pn_data_t*)>(),
      [](pn_data_t* id) { pn_data_put_ulong(id, 18446744073709551615U); },
      [](pn_data_t* id) {
        pn_uuid_t uuid{};
        uuid.bytes[0] = 0x12;
        pn_data_put_uuid(id, uuid);
      },
      [](pn_data_t* id) { pn_data_put_binary(id, pn_bytes(3, "\x00\xFFz")); },
      [](pn_data_t* id) { pn_data_put_string(id, pn_bytes(3, "abc")); },
      [](pn_data_t* id) { pn_data_put_string(id, pn_bytes(15, "ID:AMQP_ULONG:7")); });
  const Decoded first =
      decode(encode("x", [&put](pn_message_t* message) { put(pn_message_id(message)); }));
  REQUIRE_FALSE(first.refusal);
  REQUIRE_FALSE(first.message.id.empty());
  INFO(first.message.id);
  const Decoded second = decode(encode(
      "x", [&first](pn_message_t* message) { put_id(pn_message_id(message), first.message.id); }));
  CHECK(second.message.id == first.message.id);
}

TEST_CASE("several data sections are one body") {
  const Decoded decoded = decode(section(0x75, 0xB0, "one,") + section(0x75, 0xB0, "two"));
  REQUIRE_FALSE(decoded.refusal);
  CHECK(decoded.message.body == "one,two");
}

TEST_CASE("a value that is a string or binary is a body, with a footer or without") {
  const auto constructor = GENERATE(as<unsigned char>(), 0xB0, 0xB1);
  const std::string footer = section(0x78, 0xD1, std::string("\0\0\0\0", 4));
  const Decoded decoded = decode(section(0x77, constructor, "{}") + footer);
  REQUIRE_FALSE(decoded.refusal);
  CHECK(decoded.message.body == "{}");
}

TEST_CASE("bodies that are no bytes are refused as unsupported") {
  const std::string bytes = GENERATE(std::string("\0\x53\x77\x54\x07", 5),       // a number
                                     std::string("\0\x53\x77\x40", 4),           // null
                                     section(0x76, 0xD0, std::string(4, '\0')),  // a sequence
                                     section(0x77, 0xD1, std::string(4, '\0')),  // a map
                                     section(0x75, 0xB0, "x") + section(0x77, 0xB0, "y"),
                                     section(0x77, 0xB0, "x") + section(0x77, 0xB0, "y"));
  CHECK(condition_of(decode(bytes)) == "devicebatchd:unsupported-body");
}

TEST_CASE("bytes that are no message are refused as undecodable") {
  const std::string bytes = GENERATE(
      std::string("not a message"), std::string("\0", 1),
      std::string("\0\x53\x75\xB0\xFF\xFF\xFF\xFFx", 9), std::string("\0\x53\x79\xA0\x01x", 6),
      std::string("\0\x80\0\0\0\0\0\0\x01\x75\xA0\x01x", 13),
      section(0x73, 0xB0, "x") + section(0x75, 0xB0, "x"),
      section(0x74, 0xD0, std::string(4, '\0')) + section(0x75, 0xB0, "x"));
  CHECK(condition_of(decode(bytes)) == "devicebatchd:undecodable-message");
}

TEST_CASE("a message without a byte in its body is refused") {
  CHECK(condition_of(decode("")) == "devicebatchd:empty-message");
  CHECK(condition_of(decode(encode(""))) == "devicebatchd:empty-message");
}

TEST_CASE("properties that are too long, hidden or no text are refused") {
  const auto reply_to = [](std::string text) {
    return encode(
        "x", [&text](pn_message_t* message) { pn_message_set_reply_to(message, text.c_str()); });
  };
  CHECK(condition_of(decode(reply_to(std::string(1025, 'a')))) == "devicebatchd:unusable-property");
  CHECK(condition_of(decode(reply_to("a\nb"))) == "devicebatchd:unusable-property");
  CHECK_FALSE(decode(reply_to(std::string(1024, 'a'))).refusal);
  const std::string wrong_type = encode("x", [](pn_message_t* message) {
    pn_data_t* const properties = pn_message_properties(message);
    pn_data_put_map(properties);
    pn_data_enter(properties);
    pn_data_put_string(properties, pn_bytes(11, "destination"));
    pn_data_put_int(properties, 7);
    pn_data_exit(properties);
  });
  CHECK(condition_of(decode(wrong_type)) == "devicebatchd:unusable-property");
}

TEST_CASE("a body is taken up to its limit and not above") {
  CHECK_FALSE(decode_message(encode(std::string(1000, 'x')), 1000).refusal);
  CHECK(condition_of(decode_message(encode(std::string(1001, 'x')), 1000)) ==
        "devicebatchd:message-too-large");
}

TEST_CASE("of a message that is too large the properties are known from its beginning") {
  const std::string bytes = encode(std::string(5000, 'x'), [](pn_message_t* message) {
    pn_data_put_string(pn_message_id(message), pn_bytes(5, "ORD-1"));
    pn_message_set_reply_to(message, "/queue/answers");
  });
  const Decoded decoded = decode_beginning(std::string_view(bytes).substr(0, 300), 1000);
  CHECK(condition_of(decoded) == "devicebatchd:message-too-large");
  CHECK(decoded.message.id == "ORD-1");
  CHECK(decoded.message.reply_to == "/queue/answers");
}

TEST_CASE("a message that is cut off anywhere is refused, never read past its end") {
  const std::string whole = encode("0123456789", [](pn_message_t* message) {
    pn_data_put_string(pn_message_id(message), pn_bytes(5, "ORD-1"));
    put_destination(message, "line");
  });
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    INFO(bytes);
    CHECK(decode(whole.substr(0, bytes)).refusal);
  }
}
