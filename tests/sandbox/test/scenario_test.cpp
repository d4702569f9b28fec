#include "sandbox/test/running_sandbox.hpp"
#include "support/temp_dir.hpp"

#include <boost/json/value.hpp>
#include <catch2/catch.hpp>

using namespace devicebatch::sandbox;

namespace {

Options with_scenario(const std::filesystem::path& path) {
  Options options = quick_options();
  options.scenario_file = path.string();
  return options;
}

// What a scenario is refused with.
std::string complaint(std::string_view text) {
  const devicebatch::support::TempDir folder;
  const auto path = folder / "s.yaml";
  devicebatch::support::write_file(path, text);
  Sandbox sandbox(with_scenario(path));
  const auto opened = sandbox.open();
  REQUIRE_FALSE(opened);
  const std::string message = opened.error().message();
  REQUIRE(message.starts_with(path.string() + ": "));
  return message.substr(path.string().size() + 2);
}

}  // namespace

TEST_CASE("a scenario holds everything in one file") {
  const devicebatch::support::TempDir folder;
  const auto path = folder / "s.yaml";
  devicebatch::support::write_file(path, R"(
about: everything at once
options: {bom: no, client_secret: other-secret, max_devices: 2}
faults:
  - match: {method: GET, path: devicebatches}
    when: {nth: 1}
    fault: 503
    retry_after: 3
customers:
  locked: [22222222-2222-4222-8222-222222222222]
accounts:
  - {tenant: contoso.example}
registry:
  - {serialNumber: SN-1, customer: 22222222-2222-4222-8222-222222222222}
)");
  RunningSandbox sandbox(with_scenario(path));
  CHECK(sandbox.ask_token().status == 401);
  const Reply granted = sandbox.ask_token("other-secret");
  REQUIRE(granted.status == 200);
  sandbox.token = text_at(granted.json(), "access_token");
  CHECK(sandbox.get(batches_path()).header("Retry-After") == "3");
  CHECK_FALSE(sandbox.get(batches_path()).has_bom());
  CHECK(sandbox.get(batches_path(kOtherCustomer)).code() == "900416");
  CHECK(sandbox.post(batches_path(), create_body("T", {"A", "B", "C"})).status == 400);
  const Reply accepted = sandbox.post(batches_path(), create_body("T", {"SN-1"}));
  CHECK(device_states(sandbox.get(job_path(accepted))) ==
        std::vector<std::string>{"ZtdDeviceAssignedToOtherTenant"});
}

TEST_CASE("the command line wins over a scenario") {
  const devicebatch::support::TempDir folder;
  const auto path = folder / "s.yaml";
  devicebatch::support::write_file(path, "options: {bom: no, client_secret: other}\n");
  Options options = with_scenario(path);
  options.overrides = {{"client_secret", "sandbox-secret"}};
  const RunningSandbox sandbox(options);
  CHECK(sandbox.get(batches_path()).status == 200);
  CHECK_FALSE(sandbox.get(batches_path()).has_bom());
  options.overrides = {{"bom", "perhaps"}};
  CHECK_FALSE(Sandbox(options).open());
}

TEST_CASE("what a scenario says wrong is shown with its line") {
  CHECK(complaint("about: x\noption: {}\n") ==
        "line 2: option: only about, options, faults, customers, accounts and registry are known "
        "here");
  CHECK(complaint("options:\n  bom: no\n  latency: 3\n") ==
        "line 3: latency: no such option: latency");
  CHECK_THAT(complaint("options:\n  bom: no\n\n  job_ms: soon\n"),
             Catch::StartsWith("line 4: job_ms: \"soon\" is not accepted"));
  CHECK(complaint("faults:\n  - fault: 503\n  - fault: drop\n") ==
        "line 3: fault: no such fault: drop");
  CHECK(complaint("faults:\n  - fault: 503\n    when:\n      nth: 1\n      evry: 2\n") ==
        "line 5: evry: only nth, every, first, after and probability are known here");
  CHECK(complaint("faults:\n  - fault: 503\n  - match: {path: a}\n    ms: 3\n") ==
        "line 3: `fault` is missing");
  CHECK(complaint("faults:\n  - fault: slow\n    retry_after: 3\n") ==
        "line 3: retry_after: does not belong to slow");
  CHECK_THAT(complaint("customers:\n  known: []\n"), Catch::StartsWith("line 2: known: only"));
  CHECK_THAT(complaint("accounts:\n  - tenant: a\n    customer: b\n"),
             Catch::StartsWith("line 3: customer: only"));
  CHECK(complaint("accounts:\n  - tenant: a\n  - tenant: a\n") ==
        "line 3: this tenant stands twice");
  CHECK(complaint("registry:\n  - {serialNumber: A, customer: b}\n  - {customer: b}\n") ==
        "line 3: a serial, a product key or a hash is expected");
  CHECK(complaint("about: x\nabout: y\n") == "line 2: about stands twice");
  CHECK_THAT(complaint("about: [x\n"), Catch::StartsWith("line 2: "));
  CHECK(complaint("- about: x\n") == "a scenario is expected");
}

TEST_CASE("a scenario that is not there is named") {
  Options options = quick_options();
  options.scenario_file = "/nowhere/s.yaml";
  const auto opened = Sandbox(options).open();
  REQUIRE_FALSE(opened);
  CHECK_THAT(opened.error().message(), Catch::StartsWith("/nowhere/s.yaml: "));
}

TEST_CASE("every scenario that comes with the sandbox can be used and says what it is about") {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SANDBOX_SCENARIOS)) {
    CAPTURE(entry.path());
    REQUIRE(entry.path().extension() == ".yaml");
    CHECK_THAT(devicebatch::support::read_file(entry.path()), Catch::StartsWith("about: "));
    Options options;
    options.scenario_file = entry.path().string();
    Sandbox sandbox(options);
    const auto opened = sandbox.open();
    INFO((opened ? "" : opened.error().message()));
    CHECK(opened);
    ++count;
  }
  CHECK(count >= 10);
}
