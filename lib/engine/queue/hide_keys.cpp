#include "engine/queue/hide_keys.hpp"

#include "base/hex.hpp"
#include "base/sha256.hpp"
#include "record/product_key.hpp"

#include <string_view>
#include <vector>

namespace devicebatch::engine {
namespace {

constexpr std::size_t kDigestDigits = 16;
// How lib/queue writes ids that are bytes.
constexpr std::string_view kBinary = "ID:AMQP_BINARY:";

// The text of an id that was sent as bytes.
std::string text_of_binary(std::string_view id) {
  if (!id.starts_with(kBinary)) return {};
  const std::string_view digits = id.substr(kBinary.size());
  std::vector<std::uint8_t> bytes(digits.size() / 2);
  if (!from_hex(digits, bytes)) return {};
  return std::string(bytes.begin(), bytes.end());
}

bool holds_key(const std::string& id) {
  return record::contains_product_key(id) || record::contains_product_key(text_of_binary(id));
}

std::string kept_id(const std::string& id) {
  const std::string text = record::contains_product_key(id) ? id : text_of_binary(id);
  return record::without_product_keys(text) + "#" + to_hex(sha256(id)).substr(0, kDigestDigits);
}

}  // namespace

std::string hide_product_keys(queue::Message& message) {
  std::string done;
  const auto say = [&done](std::string_view what) {
    if (!done.empty()) done += "; ";
    done += what;
  };
  if (holds_key(message.id)) {
    message.id = kept_id(message.id);
    say("the message-id has a product key in it and is kept without it");
  }
  if (holds_key(message.correlation_id)) {
    message.correlation_id.clear();
    say("the correlation-id has a product key in it and is not sent back");
  }
  if (record::contains_product_key(message.reply_to)) {
    message.reply_to.clear();
    say("the reply-to has a product key in it: no reply is sent");
  }
  return done;
}

}  // namespace devicebatch::engine
