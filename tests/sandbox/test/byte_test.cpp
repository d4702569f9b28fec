#include "base/clock.hpp"
#include "sandbox/test/running_sandbox.hpp"

#include <boost/json/value.hpp>
#include <catch2/catch.hpp>

using namespace devicebatch::sandbox;

namespace {

std::string rule(std::string_view members) {
  return "[{\"match\":{\"method\":\"POST\",\"path\":\"deviceBatches\"}," + std::string(members) +
         "}]";
}

std::string post_bytes(const RunningSandbox& sandbox, const std::string& name) {
  const std::vector<Header> id = {{"MS-RequestId", "AAAAAAAA-0000-4000-8000-" + name}};
  return sandbox.request_bytes("POST", batches_path(), create_body("T" + name, {"S" + name}), id);
}

std::string number(std::size_t i) {
  return std::to_string(100'000'000'000 + i);
}

std::string keeping_alive(std::string bytes) {
  const std::string ending = "Connection: close\r\n";
  return bytes.erase(bytes.find(ending), ending.size());
}

}  // namespace

TEST_CASE("an answer is cut at any byte, and the work is done") {
  const RunningSandbox sandbox;
  sandbox.set_rules("[]");
  const std::string whole = sandbox.exchange(post_bytes(sandbox, number(0))).received;
  REQUIRE_THAT(whole, Catch::StartsWith("HTTP/1.1 202 Accepted\r\n"));
  for (const std::size_t at : {std::size_t{0}, std::size_t{1}, std::size_t{9}, whole.size() / 2,
                               whole.size() - 1, whole.size(), whole.size() + 5}) {
    CAPTURE(at);
    sandbox.set_rules(rule("\"fault\":\"cut_answer\",\"cut_at\":" + std::to_string(at)));
    const std::string received = sandbox.exchange(post_bytes(sandbox, number(1 + at))).received;
    CHECK(received.size() == std::min(at, whole.size()));
    CHECK(received.substr(0, 21) == whole.substr(0, std::min<std::size_t>(at, 21)));
  }
  CHECK(sandbox.summary().at("devices") == 8);
}

TEST_CASE("cut_at alone is a fault, and can end in a reset") {
  const RunningSandbox sandbox;
  sandbox.set_rules(rule("\"cut_at\":30"));
  CHECK(sandbox.exchange(post_bytes(sandbox, number(0))).received.size() == 30);
  sandbox.set_rules(rule("\"fault\":\"cut_answer\",\"cut_at\":0,\"reset\":true"));
  CHECK(sandbox.exchange(post_bytes(sandbox, number(1))).was_reset);
  CHECK(sandbox.summary().at("devices") == 2);
}

TEST_CASE("a request is dropped at any byte, and nothing is processed or bound") {
  const RunningSandbox sandbox;
  const std::string bytes = post_bytes(sandbox, number(0));
  for (const std::size_t at : {std::size_t{0}, std::size_t{1}, bytes.size() / 2, bytes.size() - 1,
                               bytes.size(), bytes.size() + 100}) {
    CAPTURE(at);
    sandbox.set_rules(rule("\"drop_request_at\":" + std::to_string(at)));
    CHECK(sandbox.exchange(bytes).received.empty());
  }
  sandbox.set_rules("[]");
  CHECK(sandbox.summary().at("posts") == 0);
  CHECK(sandbox.summary().at("devices") == 0);
  CHECK_THAT(sandbox.exchange(bytes).received, Catch::StartsWith("HTTP/1.1 202"));
  CHECK(sandbox.summary().at("violations") == 0);
  const auto requests = sandbox.get("/sandbox/requests").json().at("requests");
  CHECK(requests.at(2).at("ending") == "dropped");
  CHECK(requests.at(2).at("fault") == "drop_request");
}

TEST_CASE("a large request is dropped while its client still sends") {
  Options options = quick_options();
  options.max_body_bytes = std::uint64_t{64} << 20;
  const RunningSandbox sandbox(options);
  sandbox.set_rules(rule("\"drop_request_at\":100000"));
  const std::string body = create_body("T", {std::string(std::size_t{16} << 20, 'x')});
  CHECK(sandbox.exchange(sandbox.request_bytes("POST", batches_path(), body)).received.empty());
  const auto requests = sandbox.get("/sandbox/requests").json().at("requests");
  CHECK(requests.as_array().back().at("body_bytes") == 100'000);
}

TEST_CASE("an answer comes byte by byte") {
  const RunningSandbox sandbox;
  const devicebatch::SystemClock clock;
  sandbox.set_rules(rule("\"fault\":\"slow_loris\",\"ms\":1"));
  const auto started = clock.now_mono();
  const std::string received = sandbox.exchange(post_bytes(sandbox, number(0))).received;
  CHECK_THAT(received, Catch::StartsWith("HTTP/1.1 202"));
  CHECK(clock.now_mono() - started >= std::chrono::milliseconds(received.size() - 1));
}

TEST_CASE("a length can be missing or contradict itself") {
  const RunningSandbox sandbox;
  // Asked to keep the connection, it cannot: only its end says where the body ends.
  const std::string get = keeping_alive(sandbox.request_bytes("GET", batches_path()));
  sandbox.set_rules(R"([{"fault":"no_length"}])");
  const std::string open = sandbox.exchange(get).received;
  CHECK_THAT(open, !Catch::Contains("Content-Length"));
  CHECK_THAT(open, Catch::Contains("Connection: close") && Catch::EndsWith("}"));
  sandbox.set_rules(R"([{"fault":"duplicate_length"}])");
  const std::string twice = sandbox.exchange(get).received;
  const std::size_t first = twice.find("Content-Length: ");
  REQUIRE(first != std::string::npos);
  CHECK(twice.find("Content-Length: ", first + 1) != std::string::npos);
}

TEST_CASE("an oversized answer is streamed") {
  const RunningSandbox sandbox;
  sandbox.set_rules(R"([{"match":{"method":"GET"},"fault":"oversized","bytes":3000000}])");
  const Reply reply = sandbox.get(batches_path());
  CHECK(reply.body.size() > 3'000'000);
  CHECK(reply.json().is_object());
  sandbox.set_rules(R"([{"match":{"method":"GET"},"fault":"oversized"}])");
  const Reply refused = sandbox.get(batches_path());  // more than this client takes
  CHECK_FALSE(refused.is_answered);
  CHECK(std::stoull(std::string(refused.header("Content-Length"))) > 100'000'000);
}

TEST_CASE("requests that follow each other on a connection are answered in turn") {
  const RunningSandbox sandbox;
  const std::string received =
      sandbox
          .exchange(keeping_alive(post_bytes(sandbox, number(0))) +
                    keeping_alive(post_bytes(sandbox, number(1))) + post_bytes(sandbox, number(2)))
          .received;
  std::size_t answers = 0;
  for (std::size_t at = 0; (at = received.find("HTTP/1.1 202", at)) != std::string::npos; ++at) {
    ++answers;
  }
  CHECK(answers == 3);
}
