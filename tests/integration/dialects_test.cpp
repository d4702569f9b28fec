// Every dialect there is: `check` offline, and the daemon with the service behind it.
#include "support/device_dialects.hpp"

#include "integration/site.hpp"
#include <boost/json/array.hpp>
#include <catch2/catch.hpp>

#include <algorithm>

namespace devicebatch::integration {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

struct RowAnswer {
  std::int64_t line = 0;
  std::string serial;
  std::string code;  // of a row that is not sent; empty else
  bool operator==(const RowAnswer&) const = default;
};

std::string text_in(const json::object& row, std::string_view name) {
  const json::value* member = row.if_contains(name);
  return member != nullptr && member->is_string() ? std::string(member->as_string()) : "";
}

std::vector<RowAnswer> answers(const json::value& result) {
  std::vector<RowAnswer> rows;
  for (const json::value& each : result.at("rows").as_array()) {
    const json::object& row = each.as_object();
    rows.push_back(
        {row.at("line").to_number<std::int64_t>(), text_in(row, "serial"), text_in(row, "code")});
  }
  return rows;
}

// Where the daemon put it: the folder says how it ended.
json::value result_of(const Site& site, const std::string& name) {
  for (const char* place : {"done", "done-with-issues", "rejected"}) {
    for (const fs::directory_entry& entry : fs::directory_iterator(site.folder() / place)) {
      const std::string found = entry.path().filename().string();
      const std::string stem = fs::path(name).stem().string();
      if (found.starts_with(stem) && found.ends_with(".result.json")) {
        return parse_json(support::read_file(entry.path()));
      }
    }
  }
  FAIL("no result of " << name);
  return {};
}

}  // namespace

TEST_CASE("check and the daemon give the same verdicts in every dialect", "[dialects]") {
  SiteOptions options;
  options.source = ", extract_key_exports: true";
  Site site(options);
  site.start();
  constexpr std::size_t kDevices = 12;
  const std::size_t dialects = support::all_dialects(support::mixed_devices(1, kDevices)).size();
  REQUIRE(dialects > 15);
  std::vector<std::string> names;
  std::vector<std::vector<RowAnswer>> checked;
  for (std::size_t at = 0; at < dialects; ++at) {
    // Devices of its own, so that no file is about those of another.
    const auto devices = support::mixed_devices(1'000 * (at + 1), kDevices);
    const support::DialectFile file = support::all_dialects(devices)[at];
    names.push_back("dialect-" + std::to_string(at) + "-" + file.name);
    support::write_file(site.dir() / names.back(), file.content);
    const Ended ended =
        site.run({"check", (site.dir() / names.back()).string(), "--source", "line", "--json"});
    INFO(file.dialect << ": " << ended.out.substr(0, 300) << ended.err);
    REQUIRE((ended.exit_code == 0 || ended.exit_code == 1));
    checked.push_back(answers(parse_json(ended.out)));
    CHECK_FALSE(checked.back().empty());
    site.drop(names.back(), file.content);
  }
  site.wait_finished(static_cast<std::int64_t>(dialects));
  std::int64_t sent = 0;
  for (std::size_t at = 0; at < dialects; ++at) {
    INFO(names[at]);
    const std::vector<RowAnswer> given = answers(result_of(site, names[at]));
    CHECK(given == checked[at]);
    sent += std::ranges::count(given, std::string(), &RowAnswer::code);
  }
  CHECK(sent > static_cast<std::int64_t>(dialects));
  site.check_promises(sent);
}

}  // namespace devicebatch::integration
