#include "spool/scan_debounce.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::spool;
using std::chrono::milliseconds;

namespace {

MonoTime at(int ms) {
  return MonoTime(milliseconds(ms));
}

Sighting scan(std::uint64_t inode) {
  return {"scan-" + std::to_string(inode) + ".txt", FileState{inode, 10, 1, 1}};
}

}  // namespace

TEST_CASE("7.4 doubled scans: two identical scans within N s are one") {
  ScanDebounce debounce(milliseconds(3'000));
  CHECK_FALSE(debounce.should_hold(scan(1), "PF0TEST1\r", at(0)));
  CHECK(debounce.should_hold(scan(2), "PF0TEST1\r", at(2'999)) ==
        sha256(std::string_view("PF0TEST1\r")));
  CHECK_FALSE(debounce.should_hold(scan(3), "PF0TEST2\r", at(2'999)));
}

TEST_CASE("looking at one file again does not make it a second scan") {
  ScanDebounce debounce(milliseconds(3'000));
  for (int look = 0; look < 5; ++look) {
    CHECK_FALSE(debounce.should_hold(scan(1), "PF0TEST1", at(look * 100)));
  }
}

TEST_CASE("an equal scan after the time is a scan of its own") {
  ScanDebounce debounce(milliseconds(3'000));
  CHECK_FALSE(debounce.should_hold(scan(1), "PF0TEST1", at(0)));
  CHECK_FALSE(debounce.should_hold(scan(2), "PF0TEST1", at(3'001)));
}

TEST_CASE("the second scan is held beyond the window, but not for ever") {
  ScanDebounce debounce(milliseconds(3'000));
  CHECK_FALSE(debounce.should_hold(scan(1), "PF0TEST1", at(0)));
  CHECK(debounce.should_hold(scan(2), "PF0TEST1", at(1'000)));
  CHECK(debounce.should_hold(scan(2), "PF0TEST1", at(600'000)));
  CHECK_FALSE(debounce.should_hold(scan(2), "PF0TEST1", at(901'000)));
}

TEST_CASE("without a time nothing is held, and memory stays bounded with one") {
  ScanDebounce off(milliseconds(0));
  CHECK_FALSE(off.is_on());
  CHECK_FALSE(off.should_hold(scan(1), "x", at(0)));
  CHECK_FALSE(off.should_hold(scan(2), "x", at(0)));
  ScanDebounce debounce(milliseconds(3'000));
  for (std::uint64_t number = 0; number < 3 * kScansRemembered; ++number) {
    CHECK_FALSE(debounce.should_hold(scan(number), std::to_string(number), at(0)));
  }
  CHECK_FALSE(debounce.should_hold(scan(999'999), "0", at(1)));
}
