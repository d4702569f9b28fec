#include "queue/amqp_value.hpp"

#include "base/hex.hpp"
#include "base/uuid.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <vector>

namespace devicebatch::queue {
namespace {

constexpr std::string_view kPrefix = "ID:AMQP_";
constexpr std::string_view kString = "ID:AMQP_STRING:";
constexpr std::string_view kUlong = "ID:AMQP_ULONG:";
constexpr std::string_view kUuid = "ID:AMQP_UUID:";
constexpr std::string_view kBinary = "ID:AMQP_BINARY:";

std::string_view view_of(pn_bytes_t bytes) {
  return bytes.size == 0 ? std::string_view() : std::string_view(bytes.start, bytes.size);
}

pn_bytes_t bytes_of(std::string_view text) {
  return pn_bytes(text.size(), text.data());
}

bool put_ulong(pn_data_t* data, std::string_view digits) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return false;
  pn_data_put_ulong(data, number);
  return true;
}

bool put_uuid(pn_data_t* data, std::string_view text) {
  const std::optional<Uuid> uuid = Uuid::parse(text);
  if (!uuid) return false;
  pn_uuid_t value;
  std::memcpy(value.bytes, uuid->bytes().data(), sizeof value.bytes);
  pn_data_put_uuid(data, value);
  return true;
}

bool put_binary(pn_data_t* data, std::string_view digits) {
  std::vector<std::uint8_t> bytes(digits.size() / 2);
  if (!from_hex(digits, bytes)) return false;
  const std::string text(bytes.begin(), bytes.end());
  pn_data_put_binary(data, bytes_of(text));
  return true;
}

}  // namespace

DataHandle decode_value(std::string_view bytes) {
  DataHandle data(pn_data(0));
  const ssize_t used = pn_data_decode(data.get(), bytes.data(), bytes.size());
  if (used < 0 || static_cast<std::size_t>(used) != bytes.size()) return nullptr;
  pn_data_rewind(data.get());
  if (!pn_data_next(data.get())) return nullptr;
  return data;
}

std::optional<std::string> text_of(pn_data_t* data) {
  switch (pn_data_type(data)) {
    case PN_STRING:
      return std::string(view_of(pn_data_get_string(data)));
    case PN_SYMBOL:
      return std::string(view_of(pn_data_get_symbol(data)));
    default:
      return std::nullopt;
  }
}

std::optional<std::string> id_of(pn_data_t* data) {
  switch (pn_data_type(data)) {
    case PN_STRING: {
      const std::string text(view_of(pn_data_get_string(data)));
      return text.starts_with(kPrefix) ? std::string(kString) + text : text;
    }
    case PN_ULONG:
      return std::string(kUlong) + std::to_string(pn_data_get_ulong(data));
    case PN_UUID: {
      const pn_uuid_t value = pn_data_get_uuid(data);
      std::array<std::uint8_t, 16> bytes{};
      std::memcpy(bytes.data(), value.bytes, bytes.size());
      return std::string(kUuid) + Uuid(bytes).to_string();
    }
    case PN_BINARY: {
      const std::string_view text = view_of(pn_data_get_binary(data));
      const std::vector<std::uint8_t> bytes(text.begin(), text.end());
      return std::string(kBinary) + to_hex(bytes);
    }
    default:
      return std::nullopt;
  }
}

void put_id(pn_data_t* data, std::string_view id) {
  bool has_put = false;
  std::string_view text = id;
  if (id.starts_with(kUlong)) has_put = put_ulong(data, id.substr(kUlong.size()));
  if (id.starts_with(kUuid)) has_put = put_uuid(data, id.substr(kUuid.size()));
  if (id.starts_with(kBinary)) has_put = put_binary(data, id.substr(kBinary.size()));
  if (id.starts_with(kString)) text = id.substr(kString.size());
  if (!has_put) pn_data_put_string(data, bytes_of(text));
}

}  // namespace devicebatch::queue
