#include "queue/endpoint.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch::queue;

TEST_CASE("a broker is named by scheme, host and port") {
  const auto tls = parse_endpoint("amqps://mq.contoso.com");
  REQUIRE(tls);
  CHECK(tls->has_tls);
  CHECK(tls->host == "mq.contoso.com");
  CHECK(tls->port == "5671");
  const auto plain = parse_endpoint("amqp://127.0.0.1:15672/");
  REQUIRE(plain);
  CHECK_FALSE(plain->has_tls);
  CHECK(plain->host == "127.0.0.1");
  CHECK(plain->port == "15672");
  const auto six = parse_endpoint("amqps://[::1]:1");
  REQUIRE(six);
  CHECK(six->host == "::1");
  CHECK(six->port == "1");
}

TEST_CASE("anything else is no broker") {
  const std::string url =
      GENERATE("", "mq.contoso.com", "http://mq.contoso.com", "amqps://", "amqps://:5671",
               "amqps://user@mq.contoso.com", "amqps://mq.contoso.com/queue", "amqp://[::1",
               "amqp://[::1]x", "amqp://mq:port", "amqp://mq:", "amqp://mq:123456");
  INFO(url);
  CHECK_FALSE(parse_endpoint(url));
}
