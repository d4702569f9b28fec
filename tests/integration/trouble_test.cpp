// A service, and a way to it, that fail in every manner the sandbox knows.
#include "integration/device_rows.hpp"
#include "integration/site.hpp"
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

namespace devicebatch::integration {
namespace {

namespace json = boost::json;

struct Trouble {
  const char* name;
  const char* rule;
};

// What happens to an upload, once. `path` and `method` come in front.
constexpr Trouble kUploadTroubles[] = {
    {"lost request", R"("fault":"drop_before")"},
    {"lost response", R"("fault":"drop_after")"},
    {"reset request", R"("fault":"reset")"},
    {"reset response", R"("fault":"reset_after")"},
    {"cut response", R"("fault":"cut_answer")"},
    {"503", R"("fault":503)"},
    {"500 although the work was done", R"("fault":500,"commit":true)"},
    {"504 although the work was done", R"("fault":504,"commit":true)"},
    {"408", R"("fault":408)"},
    {"an error page", R"("fault":"html")"},
    {"an error page although the work was done", R"("fault":"html","commit":true)"},
    {"no Location", R"("fault":"no_location")"},
    {"the link in the body alone", R"("fault":"link_body")"},
    {"401", R"("fault":"expired_token")"},
    {"401 although the work was done", R"("fault":"expired_token","commit":true)"},
    {"a job that is unknown at first", R"("fault":"job_hidden","ms":150)"},
    {"a job in an unknown state", R"("fault":"job_unknown","ms":150)"},
    {"a job that hides its devices", R"("fault":"job_hides_devices")"},
    {"a job that shuffles its devices", R"("fault":"job_shuffled")"},
};

// What happens to a look at a job.
constexpr Trouble kLookTroubles[] = {
    {"half a status", R"("fault":"truncated")"},   {"cut status", R"("fault":"cut_answer")"},
    {"lost status", R"("fault":"drop_before")"},   {"502", R"("fault":502)"},
    {"429", R"("fault":429,"retry_after":false)"}, {"an error page", R"("fault":"html")"},
    {"401", R"("fault":"expired_token")"},
};

std::string once(const char* method, const char* path, const Trouble& trouble) {
  return R"([{"match":{"method":")" + std::string(method) + R"(","path":")" + path +
         R"("},"when":{"nth":1},)" + trouble.rule + "}]";
}

}  // namespace

TEST_CASE("an upload into a batch survives each trouble and registers every device once",
          "[uploads]") {
  Site site;
  site.start();
  site.drop("first.csv", rows_of(1, 2));
  site.wait_finished(1);
  std::int64_t files = 1;
  for (const Trouble& trouble : kUploadTroubles) {
    INFO(trouble.name);
    site.sandbox().set_rules(once("POST", "/devices", trouble));
    const auto start = static_cast<std::uint64_t>(files * 10 + 1);
    site.drop("file-" + std::to_string(files) + ".csv", rows_of(start, 2));
    site.wait_finished(++files);
    CHECK(site.verdicts() == Verdicts{{"registered", 2 * files}});
    site.check_promises(2 * files);
  }
}

TEST_CASE("the upload that creates a batch survives trouble and registers every device once",
          "[creates]") {
  const Trouble& trouble =
      GENERATE(from_range(std::begin(kUploadTroubles), std::end(kUploadTroubles)));
  INFO(trouble.name);
  Site site;
  site.sandbox().set_rules(once("POST", "/deviceBatches", trouble));
  site.start();
  site.drop("a.csv", rows_of(1, 3));
  site.wait_finished(1);
  CHECK(site.verdicts() == Verdicts{{"registered", 3}});
  site.check_promises(3);
}

TEST_CASE("a look at a job that fails is repeated until the job has an answer", "[looks]") {
  Site site;
  site.start();
  std::int64_t files = 0;
  for (const Trouble& trouble : kLookTroubles) {
    INFO(trouble.name);
    site.sandbox().set_rules(once("GET", "batchJobStatus", trouble));
    const auto start = static_cast<std::uint64_t>(files * 10 + 1);
    site.drop("file-" + std::to_string(files) + ".csv", rows_of(start, 2));
    site.wait_finished(++files);
    CHECK(site.verdicts() == Verdicts{{"registered", 2 * files}});
    site.check_promises(2 * files);
  }
}

TEST_CASE("a throttled upload waits as long as the service says", "[looks]") {
  Site site;
  site.sandbox().set_rules(
      once("POST", "/deviceBatches", {"429", R"("fault":429,"retry_after":1)"}));
  site.start();
  site.drop("a.csv", rows_of(1, 2));
  site.wait_finished(1);
  CHECK(site.verdicts() == Verdicts{{"registered", 2}});
  site.check_promises(2);
  const auto posts = site.sandbox().requests("/deviceBatches");
  std::vector<std::string> times;
  for (const json::object& post : posts) {
    if (post.at("method").as_string() == "POST") times.emplace_back(post.at("at").as_string());
  }
  REQUIRE(times.size() == 2);
  const auto milliseconds = [](const std::string& at) {  // 2026-01-01T00:00:00.000Z
    return (std::stol(at.substr(14, 2)) * 60 + std::stol(at.substr(17, 2))) * 1000 +
           std::stol(at.substr(20, 3));
  };
  const long apart = (milliseconds(times[1]) - milliseconds(times[0]) + 3'600'000) % 3'600'000;
  CHECK(apart >= 1000);
}

