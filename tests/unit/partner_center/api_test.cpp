#include "partner_center/api.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::partner_center;

namespace {

const Uuid kCustomer = *Uuid::parse("00000000-0000-0000-0000-0000000000c1");
const Uuid kTracking = *Uuid::parse("00000000-0000-0000-0000-0000000000f1");
const CallIds kIds(*Uuid::parse("00000000-0000-0000-0000-0000000000a1"),
                   *Uuid::parse("00000000-0000-0000-0000-0000000000b1"));

std::shared_ptr<const Secret> bearer() {
  return std::make_shared<const Secret>(std::string("not-a-token"));
}

std::string lines_of(const http::Request& request) {
  std::string lines = request.method + " " + request.url + "\n";
  for (const http::Header& header : request.headers) {
    lines += header.name + ": " + header.value + "\n";
  }
  return lines;
}

constexpr const char* kCommonHeaders =
    "Accept: application/json\n"
    "MS-RequestId: 00000000-0000-0000-0000-0000000000a1\n"
    "MS-CorrelationId: 00000000-0000-0000-0000-0000000000b1\n"
    "X-Locale: en-US\n"
    "MS-PartnerCenter-Application: devicebatchd\n";

}  // namespace

TEST_CASE("requests are those of the documentation, header for header") {
  const Api api({});
  const std::string base =
      "https://api.partnercenter.microsoft.com/v1/customers/"
      "00000000-0000-0000-0000-0000000000c1";

  const auto create = api.create_batch(kCustomer, kIds, "{}", bearer());
  CHECK(lines_of(create) ==
        "POST " + base + "/deviceBatches\n" + kCommonHeaders + "Content-Type: application/json\n");
  CHECK(create.body == "{}");

  const auto append = api.append_devices(kCustomer, "LINE7-2026", kIds, "[]", bearer());
  CHECK(lines_of(append) == "POST " + base + "/deviceBatches/LINE7-2026/devices\n" +
                                kCommonHeaders + "Content-Type: application/json\n");
  CHECK(append.body == "[]");

  CHECK(lines_of(api.job_status(kCustomer, kTracking, kIds, bearer())) ==
        "GET " + base + "/batchJobStatus/00000000-0000-0000-0000-0000000000f1\n" + kCommonHeaders);
  CHECK(lines_of(api.list_batches(kCustomer, "", kIds, bearer())) ==
        "GET " + base + "/deviceBatches\n" + kCommonHeaders);
  CHECK(lines_of(api.list_batches(kCustomer, "page 2", kIds, bearer())) ==
        "GET " + base + "/deviceBatches\n" + kCommonHeaders + "MS-ContinuationToken: page 2\n");
}

