// Nothing that is secret stands anywhere that we write.
#include "base/text.hpp"

#include "integration/device_rows.hpp"
#include "integration/site.hpp"
#include <catch2/catch.hpp>

namespace devicebatch::integration {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCanary = "canary-7f3a-secret";

bool is_own_secret_place(const fs::path& path) {
  const std::string name = path.filename().string();
  return name == "client-secret" || name.starts_with("sandbox.") || name.ends_with(".csv");
}

// Files below the site, without the inputs, the secret itself and what the sandbox wrote.
void check_nothing_says(const Site& site, std::string_view secret) {
  const std::string wanted = to_lower(secret);
  std::size_t looked_at = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(site.dir())) {
    const std::string name = entry.path().filename().string();
    const bool is_receipt = name.find(".result.csv") != std::string::npos;
    if (!entry.is_regular_file() || (is_own_secret_place(entry.path()) && !is_receipt)) continue;
    ++looked_at;
    INFO(entry.path());
    CHECK(to_lower(support::read_file(entry.path())).find(wanted) == std::string::npos);
  }
  CHECK(looked_at > 5);
}

SiteOptions talkative() {
  SiteOptions options;
  options.secret = std::string(kCanary);
  options.log_level = "trace";
  return options;
}

}  // namespace

TEST_CASE("the client secret and a product key are never written down", "[secrets]") {
  Site site(talkative());
  site.start();
  const std::string key(support::fake_product_key());
  site.drop("bad.csv", support::bad_file(1).content);
  site.drop("keys.csv", std::string(kFamilyA) + key + "," + key + "," + key + "\r\n");
  site.drop("header.csv", key + "," + key + "\r\nx,y\r\n");
  site.wait_finished(3);
  site.run({"explain", key});
  site.run({"explain", "bad.csv"});
  site.run({"status"});
  site.sandbox().set_rules(R"([{"match":{"path":"token"},"when":{"every":1},"fault":400}])");
  site.daemon().signal(SIGHUP);
  site.drop("more.csv", rows_of(11, 2));
  site.wait_finished(4);
  const std::string command_line =
      support::read_file("/proc/" + std::to_string(site.daemon().id()) + "/cmdline") +
      support::read_file("/proc/" + std::to_string(site.daemon().id()) + "/environ");
  CHECK(command_line.find(kCanary) == std::string::npos);
  CHECK(site.stop() == 0);
  check_nothing_says(site, kCanary);
  check_nothing_says(site, key.substr(0, 17));
}

TEST_CASE("a token is never written down, whatever happens to it", "[secrets]") {
  Site site(talkative());
  site.sandbox().set_rules(
      R"([{"match":{"method":"POST","path":"/deviceBatches"},)"
      R"("when":{"nth":1},"fault":"expired_token"},)"
      R"({"match":{"path":"batchJobStatus"},"when":{"nth":1},"fault":"truncated"}])");
  site.start();
  site.drop("a.csv", rows_of(1, 3));
  site.wait_finished(1);
  CHECK(site.stop() == 0);
  check_nothing_says(site, "eyJ");  // how a JWT begins
  check_nothing_says(site, "bearer ");
  check_nothing_says(site, kCanary);
}

}  // namespace devicebatch::integration