TEST_CASE("a batch that somebody else made meanwhile is found and kept as it is spelled",
          "[batches]") {
  Site site;
  site.sandbox().set_rules(
      once("POST", "/deviceBatches", {"hidden", R"("fault":"batch_hidden","ms":400)"}));
  site.sandbox().create_batch_as_somebody_else("lInE", "CONTOSO-BEFORE");
  site.start();
  site.drop("a.csv", rows_of(1, 3));
  site.wait_finished(1);
  CHECK(site.verdicts() == Verdicts{{"registered", 3}});
  // A body refused by a 409 had no effect: it may come again under another id.
  site.check_promises(4, RepeatedBodies::after_refusal);
  std::int64_t conflicts = 0;
  std::int64_t appends = 0;
  for (const json::object& request : site.sandbox().requests("/deviceBatches")) {
    if (request.at("method").as_string() != "POST") continue;
    const std::string target(request.at("target").as_string());
    if (request.at("status").to_number<int>() == 409) ++conflicts;
    if (target.ends_with("/deviceBatches/lInE/devices")) ++appends;
  }
  CHECK(conflicts >= 1);
  CHECK(appends == 1);
}

TEST_CASE("chunks to one batch are created in order, then several are under way at once",
          "[batches]") {
  SiteOptions options;
  options.sandbox = {"--latency-ms", "300"};
  options.delivery = "chunk_devices: 2, ";
  Site site(std::move(options));
  site.start();
  site.drop("a.csv", rows_of(1, 12));
  site.wait_finished(1);
  CHECK(site.verdicts() == Verdicts{{"registered", 12}});
  site.check_promises(12);
  std::vector<std::string> targets;
  for (const json::object& request : site.sandbox().requests("/deviceBatches")) {
    if (request.at("method").as_string() == "POST") {
      targets.emplace_back(request.at("target").as_string());
    }
  }
  REQUIRE(targets.size() == 6);
  CHECK(targets[0].ends_with("/deviceBatches"));
  for (std::size_t at = 1; at < targets.size(); ++at) CHECK(targets[at].ends_with("/devices"));
}

TEST_CASE("what the service says of one device is the verdict of its row", "[batches]") {
  const char* kSerials[] = {"FAIL-808-1", "FAIL-802-2", "FAIL-814-3", "CONTOSO-4"};
  std::vector<support::HashSpec> specs;
  for (const char* serial : kSerials) {
    specs.push_back(support::make_spec(specs.size() + 1));
    specs.back().serial = serial;
  }
  Site site;
  site.start();
  site.drop("a.csv", file_of(specs));
  site.wait_finished(1);
  CHECK(site.verdicts() == Verdicts{{"registered", 1}, {"failed", 3}});
  site.check_promises(1);
  std::vector<std::string> codes;
  const json::value result = site.result("done-with-issues", "a.csv");
  for (const json::value& row : result.at("rows").as_array()) {
    INFO(json::serialize(row));
    if (row.at("verdict").as_string() != "failed") continue;
    codes.emplace_back(row.at("code").as_string());
    CHECK_FALSE(row.at("message").as_string().empty());
    CHECK_FALSE(row.at("fix").as_string().empty());
  }
  CHECK(codes == std::vector<std::string>{"device.808", "device.802", "device.814"});
}

TEST_CASE("a device that may do better later keeps its file open, the others are settled",
          "[batches]") {
  std::vector<support::HashSpec> specs{support::make_spec(1), support::make_spec(2)};
  specs[0].serial = "FAIL-STORAGE-1";
  Site site;
  site.start();
  site.drop("a.csv", file_of(specs));
  const Verdicts half{{"pending", 1}, {"registered", 1}};
  REQUIRE(eventually([&] { return site.verdicts() == half; }));
  CHECK(std::filesystem::exists(site.folder() / "acks" / "a.csv.ack.json"));
  REQUIRE(site.stop() == 0);
  site.start();
  CHECK(site.verdicts() == half);
  site.check_promises(1);
}

TEST_CASE("a device that our own lost upload registered counts as registered by us", "[batches]") {
  SiteOptions options;
  options.sandbox = {"--honours-request-id", "no"};
  Site site(std::move(options));
  site.sandbox().set_rules(once("POST", "/deviceBatches", {"lost", R"("fault":"drop_after")"}));
  site.start();
  site.drop("a.csv", rows_of(1, 3));
  site.wait_finished(1);
  CHECK(site.verdicts() == Verdicts{{"registered", 3}});
  CHECK(site.sandbox().count("registered_twice") == 0);
  CHECK(site.sandbox().count("violations") == 0);
}

}  // namespace devicebatch::integration
