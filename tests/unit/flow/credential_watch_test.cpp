#include "flow/credential_watch.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::flow;
using namespace std::chrono_literals;
using std::chrono::days;

namespace {

const UtcTime kNoon = *parse_utc("2026-11-24T12:00:00Z");

// Every hour until the end: when was something said, in days left.
std::vector<int> said_until(CredentialWatch& watch, UtcTime end, UtcTime from) {
  std::vector<int> said;
  for (UtcTime now = from; now < end; now += 1h) {
    if (const auto left = watch.certificate(end, now)) said.push_back(*left);
  }
  return said;
}

}  // namespace

TEST_CASE("A2: the end of a certificate is said 30, 14 and 3 days before, each once") {
  CredentialWatch watch;
  CHECK(said_until(watch, kNoon + days(60), kNoon) == std::vector<int>{30, 14, 3});
  CHECK(said_until(watch, kNoon + days(60), kNoon).empty());
}

TEST_CASE("A2: a daemon that starts late says where it stands, a new certificate counts anew") {
  CredentialWatch watch;
  CHECK(said_until(watch, kNoon + days(10) + 1h, kNoon) == std::vector<int>{10, 3});
  CHECK(said_until(watch, kNoon + days(365), kNoon + days(300)) == std::vector<int>{30, 14, 3});
  CHECK(watch.certificate(kNoon, kNoon + days(2)) == -2);  // ended
}

TEST_CASE("an old refresh token is said once a day") {
  CredentialWatch watch;
  int said = 0;
  for (UtcTime now = kNoon; now < kNoon + days(65); now += 1h) {
    if (watch.refresh_token(kNoon, days(60), now)) ++said;
  }
  CHECK(said == 5);
  CHECK(watch.refresh_token(kNoon, days(60), kNoon + days(66)) == 66);
  CHECK_FALSE(watch.refresh_token(kNoon + days(66), days(60), kNoon + days(67)));
  CHECK(watch.refresh_token(kNoon, days(60), kNoon + days(67)) == 67);
}
