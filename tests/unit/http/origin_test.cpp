#include "http/origin.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch::http;

namespace {

std::string shown(const std::optional<Origin>& origin) {
  return origin ? origin->scheme + " " + origin->host + " " + origin->port : "none";
}

}  // namespace

TEST_CASE("the origin of an address is its scheme, host and port") {
  struct Row {
    const char* url;
    const char* origin;
  };
  for (const Row& row : {
           Row{"https://api.contoso.example/v1/x?y#z", "https api.contoso.example 443"},
           Row{"https://api.contoso.example:443", "https api.contoso.example 443"},
           Row{"HTTPS://API.Contoso.Example:8443/", "https api.contoso.example 8443"},
           Row{"http://127.0.0.1/", "http 127.0.0.1 80"},
           Row{"http://[::1]:8080/", "http [::1] 8080"},
           Row{"https://a@b.example/", "none"},
           Row{"https://a:b@c.example/", "none"},
           Row{"ftp://a.example/", "none"},
           Row{"file:///etc/passwd", "none"},
           Row{"javascript:alert(1)", "none"},
           Row{"/relative", "none"},
           Row{"//a.example/", "none"},
           Row{"https:///", "none"},
           Row{"https://a.example:99999/", "none"},
           Row{"https://a b.example/", "none"},
           Row{"", "none"},
       }) {
    INFO(row.url);
    CHECK(shown(origin_of(row.url)) == row.origin);
  }
  CHECK_FALSE(origin_of(std::string("https://a.example\0.b.example/", 30)));
}
