#include "queue/encode_reply.hpp"

#include "queue/decode_message.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch::queue;

TEST_CASE("a reply reaches its reader whole, with the id it answers in the type it had") {
  Reply reply;
  reply.address = "/queue/answers";
  reply.correlation_id = "ID:AMQP_ULONG:7";
  reply.message_id = "s-1";
  reply.body = std::string(100'000, 'x');
  const auto bytes = encode_reply(reply);
  REQUIRE(bytes);
  const Decoded decoded = decode_message(*bytes, 1'000'000);
  REQUIRE_FALSE(decoded.refusal);
  CHECK(decoded.message.correlation_id == reply.correlation_id);
  CHECK(decoded.message.id == "s-1");
  CHECK(decoded.message.content_type == "application/json");
  CHECK(decoded.message.body == reply.body);
}
