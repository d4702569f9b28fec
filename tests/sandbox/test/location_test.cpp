#include "sandbox/test/running_sandbox.hpp"

#include <boost/json/value.hpp>
#include <catch2/catch.hpp>

using namespace devicebatch::sandbox;

namespace {

std::string location(const RunningSandbox& sandbox, const std::string& form) {
  sandbox.set_option(R"({"existing_batch":"append"})");
  sandbox.set_rules(R"([{"fault":"location","form":")" + form + R"("}])");
  const Reply reply = sandbox.post(batches_path(), create_body("T", {form}));
  CHECK(reply.status == 202);
  return std::string(reply.header("Location"));
}

}  // namespace

TEST_CASE("Location can point anywhere") {
  const RunningSandbox sandbox;
  const std::string here = "127.0.0.1:" + std::to_string(sandbox.port());
  const std::string path = "/v1/customers/" + std::string(kCustomer) + "/batchJobStatus/";
  CHECK_THAT(location(sandbox, "other_host"),
             Catch::StartsWith("https://partnercenter.example" + path));
  CHECK_THAT(location(sandbox, "http_downgrade"), Catch::StartsWith("http://" + here + path));
  CHECK_THAT(location(sandbox, "file"), Catch::StartsWith("file://" + path));
  CHECK_THAT(location(sandbox, "userinfo"),
             Catch::StartsWith("https://user:password@" + here + path));
  CHECK_THAT(location(sandbox, "not_guid"), Catch::EndsWith("/batchJobStatus/not-a-guid"));
  CHECK_THAT(location(sandbox, "crlf"), Catch::EndsWith("%0D%0AX-Injected:%201"));
  CHECK_THAT(location(sandbox, "other_customer"),
             Catch::StartsWith("/customers/99999999-9999-4999-8999-999999999999/batchJobStatus/"));
  CHECK(location(sandbox, "empty").empty());
  CHECK(location(sandbox, "absent").empty());
}

TEST_CASE("Location can be 64 KiB long or stand on two lines") {
  const RunningSandbox sandbox;
  const auto bytes_under = [&](const std::string& form) {
    sandbox.set_rules(R"([{"fault":"location","form":")" + form + R"("}])");
    return sandbox
        .exchange(sandbox.request_bytes("POST", batches_path(), create_body("T" + form, {form})))
        .received;
  };
  CHECK(bytes_under("long").size() > 64 * 1024);
  CHECK_THAT(bytes_under("folded"), Catch::Contains("/batchJobStatus\r\n /"));
}

TEST_CASE("an absolute Location is twisted likewise") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"location":"absolute"})");
  const std::string path = "/v1/customers/" + std::string(kCustomer) + "/batchJobStatus/";
  CHECK_THAT(location(sandbox, "other_host"),
             Catch::StartsWith("https://partnercenter.example" + path));
}
