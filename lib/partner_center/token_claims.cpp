#include "partner_center/token_claims.hpp"

#include "partner_center/json_reply.hpp"
#include "record/base64.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace devicebatch::partner_center {

namespace json = boost::json;

namespace {

// A payload has 1 to 3 KB; groups of members can make it ten times as long.
constexpr std::size_t kPayloadBytes = 64 * 1024;

std::optional<std::string> decode_base64url(std::string text) {
  for (char& c : text) {
    if (c == '-')
      c = '+';
    else if (c == '_')
      c = '/';
  }
  // Whole groups for the decoder; what the added letters stand for is cut off again.
  const std::size_t missing = (4 - text.size() % 4) % 4;
  if (missing == 3) return std::nullopt;
  text.append(missing, 'A');
  std::string bytes(text.size() / 4 * 3, '\0');
  const std::span<std::uint8_t> out(reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size());
  if (!record::decode_base64_groups(text, out)) return std::nullopt;
  bytes.resize(bytes.size() - missing);
  return bytes;
}

std::optional<std::string> payload_of(std::string_view token) {
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const std::string_view rest = token.substr(first + 1);
  const std::string_view payload = rest.substr(0, rest.find('.'));
  if (payload.size() > kPayloadBytes || payload.size() == rest.size()) return std::nullopt;
  return decode_base64url(std::string(payload));
}

}  // namespace

std::optional<TokenClaims> read_claims(const Secret& token) {
  const std::optional<std::string> payload = payload_of(token.reveal());
  if (!payload) return std::nullopt;
  const Result<json::value> value = parse_reply(*payload);
  const json::object* object = value ? value->if_object() : nullptr;
  if (object == nullptr) return std::nullopt;
  TokenClaims claims;
  claims.audience = short_text(text_member(*object, "aud"), 200);
  claims.tenant = short_text(text_member(*object, "tid"), 64);
  claims.application = short_text(text_member(*object, "appid"), 64);
  if (claims.application.empty()) {
    claims.application = short_text(text_member(*object, "azp"), 64);
  }
  claims.is_of_person = member(*object, "scp") != nullptr;
  if (const json::array* methods = array_member(*object, "amr")) {
    for (const json::value& method : *methods) {
      claims.methods.push_back(short_text(text_of(method), 32));
    }
  }
  return claims;
}

}  // namespace devicebatch::partner_center
