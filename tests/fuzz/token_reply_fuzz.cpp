// Replies of the token endpoint: one byte picks the status, the rest is the body.
#include "base/check.hpp"
#include "partner_center/token.hpp"
#include "partner_center/token_claims.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

using namespace devicebatch;

namespace {

constexpr int kStatuses[] = {200, 400, 401, 429, 503};

void check_token(const partner_center::Token& token) {
  DEVICEBATCH_CHECK(token.access != nullptr && !token.access->is_empty());
  // It goes into a header as it is.
  for (const char c : token.access->reveal()) DEVICEBATCH_CHECK(c > ' ' && c <= '~');
  DEVICEBATCH_CHECK(token.lifetime.count() > 0);
  DEVICEBATCH_CHECK(token.refresh == nullptr || !token.refresh->is_empty());
  (void)partner_center::read_claims(*token.access);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  http::Response response;
  response.status = kStatuses[data[0] % std::size(kStatuses)];
  response.body.assign(reinterpret_cast<const char*>(data) + 1, size - 1);
  response.headers.emplace_back("Retry-After", response.body.substr(0, 64));
  const auto token = partner_center::read_token(std::move(response), UtcTime{});
  if (token) {
    check_token(*token);
  } else {
    DEVICEBATCH_CHECK(token.error().message().size() < 2'000);
  }
  return 0;
}
