// The policy of identities as one decision at a time; each name quotes its row of the table.
#include "policy/dedupe.hpp"

#include "unit/policy/captured_devices.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::policy;

namespace {

constexpr std::array kAlive{Progress::waiting, Progress::in_flight, Progress::registered};

// The same serial number, manufacturer and model on another mainboard.
DeviceFacts other_board() {
  DeviceFacts facts = captured_at(101);
  facts.pkid = {};
  facts.tpm = digest(9);
  facts.uuid = board(9);
  return facts;
}

std::string_view code(const DeviceFacts& incoming, Progress progress) {
  return compare(incoming, device(), progress).code;
}

}  // namespace

TEST_CASE("6.2 same `rec_id`, whatever has become of the earlier one but failure: duplicate") {
  for (const Progress progress : kAlive) CHECK(code(device(), progress) == "duplicate.record");
  CHECK(code(device(), Progress::gone).empty());
}

TEST_CASE("6.2 same identity keys, different blob, newer capture time") {
  CHECK(compare(captured_at(101), device(), Progress::waiting).kinship == Kinship::replaces);
  CHECK(code(captured_at(101), Progress::in_flight) == "duplicate.recapture");
  CHECK(code(captured_at(101), Progress::registered) == "duplicate.recapture");
}

TEST_CASE("6.2 same, but older capture time") {
  for (const Progress progress : kAlive) {
    CHECK(code(captured_at(99), progress) == "superseded.stale");
  }
}

TEST_CASE("6.2 same tuple, different UUID and EK") {
  for (const Progress progress : kAlive) {
    CHECK(code(other_board(), progress) == "conflict.serial_reused");
  }
}

TEST_CASE("6.2 same EK or UUID, different serial") {
  for (const bool has_same_tpm : {true, false}) {
    DeviceFacts clone = other_board();
    clone.serial = "CONTOSO-0000002";
    if (has_same_tpm) {
      clone.tpm = device().tpm;
    } else {
      clone.uuid = device().uuid;
    }
    for (const Progress progress : kAlive) {
      CHECK(code(clone, progress) == "conflict.board_reused");
    }
  }
}

TEST_CASE("6.2 same PKID, different serial/EK") {
  DeviceFacts other = other_board();
  other.pkid = device().pkid;
  other.serial = "CONTOSO-0000002";
  for (const Progress progress : kAlive) CHECK(code(other, progress) == "conflict.pkid_reused");
}

TEST_CASE("6.2 same identity, different tenant/customer") {
  DeviceFacts theirs = captured_at(101);
  theirs.customer = Uuid(board(7));
  for (const Progress progress : kAlive) CHECK(code(theirs, progress) == "conflict.other_customer");
}

TEST_CASE("a retired record answers its own repetition, and contradicts nobody") {
  CHECK(code(device(), Progress::retired) == "duplicate.record");
  CHECK(code(captured_at(101), Progress::retired).empty());
  CHECK(code(captured_at(99), Progress::retired).empty());
  CHECK(code(other_board(), Progress::retired).empty());
  DeviceFacts theirs = device();
  theirs.customer = Uuid(board(7));
  CHECK(code(theirs, Progress::retired).empty());
}

TEST_CASE("two records are of one device when they share an identity and contradict nothing") {
  CHECK(is_same_device(device(), device()));
  CHECK(is_same_device(device(), captured_at(200)));
  DeviceFacts tuple;
  tuple.customer = device().customer;
  tuple.serial = device().serial;
  tuple.manufacturer = device().manufacturer;
  tuple.model = device().model;
  CHECK(is_same_device(tuple, device()));
  CHECK_FALSE(is_same_device(other_board(), device()));
  tuple.model = "Contoso Book 15";
  CHECK_FALSE(is_same_device(tuple, device()));
  DeviceFacts theirs = device();
  theirs.customer = Uuid(board(7));
  CHECK_FALSE(is_same_device(theirs, device()));
}
