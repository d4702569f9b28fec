#include "engine/queue/hide_keys.hpp"

#include "base/hex.hpp"
#include "base/sha256.hpp"
#include "record/product_key.hpp"
#include "support/device_files.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::engine;

namespace {

std::string key() {
  return std::string(support::fake_product_key());
}

std::string digits_of(const std::string& id) {
  return to_hex(sha256(id)).substr(0, 16);
}

// As a client that sends bytes would have it.
std::string as_binary(const std::string& text) {
  return "ID:AMQP_BINARY:" +
         to_hex({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

}  // namespace

TEST_CASE("properties without a product key stay as they are") {
  queue::Message message;
  message.id = "ORDER-17";
  message.correlation_id = as_binary("shift 7");
  message.reply_to = "/queue/answers";
  const queue::Message before = message;
  CHECK(hide_product_keys(message).empty());
  CHECK(message.id == before.id);
  CHECK(message.correlation_id == before.correlation_id);
  CHECK(message.reply_to == before.reply_to);
}

TEST_CASE("a product key in a message-id gives way to a digest that tells ids apart") {
  const std::string id = "ORDER-1/" + key() + "/a";
  queue::Message message;
  message.id = id;
  CHECK(hide_product_keys(message).find("message-id") != std::string::npos);
  CHECK(message.id == "ORDER-1/[product key removed]/a#" + digits_of(id));
  queue::Message again;
  again.id = id;
  (void)hide_product_keys(again);
  CHECK(again.id == message.id);
  queue::Message other;
  other.id = "ORDER-1/" + key().substr(0, 24) + (key().back() == 'B' ? "C" : "B") + "/a";
  (void)hide_product_keys(other);
  CHECK(other.id != message.id);
  CHECK_FALSE(record::contains_product_key(message.id));
}

TEST_CASE("a product key in a message-id of bytes is found") {
  queue::Message message;
  message.id = as_binary("7 " + key());
  const std::string id = message.id;
  CHECK_FALSE(hide_product_keys(message).empty());
  CHECK(message.id == "7 [product key removed]#" + digits_of(id));
}

TEST_CASE("a correlation-id with a product key is not kept, a reply-to is not answered") {
  queue::Message message;
  message.id = "ORDER-17";
  message.correlation_id = GENERATE(key(), as_binary(key()));
  message.reply_to = "/queue/" + key();
  const std::string done = hide_product_keys(message);
  CHECK(done.find("correlation-id") != std::string::npos);
  CHECK(done.find("no reply") != std::string::npos);
  CHECK(message.id == "ORDER-17");
  CHECK(message.correlation_id.empty());
  CHECK(message.reply_to.empty());
}
