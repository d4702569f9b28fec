// queue/encoded.hpp - messages as a client would send them, for tests.
#pragma once

#include <proton/message.h>

#include <functional>
#include <string>
#include <string_view>

namespace devicebatch::queue_test {

// What the library itself makes of a message; `fill` sets its properties.
inline std::string encode(std::string_view body,
                          const std::function<void(pn_message_t*)>& fill = {}) {
  pn_message_t* const message = pn_message();
  pn_message_set_inferred(message, true);
  pn_data_put_binary(pn_message_body(message), pn_bytes(body.size(), body.data()));
  if (fill) fill(message);
  std::string bytes(body.size() + 16 * 1024, '\0');
  std::size_t size = bytes.size();
  const int error = pn_message_encode(message, bytes.data(), &size);
  pn_message_free(message);
  bytes.resize(error == 0 ? size : 0);
  return bytes;
}

inline void put_destination(pn_message_t* message, const char* name) {
  pn_data_t* const properties = pn_message_properties(message);
  pn_data_put_map(properties);
  pn_data_enter(properties);
  pn_data_put_string(properties, pn_bytes(4, "site"));
  pn_data_put_int(properties, 7);
  pn_data_put_string(properties, pn_bytes(11, "destination"));
  pn_data_put_string(properties, pn_bytes(std::string_view(name).size(), name));
  pn_data_exit(properties);
}

}  // namespace devicebatch::queue_test
