#include "base/hex.hpp"
#include "base/sha256.hpp"
#include "sandbox/test/running_sandbox.hpp"
#include "support/temp_dir.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <catch2/catch.hpp>

#include <sstream>

using namespace devicebatch::sandbox;
namespace json = boost::json;

namespace {

std::vector<json::value> lines_of(const std::filesystem::path& path) {
  std::vector<json::value> lines;
  std::istringstream text(devicebatch::support::read_file(path));
  for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
  return lines;
}

}  // namespace

TEST_CASE("the request log has a line for each request, whatever became of it") {
  const devicebatch::support::TempDir folder;
  Options options = quick_options();
  options.request_log_file = (folder / "requests.jsonl").string();
  options.max_body_bytes = 500;
  const RunningSandbox sandbox(options);
  const std::string body = create_body("T", {"A"});
  sandbox.post(batches_path(), body, {{"MS-RequestId", "R-1"}, {"MS-CorrelationId", "C-1"}});
  sandbox.set_rules(R"([{"match":{"method":"GET"},"when":{"nth":1},"fault":"reset"},
                        {"match":{"method":"GET"},"when":{"nth":2},"fault":"slow","ms":0}])");
  sandbox.get(batches_path());
  sandbox.get(batches_path());
  sandbox.post(batches_path(), std::string(600, ' '));
  const auto lines = lines_of(options.request_log_file);
  REQUIRE(lines.size() == 5);
  CHECK(lines[0].at("target") == "/contoso.example/oauth2/token");
  const auto& upload = lines[1];
  CHECK(upload.at("at").as_string().size() == 24);
  CHECK(upload.at("method") == "POST");
  CHECK(upload.at("status") == 202);
  CHECK(upload.at("ending") == "answered");
  CHECK(upload.at("request_id") == "R-1");
  CHECK(upload.at("correlation_id") == "C-1");
  CHECK(upload.at("body_bytes") == body.size());
  CHECK(upload.at("body_sha256") ==
        devicebatch::to_hex(devicebatch::sha256(std::string_view(body))).c_str());
  CHECK(lines[2].at("ending") == "reset");
  CHECK(lines[2].at("status") == 0);
  CHECK(lines[2].at("fault") == "reset");
  CHECK(lines[3].at("fault") == "slow");
  CHECK(lines[4].at("status") == 413);
}

TEST_CASE("the request log holds no secrets") {
  const devicebatch::support::TempDir folder;
  Options options = quick_options();
  options.request_log_file = (folder / "requests.jsonl").string();
  const RunningSandbox sandbox(options);
  sandbox.get(batches_path());
  const std::string text = devicebatch::support::read_file(options.request_log_file);
  CHECK_THAT(text, !Catch::Contains("sandbox-secret"));
  CHECK_THAT(text, !Catch::Contains(sandbox.token));
}

TEST_CASE("a request log that cannot be written is refused at the start") {
  Options options = quick_options();
  options.request_log_file = "/nowhere/requests.jsonl";
  CHECK_FALSE(Sandbox(options).open());
}
