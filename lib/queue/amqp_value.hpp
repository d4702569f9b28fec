// queue/amqp_value.hpp - values of AMQP, by means of Proton.
//
// Threading: an object belongs to one thread.
#pragma once

#include <proton/codec.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace devicebatch::queue {

struct FreeData {
  void operator()(pn_data_t* data) const { pn_data_free(data); }
};
using DataHandle = std::unique_ptr<pn_data_t, FreeData>;

// One value with its constructor; null when it is not one, or bytes are left over.
DataHandle decode_value(std::string_view bytes);

// The current value as text: a string, a symbol; nullopt for anything else.
std::optional<std::string> text_of(pn_data_t* data);
// The current value as an id, as message.hpp says; nullopt when it cannot be one.
std::optional<std::string> id_of(pn_data_t* data);
// Appends an id in the type it had.
void put_id(pn_data_t* data, std::string_view id);

}  // namespace devicebatch::queue
