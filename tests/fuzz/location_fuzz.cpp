// The Location header and the body of a 202, and Retry-After beside them.
#include "base/check.hpp"
#include "partner_center/replies.hpp"
#include "policy/retry.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace devicebatch;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto in_header = partner_center::tracking_id_in(text);
  DEVICEBATCH_CHECK(!in_header || !in_header->is_nil());

  http::Response response;
  response.status = 202;
  response.headers.emplace_back("Location", std::string(text));
  response.body = text;
  const auto from_reply = partner_center::read_tracking_id(response);
  // The header wins, and the body can only add.
  if (in_header) DEVICEBATCH_CHECK(from_reply == in_header);

  const auto wait = policy::parse_retry_after(text, UtcTime{});
  DEVICEBATCH_CHECK(!wait || wait->count() >= 0);
  return 0;
}
