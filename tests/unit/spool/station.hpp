// unit/spool/station.hpp - a folder that is looked at again and again.
#pragma once

#include "spool/readiness.hpp"
#include "support/temp_dir.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace devicebatch::spool::test {

using Names = std::vector<std::string>;

inline MonoTime at(int ms) {
  return MonoTime(std::chrono::milliseconds(ms));
}

// A folder and what its looks remember, with a settle time of 5 s.
struct Station {
  explicit Station(ReadinessOptions options = {}) : readiness(options) {
    auto opened = DropFolder::open(dir.path());
    REQUIRE(opened);
    folder = std::make_unique<DropFolder>(std::move(*opened));
  }
  Names look(int ms) {
    Names names;
    auto listing = folder->list(1'000);
    REQUIRE(listing);
    ready = readiness.look(listing->files, at(ms));
    for (const Sighting& each : ready) names.push_back(each.name);
    return names;
  }
  support::TempDir dir;
  std::unique_ptr<DropFolder> folder;
  Readiness readiness;
  std::vector<Sighting> ready;
};

}  // namespace devicebatch::spool::test
