#include "sandbox/test/running_sandbox.hpp"

#include <boost/json/value.hpp>
#include <catch2/catch.hpp>

#include <set>

using namespace devicebatch::sandbox;

namespace {

std::vector<std::string> serials_up_to(int count) {
  std::vector<std::string> serials;
  for (int i = 0; i < count; ++i) serials.push_back("SN-" + std::to_string(i));
  return serials;
}

}  // namespace

TEST_CASE("devices are listed in pages of one hundred") {
  const RunningSandbox sandbox;
  REQUIRE(sandbox.post(batches_path(), create_body("T", serials_up_to(250))).status == 202);
  std::set<std::string> seen;
  std::vector<std::size_t> sizes;
  std::vector<Header> headers;
  for (int page = 0; page < 5; ++page) {
    const auto body = sandbox.get(devices_path("T"), headers).json();
    for (const auto& each : body.at("items").as_array()) {
      seen.emplace(std::string_view(each.at("serialNumber").as_string()));
      CHECK_FALSE(each.as_object().contains("hardwareHash"));
    }
    sizes.push_back(body.at("items").as_array().size());
    const auto* next = body.as_object().if_contains("continuationToken");
    if (next == nullptr) break;
    headers = {{"MS-ContinuationToken", std::string(std::string_view(next->as_string()))}};
  }
  CHECK(sizes == std::vector<std::size_t>{100, 100, 50});
  CHECK(seen.size() == 250);
}

TEST_CASE("the continuation token can stand in the links instead") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"paging":"links","page_size":2})");
  REQUIRE(sandbox.post(batches_path(), create_body("T", serials_up_to(3))).status == 202);
  const auto body = sandbox.get(devices_path("T")).json();
  CHECK_FALSE(body.as_object().contains("continuationToken"));
  const auto header = body.at("links").at("next").at("headers").at(0);
  CHECK(header.at("key") == "MS-ContinuationToken");
  const std::string token(std::string_view(header.at("value").as_string()));
  const auto last = sandbox.get(devices_path("T"), {{"MS-ContinuationToken", token}}).json();
  CHECK(last.at("totalCount") == 1);
}

TEST_CASE("batches are listed at once unless pages are asked for") {
  const RunningSandbox sandbox;
  for (const char* batch : {"A", "B", "C"}) {
    REQUIRE(sandbox.post(batches_path(), create_body(batch, {batch})).status == 202);
  }
  const auto all = sandbox.get(batches_path()).json();
  CHECK(all.at("totalCount") == 3);
  CHECK(all.at("attributes").at("objectType") == "Collection");
  sandbox.set_option(R"({"batch_page_size":2})");
  CHECK(sandbox.get(batches_path()).json().at("continuationToken").as_string().size() > 0);
}

TEST_CASE("a continuation token that is none is refused") {
  const RunningSandbox sandbox;
  REQUIRE(sandbox.post(batches_path(), create_body("T", {"A"})).status == 202);
  CHECK(sandbox.get(devices_path("T"), {{"MS-ContinuationToken", "x"}}).status == 400);
}
