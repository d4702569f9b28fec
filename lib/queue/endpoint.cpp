#include "queue/endpoint.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace devicebatch::queue {
namespace {

tl::unexpected<Error> wrong(const std::string& url) {
  return fail(Errc::bad_config,
              "\"" + printable(url) + "\" is not amqps://HOST[:PORT] or amqp://HOST[:PORT]");
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 && std::ranges::all_of(text, is_ascii_digit);
}

}  // namespace

Result<Endpoint> parse_endpoint(const std::string& url) {
  constexpr std::string_view kTls = "amqps://";
  constexpr std::string_view kPlain = "amqp://";
  Endpoint endpoint;
  std::string_view rest = url;
  endpoint.has_tls = rest.starts_with(kTls);
  if (!endpoint.has_tls && !rest.starts_with(kPlain)) return wrong(url);
  rest.remove_prefix(endpoint.has_tls ? kTls.size() : kPlain.size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find_first_of("/?#@ ") != std::string_view::npos) return wrong(url);
  endpoint.port = endpoint.has_tls ? "5671" : "5672";
  std::size_t host_end = rest.size();
  if (rest.starts_with('[')) {  // an IPv6 address
    const std::size_t close = rest.find(']');
    if (close == std::string_view::npos) return wrong(url);
    endpoint.host = rest.substr(1, close - 1);
    host_end = close + 1;
  } else {
    host_end = std::min(rest.find(':'), rest.size());
    endpoint.host = rest.substr(0, host_end);
  }
  if (host_end < rest.size()) {
    const std::string_view port = rest.substr(host_end + 1);
    if (rest[host_end] != ':' || !is_port(port)) return wrong(url);
    endpoint.port = port;
  }
  if (endpoint.host.empty()) return wrong(url);
  return endpoint;
}

}  // namespace devicebatch::queue
