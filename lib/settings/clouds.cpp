#include "settings/clouds.hpp"

#include "settings/nearest.hpp"

#include <algorithm>
#include <array>

namespace devicebatch::settings {
namespace {

struct Cloud {
  std::string_view name;
  std::string_view base_url;
  std::string_view authority_url;
  std::string_view resource;
};

constexpr std::string_view kWorldwide = "https://api.partnercenter.microsoft.com";
constexpr std::string_view kChina = "https://partner.partnercenterapi.microsoftonline.cn";

// The first is the default, and the only one that the pages of the device calls list.
constexpr std::array kClouds = {
    Cloud{"commercial", kWorldwide, "https://login.microsoftonline.com", kWorldwide},
    Cloud{"us_government", kWorldwide, "https://login.microsoftonline.us", kWorldwide},
    Cloud{"china", kChina, "https://login.partner.microsoftonline.cn", kChina},
};

void fill(std::string& address, std::string_view preset) {
  if (address.empty()) address = preset;
}

}  // namespace

std::string wrong_cloud(std::string_view text) {
  if (std::ranges::find(kClouds, text, &Cloud::name) != kClouds.end()) return "";
  if (text == "germany") {
    return "is retired: Microsoft closed its German cloud; customers are in the commercial one";
  }
  std::array<std::string_view, kClouds.size()> names;
  std::ranges::transform(kClouds, names.begin(), &Cloud::name);
  return "must be commercial, us_government or china" + suggestion(text, names);
}

void fill_addresses(Service& service) {
  const auto* at = std::ranges::find(kClouds, service.cloud, &Cloud::name);
  const Cloud& cloud = at == kClouds.end() ? kClouds.front() : *at;
  fill(service.base_url, cloud.base_url);
  fill(service.authority_url, cloud.authority_url);
  fill(service.resource, cloud.resource);
}

std::vector<std::string> warnings_of(const Settings& settings) {
  std::vector<std::string> warnings;
  if (settings.service.cloud != kClouds.front().name) {
    warnings.push_back("partner_center.cloud is " + settings.service.cloud +
                       ": Microsoft's pages of the device calls do not list this cloud; try one "
                       "device before you rely on it");
  }
  return warnings;
}

}  // namespace devicebatch::settings
