#include "settings/clouds.hpp"

#include "sample.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch::settings;
using namespace devicebatch::settings::test;

namespace {

Settings settings_of(std::string_view yaml) {
  const Loaded loaded = load_settings(yaml);
  INFO(yaml);
  CHECK(describe("f", loaded.problems).empty());
  return loaded.settings;
}

}  // namespace

TEST_CASE("a cloud stands for its addresses") {
  struct Row {
    const char* cloud;
    const char* base_url;
    const char* authority_url;
    const char* resource;
    bool warns;
  };
  const auto row = GENERATE(
      Row{"commercial", "https://api.partnercenter.microsoft.com",
          "https://login.microsoftonline.com", "https://api.partnercenter.microsoft.com", false},
      Row{"us_government", "https://api.partnercenter.microsoft.com",
          "https://login.microsoftonline.us", "https://api.partnercenter.microsoft.com", true},
      Row{"china", "https://partner.partnercenterapi.microsoftonline.cn",
          "https://login.partner.microsoftonline.cn",
          "https://partner.partnercenterapi.microsoftonline.cn", true});
  const Settings all = settings_of("partner_center: {cloud: " + std::string(row.cloud) + "}");
  CHECK(all.service.base_url == row.base_url);
  CHECK(all.service.authority_url == row.authority_url);
  CHECK(all.service.resource == row.resource);
  CHECK(warnings_of(all).size() == (row.warns ? 1 : 0));
  CHECK(settings_of(to_yaml(all)) == all);
}

TEST_CASE("each address of a cloud can be replaced") {
  const Settings all = settings_of(
      "partner_center: {cloud: china, base_url: , authority_url: "
      "\"https://login.contoso.example\"}");
  CHECK(all.service.base_url == "https://partner.partnercenterapi.microsoftonline.cn");
  CHECK(all.service.authority_url == "https://login.contoso.example");
}

TEST_CASE("a retired cloud says so, an unknown one names those that exist") {
  CHECK(problems_of("partner_center: {cloud: germany}") ==
        "1: partner_center.cloud is retired: Microsoft closed its German cloud; customers are in "
        "the commercial one\n");
  CHECK(problems_of("partner_center: {cloud: comercial}") ==
        "1: partner_center.cloud must be commercial, us_government or china; did you mean "
        "commercial?\n");
}

TEST_CASE("a warning names the cloud") {
  Settings all;
  all.service.cloud = "us_government";
  REQUIRE(warnings_of(all).size() == 1);
  CHECK_THAT(warnings_of(all)[0], Catch::Contains("us_government: Microsoft's pages"));
}
