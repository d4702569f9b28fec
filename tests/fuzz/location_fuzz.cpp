// The Location header and the body of a 202, and Retry-After beside them.
#include "base/check.hpp"
#include "partner_center/tracking_id.hpp"
#include "policy/retry.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace devicebatch;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto in_text = partner_center::tracking_id_in(text);
  DEVICEBATCH_CHECK(!in_text || !in_text->is_nil());

  const std::string base_url = "https://api.partnercenter.example";
  http::Response response;
  response.status = 202;
  response.headers.emplace_back("Location", std::string(text));
  const auto from_header = partner_center::read_tracking_id(response, base_url);
  // Whatever leads to another origin is dropped, nothing is made up.
  if (from_header) DEVICEBATCH_CHECK(in_text.has_value());
  response.body = text;
  const auto from_reply = partner_center::read_tracking_id(response, base_url);
  // The header wins, and the body can only add.
  if (from_header) DEVICEBATCH_CHECK(from_reply == from_header);

  const auto wait = policy::parse_retry_after(text, UtcTime{});
  DEVICEBATCH_CHECK(!wait || wait->count() >= 0);
  return 0;
}
