// integration/rows.hpp - rows of the fault matrix, tried on the real daemon.
#pragma once

#include "integration/device_rows.hpp"
#include "integration/site.hpp"
#include <boost/json/array.hpp>
#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace devicebatch::integration {

// One line of a table test: a name, and the members of a rule of the sandbox.
struct FaultRow {
  const char* name;
  const char* rule;
};

// That fault for the n-th request of this method whose path has this part.
inline std::string rule_for(const char* method, const char* path, const std::string& members,
                            int nth = 1) {
  return R"([{"match":{"method":")" + std::string(method) + R"(","path":")" + path +
         R"("},"when":{"nth":)" + std::to_string(nth) + "}," + members + "}]";
}

// That fault for every such request.
inline std::string always(const char* method, const char* path, const std::string& members) {
  return R"([{"match":{"method":")" + std::string(method) + R"(","path":")" + path + R"("},)" +
         members + "}]";
}

// Milliseconds within the hour at which the sandbox saw the POSTs that have this part in their
// path.
inline std::vector<long> post_times(const Site& site, const char* path) {
  std::vector<long> times;
  for (const boost::json::object& request : site.sandbox().requests(path)) {
    if (request.at("method").as_string() != "POST") continue;
    const std::string at(request.at("at").as_string());  // 2026-01-01T00:00:00.000Z
    times.push_back((std::stol(at.substr(14, 2)) * 60 + std::stol(at.substr(17, 2))) * 1000 +
                    std::stol(at.substr(20, 3)));
  }
  return times;
}

// From one such moment to a later one, less than an hour apart.
inline long apart(long earlier, long later) {
  return (later - earlier + 3'600'000) % 3'600'000;
}

// A site whose batch exists: file 1 of 2 devices is done.
inline void create_batch(Site& site) {
  site.start();
  site.drop("first.csv", rows_of(1, 2));
  site.wait_finished(1);
}

// For each row: the fault meets one upload into the batch, and in the end two more devices are
// registered, once.
inline void try_each(Site& site, const std::vector<FaultRow>& rows, const char* method = "POST",
                     const char* path = "/devices") {
  std::int64_t files = 1;
  for (const FaultRow& row : rows) {
    INFO(row.name);
    site.sandbox().set_rules(rule_for(method, path, row.rule));
    site.drop("file-" + std::to_string(files) + ".csv",
              rows_of(static_cast<std::uint64_t>(files * 10 + 1), 2));
    site.wait_finished(++files);
    CHECK(site.verdicts() == Verdicts{{"registered", 2 * files}});
    CHECK(site.sandbox().fired() == 1);
    // A body that was refused may come again under another id.
    site.check_promises(2 * files, RepeatedBodies::after_refusal);
  }
}

}  // namespace devicebatch::integration
