#include "sandbox/test/running_sandbox.hpp"

#include <boost/json/value.hpp>
#include <catch2/catch.hpp>

using namespace devicebatch::sandbox;

namespace {

const std::vector<Header> kSameId = {{"MS-RequestId", "AAAAAAAA-0000-4000-8000-000000000001"}};
const std::vector<Header> kOtherId = {{"MS-RequestId", "AAAAAAAA-0000-4000-8000-000000000002"}};

}  // namespace

TEST_CASE("the same request id with the same body is the same upload") {
  const RunningSandbox sandbox;
  const std::string body = create_body("T", {"A"});
  const Reply first = sandbox.post(batches_path(), body, kSameId);
  const Reply again = sandbox.post(batches_path(), body, kSameId);
  CHECK(again.status == 202);
  CHECK(again.header("Location") == first.header("Location"));
  const auto summary = sandbox.summary();
  CHECK(summary.at("jobs") == 1);
  CHECK(summary.at("replayed") == 1);
  CHECK(summary.at("already") == 0);
  CHECK(summary.at("violations") == 0);
}

TEST_CASE("the same request id with another body or path is a violation") {
  const RunningSandbox sandbox;
  REQUIRE(sandbox.post(batches_path(), create_body("T", {"A"}), kSameId).status == 202);
  CHECK(sandbox.post(batches_path(), create_body("T", {"B"}), kSameId).status == 400);
  CHECK(sandbox.post(devices_path("T"), create_body("T", {"A"}), kSameId).status == 400);
  CHECK(sandbox.summary().at("violations") == 2);
  const auto violations = sandbox.ledger().at("violations");
  CHECK(violations.at(0).at("request_id") == "aaaaaaaa-0000-4000-8000-000000000001");
}

TEST_CASE("an id is bound by an upload that was dropped unprocessed or denied") {
  const RunningSandbox sandbox;
  sandbox.set_rules(R"([{"match":{"method":"POST"},"when":{"nth":1},"fault":"drop_before"}])");
  CHECK_FALSE(sandbox.post(batches_path(), create_body("T", {"A"}), kSameId).is_answered);
  CHECK(sandbox.post(batches_path(), create_body("T", {"B"}), kSameId).status == 400);
  std::vector<Header> denied = kOtherId;
  denied.emplace_back("Authorization", "Bearer none");
  CHECK(sandbox.post(batches_path(), create_body("T", {"C"}), denied).status == 401);
  CHECK(sandbox.post(batches_path(), create_body("T", {"D"}), kOtherId).status == 400);
  CHECK(sandbox.summary().at("violations") == 2);
  CHECK(sandbox.summary().at("unprocessed") == 1);
}

TEST_CASE("a service that ignores request ids starts another job and answers 806") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"honours_request_id":"no","existing_batch":"append"})");
  const std::string body = create_body("T", {"A"});
  REQUIRE(sandbox.post(batches_path(), body, kSameId).status == 202);
  const Reply again = sandbox.post(batches_path(), body, kSameId);
  CHECK(device_states(sandbox.get(job_path(again))).at(0) == "ZtdDeviceAlreadyAssigned");
  CHECK(sandbox.summary().at("jobs") == 2);
  CHECK(sandbox.summary().at("already") == 1);
}

TEST_CASE("one body under two request ids is counted") {
  const RunningSandbox sandbox;
  const std::string body = append_body({"A"});
  CHECK(sandbox.post(devices_path("T"), body, kSameId).status == 404);
  CHECK(sandbox.post(devices_path("T"), body, kOtherId).status == 404);
  CHECK(sandbox.summary().at("repeated_bodies") == 1);
}

TEST_CASE("a refused id may be tried again with its body") {
  const RunningSandbox sandbox;
  const std::string body = append_body({"B"});
  CHECK(sandbox.post(devices_path("T"), body, kSameId).status == 404);
  REQUIRE(sandbox.post(batches_path(), create_body("T", {"A"})).status == 202);
  CHECK(sandbox.post(devices_path("T"), body, kSameId).status == 202);
  CHECK(sandbox.summary().at("violations") == 0);
}

TEST_CASE("a repeated request id can be a conflict, or answered with the job") {
  const RunningSandbox sandbox;
  const std::string body = create_body("T", {"A"});
  const Reply first = sandbox.post(batches_path(), body, kSameId);
  sandbox.set_option(R"({"replay":"conflict"})");
  CHECK(sandbox.post(batches_path(), body, kSameId).status == 409);
  sandbox.set_option(R"({"replay":"earlier"})");
  const Reply earlier = sandbox.post(batches_path(), body, kSameId);
  CHECK(earlier.status == 200);
  CHECK(earlier.header("Location") == first.header("Location"));
  CHECK(device_states(earlier) == std::vector<std::string>{"finished"});
  CHECK(sandbox.summary().at("replayed") == 2);
  CHECK(sandbox.summary().at("jobs") == 1);
}
