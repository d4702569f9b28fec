#include "http/target_url.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::http;

TEST_CASE("only https goes anywhere, and http to this machine where allowed") {
  struct Row {
    const char* url;
    bool is_allowed_strictly;
    bool is_allowed_with_http;
  };
  for (const Row& row : {
           Row{"https://api.partnercenter.microsoft.com/v1/customers", true, true},
           Row{"https://127.0.0.1:8443/", true, true},
           Row{"HTTPS://example.com", true, true},
           Row{"http://127.0.0.1:8080/v1", false, true},
           Row{"http://127.9.9.9/", false, true},
           Row{"http://localhost:1/", false, true},
           Row{"http://LOCALHOST:1/", false, true},
           Row{"http://[::1]:1/", false, true},
           Row{"http://2130706433/", false, true},  // 127.0.0.1 as one number
           Row{"http://example.com/", false, false},
           Row{"http://127.0.0.1.example.com/", false, false},
           Row{"http://localhost.example.com/", false, false},
           Row{"http://128.0.0.1/", false, false},
           Row{"http://0.0.0.0/", false, false},
           Row{"http://[::2]/", false, false},
           Row{"http://[::ffff:127.0.0.1]/", false, false},
           Row{"https://user@example.com/", false, false},
           Row{"https://user:pw@example.com/", false, false},
           Row{"https://:pw@example.com/", false, false},
           Row{"http://127.0.0.1@example.com/", false, false},
           Row{"ftp://example.com/", false, false},
           Row{"file:///etc/passwd", false, false},
           Row{"gopher://example.com/", false, false},
           Row{"example.com", false, false},
           Row{"", false, false},
           Row{"https://", false, false},
           Row{"https://exa mple.com/", false, false},
           Row{"https://example.com/a b", false, false},
           Row{"https://example.com/\r\nX: y", false, false},
       }) {
    INFO(row.url);
    CHECK(target_url(row.url, false).has_value() == row.is_allowed_strictly);
    CHECK(target_url(row.url, true).has_value() == row.is_allowed_with_http);
    const auto refused = target_url(row.url, false);
    if (!refused) CHECK(refused.error().code() == Errc::rejected);
  }
}

TEST_CASE("a password in a URL is not repeated") {
  const auto refused = target_url("https://user:hunter2@example.com/", false);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message().find("hunter2") == std::string::npos);
}

TEST_CASE("a NUL does not cut a URL short") {
  CHECK_FALSE(target_url(std::string("https://example.com/\0evil", 25), false));
}
