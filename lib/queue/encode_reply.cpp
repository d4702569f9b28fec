#include "queue/encode_reply.hpp"

#include "queue/amqp_value.hpp"
#include <proton/message.h>

namespace devicebatch::queue {
namespace {

constexpr std::size_t kEnvelope = 4096;
constexpr std::size_t kEncodedMax = std::size_t{64} << 20;

struct FreeMessage {
  void operator()(pn_message_t* message) const { pn_message_free(message); }
};

}  // namespace

Result<std::string> encode_reply(const Reply& reply) {
  const std::unique_ptr<pn_message_t, FreeMessage> message(pn_message());
  pn_message_set_durable(message.get(), true);
  pn_message_set_inferred(message.get(), true);  // a data section instead of a value
  pn_message_set_content_type(message.get(), "application/json");
  pn_message_set_address(message.get(), reply.address.c_str());
  if (!reply.message_id.empty()) put_id(pn_message_id(message.get()), reply.message_id);
  if (!reply.correlation_id.empty()) {
    put_id(pn_message_correlation_id(message.get()), reply.correlation_id);
  }
  pn_data_put_binary(pn_message_body(message.get()),
                     pn_bytes(reply.body.size(), reply.body.data()));
  std::string bytes(reply.body.size() + kEnvelope, '\0');
  for (;;) {
    std::size_t size = bytes.size();
    const int error = pn_message_encode(message.get(), bytes.data(), &size);
    if (error == 0) {
      bytes.resize(size);
      return bytes;
    }
    if (error != PN_OVERFLOW || bytes.size() > kEncodedMax) {
      return fail(Errc::rejected, "a reply cannot be encoded", error);
    }
    bytes.resize(bytes.size() * 2);
  }
}

}  // namespace devicebatch::queue
