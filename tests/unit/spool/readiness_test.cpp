#include "spool/readiness.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::spool;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kSettle{5'000};
constexpr milliseconds kTimeout{600'000};

MonoTime at(int ms) {
  return MonoTime(milliseconds(ms));
}

Sighting seen(std::string name, std::uint64_t inode = 1, std::uint64_t bytes = 10,
              std::int64_t modified = 100) {
  return {std::move(name), FileState{inode, bytes, modified}};
}

std::vector<std::string> look(Readiness& readiness, const std::vector<Sighting>& listing, int ms) {
  std::vector<std::string> names;
  for (const Sighting& each : readiness.look(listing, at(ms))) names.push_back(each.name);
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a file is ready when two looks a settle time apart agree") {
  Readiness readiness(kSettle, kTimeout);
  CHECK(look(readiness, {seen("x")}, 0).empty());
  CHECK(readiness.next_look() == at(5'000));
  CHECK(look(readiness, {seen("x")}, 4'999).empty());
  CHECK(readiness.next_look() == at(5'000));
  CHECK(look(readiness, {seen("x")}, 5'000) == Names{"x"});
}

TEST_CASE("any change starts the wait again") {
  const auto [name, changed] = GENERATE(table<const char*, Sighting>({
      {"growing", seen("x", 1, 11, 100)},
      {"shrinking", seen("x", 1, 9, 100)},
      {"written to without growing", seen("x", 1, 10, 101)},
      {"modification time going back", seen("x", 1, 10, 50)},
      {"replaced by another file", seen("x", 2, 10, 100)},
  }));
  INFO(name);
  Readiness readiness(kSettle, kTimeout);
  look(readiness, {seen("x")}, 0);
  CHECK(look(readiness, {changed}, 6'000).empty());
  CHECK(look(readiness, {changed}, 10'999).empty());
  CHECK(look(readiness, {changed}, 11'000) == Names{"x"});
}

TEST_CASE("a listing that shows nothing is believed by nobody: what comes back has kept its age") {
  Readiness readiness(kSettle, kTimeout);
  look(readiness, {seen("x")}, 0);
  look(readiness, {}, 3'000);
  CHECK(readiness.waiting() == 0);
  CHECK_FALSE(readiness.next_look());
  CHECK(look(readiness, {seen("x")}, 6'000) == Names{"x"});
}

TEST_CASE("a name that was gone for long, or was claimed, is a new file when it comes again") {
  Readiness readiness(kSettle, kTimeout);
  look(readiness, {seen("x")}, 0);
  SECTION("gone for long") {
    look(readiness, {}, 600'000);
    CHECK(readiness.remembered() == 0);
  }
  SECTION("claimed") {
    readiness.forget(seen("x"));
    CHECK(readiness.remembered() == 0);
    CHECK(readiness.waiting() == 0);
  }
  CHECK(look(readiness, {seen("x")}, 601'000).empty());
  CHECK(look(readiness, {seen("x")}, 606'000) == Names{"x"});
}

TEST_CASE("without a settle time two looks must still agree, but the second may come at once") {
  Readiness readiness(milliseconds(0), kTimeout);
  CHECK(look(readiness, {seen("x")}, 7).empty());
  CHECK(readiness.next_look() == at(7));
  CHECK(look(readiness, {seen("x", 1, 11)}, 7).empty());
  CHECK(look(readiness, {seen("x", 1, 11)}, 7) == Names{"x"});
  // Not taken: offered again, without letting the caller spin.
  CHECK(readiness.next_look() == at(1'007));
}

TEST_CASE("a file nobody claims is offered at every look") {
  Readiness readiness(kSettle, kTimeout);
  look(readiness, {seen("x")}, 0);
  CHECK(look(readiness, {seen("x")}, 5'000) == Names{"x"});
  CHECK(readiness.next_look() == at(10'000));
  CHECK(look(readiness, {seen("x")}, 5'100) == Names{"x"});
  CHECK(look(readiness, {seen("x")}, 9'000) == Names{"x"});
}

TEST_CASE("the oldest first sighting comes first, then the name") {
  Readiness readiness(kSettle, kTimeout);
  look(readiness, {seen("z")}, 0);
  look(readiness, {seen("b"), seen("a"), seen("z"), seen("old")}, 1'000);
  // Replaced: it queues up again. Growing: it keeps its place.
  look(readiness, {seen("b"), seen("a"), seen("z", 9), seen("old")}, 2'000);
  look(readiness, {seen("b", 1, 11), seen("a"), seen("z", 9), seen("old")}, 3'000);
  CHECK(look(readiness, {seen("b", 1, 11), seen("a"), seen("z", 9), seen("old")}, 9'000) ==
        Names{"a", "b", "old", "z"});
}

TEST_CASE("an incomplete file waits until it has been unchanged for the timeout") {
  Readiness readiness(kSettle, kTimeout);
  look(readiness, {seen("x")}, 0);
  CHECK(look(readiness, {seen("x")}, 5'000) == Names{"x"});
  CHECK(readiness.should_wait("x", at(5'000)));
  CHECK(readiness.next_look() == at(600'000));
  CHECK(readiness.should_wait("x", at(599'999)));
  look(readiness, {seen("x")}, 600'000);
  CHECK_FALSE(readiness.should_wait("x", at(600'000)));
}

TEST_CASE("an incomplete file that grows gets its time again") {
  Readiness readiness(kSettle, kTimeout);
  look(readiness, {seen("x")}, 0);
  look(readiness, {seen("x")}, 5'000);
  CHECK(readiness.should_wait("x", at(5'000)));
  look(readiness, {seen("x", 1, 20)}, 500'000);
  CHECK(readiness.next_look() == at(505'000));
  CHECK(look(readiness, {seen("x", 1, 20)}, 505'000) == Names{"x"});
  CHECK(readiness.should_wait("x", at(700'000)));
  CHECK_FALSE(readiness.should_wait("x", at(1'100'000)));
}

TEST_CASE("a name never seen is left alone") {
  Readiness readiness(kSettle, kTimeout);
  CHECK(readiness.should_wait("x", at(0)));
  CHECK(readiness.waiting() == 0);
}

TEST_CASE("memory follows the listing") {
  Readiness readiness(kSettle, kTimeout);
  for (int round = 0; round < 100; ++round) {
    std::vector<Sighting> listing;
    for (int file = 0; file < 10; ++file) {
      listing.push_back(seen(std::to_string(round) + "-" + std::to_string(file)));
    }
    look(readiness, listing, round);
    CHECK(readiness.waiting() == 10);
  }
}

TEST_CASE("a name listed twice in one look is one file") {
  Readiness readiness(kSettle, kTimeout);
  look(readiness, {seen("x"), seen("x")}, 0);
  CHECK(readiness.waiting() == 1);
  CHECK(look(readiness, {seen("x")}, 5'000) == Names{"x"});
}
