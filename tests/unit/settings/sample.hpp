// unit/settings/sample.hpp - settings texts that are right, to be made wrong in one place.
#pragma once

#include "settings/load.hpp"

#include <string>
#include <string_view>

namespace devicebatch::settings::test {

inline constexpr std::string_view kAccount = R"(accounts:
  - name: contoso
    tenant: contoso.onmicrosoft.com
    client_id: 11111111-2222-3333-4444-555555555555
    client_secret: {credential: contoso}
)";
inline constexpr std::string_view kDestination = R"(destinations:
  - name: laptops
    account: contoso
    customer: 66666666-7777-8888-9999-000000000000
    batch: Laptops 2026
)";
inline constexpr std::string_view kSource = R"(sources:
  - name: line-1
    path: /srv/drop/line-1
    destination: laptops
)";

inline std::string whole() {
  return std::string(kAccount) + std::string(kDestination) + std::string(kSource);
}

inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  return at == std::string::npos ? "not found: " + std::string(from)
                                 : text.replace(at, from.size(), to);
}

// "LINE: MESSAGE" for each, one a line.
inline std::string problems_of(std::string_view yaml) {
  std::string text;
  for (const Problem& problem : load_settings(yaml).problems) {
    text += std::to_string(problem.line) + ": " + problem.message + "\n";
  }
  return text;
}

}  // namespace devicebatch::settings::test
