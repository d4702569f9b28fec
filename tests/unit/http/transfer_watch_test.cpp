#include "http/transfer_watch.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::http;
using namespace std::chrono_literals;

namespace {

const MonoTime kStart{100s};

Progress sending(std::uint64_t bytes) {
  Progress progress;
  progress.is_connected = true;
  progress.bytes = bytes;
  return progress;
}

Progress waiting(std::uint64_t bytes) {
  Progress progress = sending(bytes);
  progress.is_sent = true;
  return progress;
}

Progress receiving(std::uint64_t bytes) {
  Progress progress = waiting(bytes);
  progress.is_answered = true;
  return progress;
}

}  // namespace

TEST_CASE("a connection that is not there yet is libcurl's business") {
  TransferWatch watch(1s, 1s);
  CHECK(watch.look(Progress(), kStart) == Transfer::goes_on);
  CHECK(watch.look(Progress(), kStart + 1h) == Transfer::goes_on);
  CHECK_FALSE(watch.next_look());
}

TEST_CASE("the wait for the reply begins when all is sent, and ends with its first line") {
  TransferWatch watch(10s, 1s);
  CHECK(watch.look(waiting(5), kStart) == Transfer::goes_on);
  CHECK(watch.next_look() == kStart + 10s);
  CHECK(watch.look(waiting(5), kStart + 9999ms) == Transfer::goes_on);
  CHECK(watch.look(waiting(5), kStart + 10s) == Transfer::no_first_byte);

  TransferWatch answered(10s, 2s);
  CHECK(answered.look(waiting(5), kStart) == Transfer::goes_on);
  CHECK(answered.look(receiving(20), kStart + 9s) == Transfer::goes_on);
  CHECK(answered.next_look() == kStart + 11s);
}

TEST_CASE("bytes that do not flow end the transfer in either direction") {
  for (const auto progress : {sending, receiving}) {
    TransferWatch watch(1h, 10s);
    CHECK(watch.look(progress(100), kStart) == Transfer::goes_on);
    CHECK(watch.look(progress(110), kStart + 10s) == Transfer::goes_on);
    CHECK(watch.next_look() == kStart + 20s);
    CHECK(watch.look(progress(119), kStart + 20s) == Transfer::too_slow);
  }
}

TEST_CASE("an early answer ends the sending") {
  TransferWatch watch(1s, 10s);
  Progress refused = sending(100);
  refused.is_answered = true;
  CHECK(watch.look(sending(100), kStart) == Transfer::goes_on);
  CHECK(watch.look(refused, kStart + 2s) == Transfer::goes_on);
  CHECK(watch.next_look() == kStart + 12s);
}

TEST_CASE("a bound of zero is none") {
  TransferWatch watch(0ms, 0ms);
  for (const auto progress : {sending, waiting, receiving}) {
    CHECK(watch.look(progress(1), kStart) == Transfer::goes_on);
    CHECK(watch.look(progress(1), kStart + 24h) == Transfer::goes_on);
    CHECK_FALSE(watch.next_look());
  }
}

TEST_CASE("less than a second counts as one") {
  TransferWatch watch(1h, 200ms);
  CHECK(watch.look(receiving(1), kStart) == Transfer::goes_on);
  CHECK(watch.look(receiving(2), kStart + 200ms) == Transfer::goes_on);
  CHECK(watch.look(receiving(2), kStart + 400ms) == Transfer::too_slow);
}
