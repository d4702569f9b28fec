// The one request that Microsoft's documentation shows, replayed.
#include "integration/query_ledger.hpp"
#include "integration/site.hpp"
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

namespace devicebatch::integration {
namespace {

namespace json = boost::json;

constexpr std::string_view kExample =
    "Device Serial Number,Windows Product ID,Hardware Hash\r\n"
    "2R9-ZNP67,00329-00000-0003-AA606,DummyHash1234\r\n"
    "2R9-ZNP67,00329-00000-0003-AA606,DummyHash12345\r\n";

// As documented, minified.
constexpr std::string_view kDocumentedBody =
    R"([{"Id":null,"SerialNumber":"2R9-ZNP67","ProductKey":"00329-00000-0003-AA606",)"
    R"("HardwareHash":"DummyHash1234","Policies":null,"CreatedBy":null,)"
    R"("UploadedDate":"0001-01-01T00:00:00","AllowedOperations":null,)"
    R"("Attributes":{"ObjectType":"Device"}},)"
    R"({"Id":null,"SerialNumber":"2R9-ZNP67","ProductKey":"00329-00000-0003-AA606",)"
    R"("HardwareHash":"DummyHash12345","Policies":null,"CreatedBy":null,)"
    R"("UploadedDate":"0001-01-01T00:00:00","AllowedOperations":null,)"
    R"("Attributes":{"ObjectType":"Device"}}])";
static_assert(kDocumentedBody.size() == 482);

SiteOptions lenient(std::string body) {
  SiteOptions options;
  options.sandbox = {"--accept-dummy-hashes", "yes"};
  options.source = ", validation: documented";
  options.body = std::move(body);
  return options;
}

std::string code_of(const json::value& row) {
  return std::string(row.at("code").as_string());
}

// Sends the example into a batch that is there already; the POST of its devices.
json::object send_example(Site& site) {
  site.sandbox().create_batch_as_somebody_else("LINE", "CONTOSO-BEFORE");
  site.start();
  site.drop("example.csv", kExample);
  site.wait_finished(1);
  for (json::object& request : site.sandbox().requests("/deviceBatches/LINE/devices")) {
    if (request.at("method").as_string() == "POST") return std::move(request);
  }
  FAIL("no POST of devices was seen");
  return {};
}

}  // namespace

TEST_CASE("the published example is refused by default, each row with its reasons", "[example]") {
  Site site;
  site.start();
  site.drop("example.csv", kExample);
  site.wait_finished(1);
  CHECK(site.verdicts() == Verdicts{{"rejected", 2}});
  const json::value result = site.result("rejected", "example.csv");
  for (const json::value& row : result.at("rows").as_array()) {
    INFO(json::serialize(row));
    CHECK(code_of(row) == "hash.not_a_hash");
    CHECK_FALSE(row.at("message").as_string().empty());
    CHECK_FALSE(row.at("fix").as_string().empty());
  }
  CHECK(site.sandbox().count("posts") == 0);
}

TEST_CASE("the published example goes through when a source asks no more than documented",
          "[example]") {
  Site site(lenient("sdk"));
  const json::object post = send_example(site);
  CHECK(std::string(post.at("body").as_string()) == kDocumentedBody);
  CHECK(site.verdicts().size() <= 2);
  CHECK(site.sandbox().count("accepted") == 2);

  CHECK(header_of(post, "Authorization") == "(hidden)");
  CHECK(header_of(post, "Accept") == "application/json");
  CHECK(header_of(post, "X-Locale") == "en-US");
  CHECK(header_of(post, "MS-PartnerCenter-Application") == "devicebatchd");
  CHECK(header_of(post, "Content-Type").starts_with("application/json"));
  CHECK(header_of(post, "MS-RequestId").size() == 36);
  CHECK(header_of(post, "MS-CorrelationId").size() == 36);
  CHECK(header_of(post, "MS-RequestId") != header_of(post, "MS-CorrelationId"));
  CHECK(header_of(post, "Expect").empty());
  CHECK(header_of(post, "Transfer-Encoding").empty());
}

TEST_CASE("what the service says to find its own traces is kept with the attempt", "[example]") {
  Site site(lenient("sdk"));
  const json::object post = send_example(site);
  const json::object story = site.ask({{"verb", "explain"}, {"query", "2R9-ZNP67"}});
  const std::string events = json::serialize(story.at("records").at(0).at("events"));
  INFO(events);
  for (const char* name : {"MS-RequestId", "MS-CorrelationId"}) {
    INFO(name);
    CHECK(events.find(header_of(post, name)) != std::string::npos);
  }
  CHECK(events.find("server SANDBOX001") != std::string::npos);
  CHECK(site.stop() == 0);
  const auto kept = query_ledger(site.dir() / "ledger.db",
                                 "SELECT http_status, request_id, correlation_id, cv, server_id,"
                                 " date FROM attempt WHERE n > 0");
  REQUIRE(kept.size() == 1);
  CHECK(kept[0][0] == "202");
  CHECK(kept[0][1] == header_of(post, "MS-RequestId"));
  CHECK(kept[0][2] == header_of(post, "MS-CorrelationId"));
  CHECK_FALSE(kept[0][3].empty());
  CHECK(kept[0][4] == "SANDBOX001");
  CHECK(kept[0][5].ends_with(" GMT"));
}

TEST_CASE("the body names the identifying members alone by default", "[example]") {
  Site site(lenient("minimal"));
  const json::object post = send_example(site);
  CHECK(std::string(post.at("body").as_string()) ==
        R"([{"serialNumber":"2R9-ZNP67","productKey":"00329-00000-0003-AA606",)"
        R"("hardwareHash":"DummyHash1234"},)"
        R"({"serialNumber":"2R9-ZNP67","productKey":"00329-00000-0003-AA606",)"
        R"("hardwareHash":"DummyHash12345"}])");
}

}  // namespace devicebatch::integration
