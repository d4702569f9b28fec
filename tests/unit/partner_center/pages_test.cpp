#include "partner_center/pages.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::partner_center;

namespace {

constexpr const char* kBom = "\xEF\xBB\xBF";

}  // namespace

TEST_CASE("a page of batches is read") {
  const auto page = read_batch_page(
      R"({"totalCount":2,"items":[{"id":"LINE7-2026","createdBy":"Contoso","devicesCount":12},
{"id":"Test batch","deviceCount":"3"}],"attributes":{"objectType":"Collection"}})");
  REQUIRE(page);
  REQUIRE(page->batches.size() == 2);
  CHECK(page->batches[0].id == "LINE7-2026");
  CHECK(page->batches[0].devices == 12);
  CHECK(page->batches[1].id == "Test batch");
  CHECK(page->batches[1].devices == 3);
  CHECK(page->continuation.empty());
}

TEST_CASE("a continuation token is found in both places") {
  const auto in_body = read_batch_page(R"({"items":[],"continuationToken":"abc=="})");
  REQUIRE(in_body);
  CHECK(in_body->continuation == "abc==");
  const auto in_links = read_batch_page(
      R"({"items":[],"links":{"next":{"uri":"/x","headers":[{"key":"a","value":"b"},
{"key":"ms-continuationtoken","value":"abc=="}]}}})");
  REQUIRE(in_links);
  CHECK(in_links->continuation == "abc==");
  const auto empty_links = read_batch_page(R"({"items":[],"links":{}})");
  REQUIRE(empty_links);
  CHECK(empty_links->continuation.empty());
}

TEST_CASE("a continuation token that would break the next request is refused") {
  for (const char* token : {"a\\r\\nX-Evil: 1", "a\\u0000b", "\\u00fc"}) {
    const auto page =
        read_batch_page(std::string(R"({"items":[],"continuationToken":")") + token + "\"}");
    REQUIRE_FALSE(page);
    CHECK(page.error().code() == Errc::corrupt);
  }
  const std::string huge(10'000, 'a');
  CHECK_FALSE(read_batch_page(R"({"items":[],"continuationToken":")" + huge + "\"}"));
}

TEST_CASE("an unreadable list is never taken for an empty one") {
  struct Row {
    const char* body;
    bool is_read;
  };
  for (const Row& row : {
           Row{R"({"items":[]})", true},
           Row{R"({"totalCount":0,"attributes":{}})", true},
           Row{R"({"totalCount":0,"items":null})", true},
           Row{R"({"TotalCount":"0","Items":[]})", true},
           Row{R"({"totalCount":5})", false},
           Row{R"({"totalCount":5,"items":null})", false},
           Row{R"({"items":{}})", false},
           Row{R"({})", false},
           Row{R"([])", false},
           Row{R"({"code":"1000","description":"x"})", false},
           Row{"<html>", false},
           Row{"", false},
       }) {
    INFO(row.body);
    const auto page = read_batch_page(row.body);
    CHECK(page.has_value() == row.is_read);
    if (!page) CHECK(page.error().message().starts_with("batch list: "));
  }
}

TEST_CASE("a page of devices is read as documented") {
  const auto page = read_device_page(
      R"({"totalCount":2,"items":[
{"id":"9993-8627-3391-2243-0000-1111-22","serialNumber":"SN-0001","productKey":"3300000000001",
 "oemManufacturerName":"Contoso","modelName":"Model 7",
 "policies":[{"key":"o_o_b_e","value":"DefaultRoaming"},{"key":"none","value":null}],
 "uploadedDate":"2018-07-24T15:03:40.3184992-07:00","allowedOperations":["GET","PATCH","DELETE"],
 " attributes":{"objectType":"Device"}},
{"serialNumber":"SN 2/+"}],
"continuationToken":"abc==","links":{},"attributes":{"objectType":"Collection"}})");
  REQUIRE(page);
  CHECK(page->continuation == "abc==");
  REQUIRE(page->devices.size() == 2);
  const DeviceListing& device = page->devices[0];
  CHECK(device.id == "9993-8627-3391-2243-0000-1111-22");
  CHECK(device.serial == "SN-0001");
  CHECK(device.pkid == "3300000000001");
  CHECK(device.manufacturer == "Contoso");
  CHECK(device.model == "Model 7");
  CHECK(device.uploaded == "2018-07-24T15:03:40.3184992-07:00");
  REQUIRE(device.policies.size() == 2);
  CHECK(device.policies[0].key == "o_o_b_e");
  CHECK(device.policies[0].value == "DefaultRoaming");
  CHECK(device.policies[1].value.empty());
  CHECK(page->devices[1].serial == "SN 2/+");
  CHECK(page->devices[1].id.empty());
  CHECK(page->devices[1].policies.empty());
}