TEST_CASE("devices and policies are listed and changed at the documented addresses") {
  const Api api({});
  const std::string base =
      "https://api.partnercenter.microsoft.com/v1/customers/"
      "00000000-0000-0000-0000-0000000000c1";
  const std::string type = "Content-Type: application/json\n";
  const DevicePlace place{kCustomer, "LINE 7", "9993/8627"};
  const std::string batch = base + "/deviceBatches/LINE%207/devices";

  CHECK(lines_of(api.list_devices(kCustomer, "LINE 7", "", kIds, bearer())) ==
        "GET " + batch + "\n" + kCommonHeaders);
  CHECK(lines_of(api.list_devices(kCustomer, "LINE 7", "p2", kIds, bearer())) ==
        "GET " + batch + "\n" + kCommonHeaders + "MS-ContinuationToken: p2\n");
  const auto update = api.update_device(place, kIds, "{}", bearer());
  CHECK(lines_of(update) == "PUT " + batch + "/9993%2F8627\n" + kCommonHeaders + type);
  CHECK(update.body == "{}");
  const auto removal = api.delete_device(place, kIds, bearer());
  CHECK(lines_of(removal) == "DELETE " + batch + "/9993%2F8627\n" + kCommonHeaders);
  CHECK(removal.body.empty());
  const auto assignment = api.assign_policies(kCustomer, kIds, "{}", bearer());
  CHECK(lines_of(assignment) == "PATCH " + base + "/DevicePolicyUpdates\n" + kCommonHeaders + type);
  CHECK(assignment.body == "{}");

  const std::string policies = base + "/policies";
  CHECK(lines_of(api.list_policies(kCustomer, "", kIds, bearer())) ==
        "GET " + policies + "\n" + kCommonHeaders);
  CHECK(lines_of(api.list_policies(kCustomer, "p2", kIds, bearer())) ==
        "GET " + policies + "\n" + kCommonHeaders + "MS-ContinuationToken: p2\n");
  CHECK(lines_of(api.create_policy(kCustomer, kIds, "{}", bearer())) ==
        "POST " + policies + "\n" + kCommonHeaders + type);
  CHECK(lines_of(api.get_policy(kCustomer, "p 1", kIds, bearer())) ==
        "GET " + policies + "/p%201\n" + kCommonHeaders);
  CHECK(lines_of(api.update_policy(kCustomer, "p1", kIds, "{}", bearer())) ==
        "PUT " + policies + "/p1\n" + kCommonHeaders + type);
  CHECK(lines_of(api.delete_policy(kCustomer, "p1", kIds, bearer())) ==
        "DELETE " + policies + "/p1\n" + kCommonHeaders);
}

TEST_CASE("an id that would name something else is not sent anywhere") {
  const Api api({});
  for (const char* id : {"", ".", ".."}) {
    INFO(id);
    const auto removal = api.delete_device({kCustomer, "B", id}, kIds, nullptr);
    CHECK_FALSE(removal.url.starts_with("http"));
    CHECK_FALSE(api.delete_policy(kCustomer, id, kIds, nullptr).url.starts_with("http"));
    CHECK_FALSE(api.append_devices(kCustomer, id, kIds, "", nullptr).url.starts_with("http"));
  }
  CHECK(api.delete_policy(kCustomer, "...", kIds, nullptr).url.starts_with("https"));
}

TEST_CASE("the token travels beside the headers, never among them") {
  const Api api({});
  const auto request = api.list_batches(kCustomer, "", kIds, bearer());
  REQUIRE(request.bearer);
  CHECK(request.bearer->reveal() == "not-a-token");
  CHECK(lines_of(request).find("not-a-token") == std::string::npos);
}

TEST_CASE("options reach the request") {
  ApiOptions options;
  options.base_url = "http://127.0.0.1:8080//";
  options.application = "contoso";
  options.locale = "de-DE";
  options.contract_version = "v1";
  options.sends_expect = true;
  const auto request = Api(options).list_batches(kCustomer, "", kIds, nullptr);
  CHECK(request.url.starts_with("http://127.0.0.1:8080/v1/customers/"));
  CHECK(request.headers[3].value == "de-DE");
  CHECK(request.headers[4].value == "contoso");
  CHECK(request.headers[5].name == "MS-Contract-Version");
  CHECK(request.headers[5].value == "v1");
  CHECK(request.sends_expect);
  CHECK_FALSE(request.bearer);
}

TEST_CASE("a batch id cannot leave its path segment") {
  const Api api({});
  const auto path = [&](std::string_view batch) {
    const std::string url = api.append_devices(kCustomer, batch, kIds, "", nullptr).url;
    return url.substr(url.find("/deviceBatches/"));
  };
  CHECK(path("Test batch") == "/deviceBatches/Test%20batch/devices");
  CHECK(path("a/../b?c#d%") == "/deviceBatches/a%2F..%2Fb%3Fc%23d%25/devices");
  CHECK(path("\xC3\xBC\r\n") == "/deviceBatches/%C3%BC%0D%0A/devices");
  CHECK(percent_encode("AZaz09-._~") == "AZaz09-._~");
  CHECK(percent_encode("+&=:@") == "%2B%26%3D%3A%40");
}