TEST_CASE("a page survives what services do to JSON") {
  struct Row {
    const char* name;
    std::string body;
  };
  for (const Row& row : {
           Row{"BOM", kBom + std::string(R"({"items":[{"id":"1","serialNumber":"2"}]})")},
           Row{"Pascal case", R"({"TotalCount":1,"Items":[{"Id":"1","SerialNumber":"2"}]})"},
           Row{"capitals", R"({"ITEMS":[{"ID":"1","SERIALNUMBER":"2"}]})"},
           Row{"numbers", R"({"totalCount":"1","items":[{"id":1,"serialNumber":2}]})"},
           Row{"nulls", R"({"items":[{"id":"1","serialNumber":"2","productKey":null,
               "policies":null}],"continuationToken":null,"links":null})"},
           Row{"strangers", R"({"items":[null,7,"x",[],{"id":"1","serialNumber":"2",
               "policies":[null,1,[]]}],"continuationToken":{"a":1}})"},
       }) {
    INFO(row.name);
    const auto page = read_device_page(row.body);
    REQUIRE(page);
    REQUIRE(page->devices.size() == 1);
    CHECK(page->devices[0].id == "1");
    CHECK(page->devices[0].serial == "2");
    CHECK(page->devices[0].policies.empty());
    CHECK(page->continuation.empty());
  }
}

TEST_CASE("what is no list of devices is corrupt and says where") {
  std::string many = R"({"items":[)";
  for (int i = 0; i < 60'000; ++i) many += "{},";
  many += "{}]}";
  for (const std::string& body :
       {std::string(), std::string("<html>"), std::string("[]"), std::string(R"({"items":{}})"),
        std::string(R"({"totalCount":3})"), std::string(R"({"code":"1000"})"),
        std::string(R"({"items":[{"id":"1)"), many,
        std::string(R"({"items":[],"continuationToken":"a\r\nX: 1"})")}) {
    INFO(body.substr(0, 60));
    const auto page = read_device_page(body);
    REQUIRE_FALSE(page);
    CHECK(page.error().code() == Errc::corrupt);
    CHECK(page.error().message().starts_with("device list: "));
  }
}

TEST_CASE("policies are read with either name of their count") {
  const auto page = read_policy_page(
      R"({"totalCount":2,"items":[{"id":"p1","name":"Line 7","category":"o_o_b_e",
"description":"d","devicesAssignedCount":3,"policySettings":["skip_eula",4],
"createdDate":"2017-07-25T10:00:00","lastModifiedDate":"2017-07-26T10:00:00Z"},
{"Id":"p2","DevicesAssigned":"5"}]})");
  REQUIRE(page);
  REQUIRE(page->policies.size() == 2);
  CHECK(page->policies[0].id == "p1");
  CHECK(page->policies[0].name == "Line 7");
  CHECK(page->policies[0].category == "o_o_b_e");
  CHECK(page->policies[0].description == "d");
  CHECK(page->policies[0].devices == 3);
  CHECK(page->policies[0].settings == std::vector<std::string>{"skip_eula", "4"});
  CHECK(page->policies[0].created == "2017-07-25T10:00:00");
  CHECK(page->policies[0].modified == "2017-07-26T10:00:00Z");
  CHECK(page->policies[1].id == "p2");
  CHECK(page->policies[1].devices == 5);

  const auto policy = read_policy(kBom + std::string(R"({"id":"p1","name":"n"})"));
  REQUIRE(policy);
  CHECK(policy->name == "n");
  CHECK_FALSE(read_policy(R"({"name":"n"})"));
  CHECK_FALSE(read_policy("[]"));
  CHECK_FALSE(read_policy(""));
}

TEST_CASE("a listing ends with its last page") {
  PageGuard guard;
  CHECK(guard.is_new("a"));
  CHECK(guard.is_new("b"));
  CHECK_FALSE(guard.is_new(""));
  CHECK_FALSE(guard.is_cut());
}

TEST_CASE("a listing that goes in circles ends, and is known to be cut") {
  PageGuard guard;
  CHECK(guard.is_new("a"));
  CHECK(guard.is_new("b"));
  CHECK_FALSE(guard.is_new("a"));
  CHECK(guard.is_cut());
}

TEST_CASE("a listing without an end has its pages counted") {
  PageGuard guard(3);
  CHECK(guard.is_new("a"));
  CHECK(guard.is_new("b"));
  CHECK_FALSE(guard.is_new("c"));
  CHECK(guard.is_cut());
}
