#include "policy/dedupe.hpp"

#include "unit/policy/captured_devices.hpp"
#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace devicebatch;
using namespace devicebatch::policy;

namespace {

DeviceFacts tuple() {
  DeviceFacts facts;
  facts.customer = device().customer;
  facts.serial = device().serial;
  facts.manufacturer = device().manufacturer;
  facts.model = device().model;
  return facts;
}

DeviceFacts pkid_only() {
  DeviceFacts facts;
  facts.customer = device().customer;
  facts.pkid = device().pkid;
  return facts;
}

template <class Change>
DeviceFacts changed(DeviceFacts facts, Change change) {
  change(facts);
  return facts;
}

constexpr std::array kAlive{Progress::waiting, Progress::in_flight, Progress::registered};

struct Row {
  std::string name;
  DeviceFacts incoming;
  DeviceFacts stored;
  Kinship waiting;  // what it is to a stored record that waits
  Kinship later;    // ... that is in flight or registered
  std::string_view code;
};

const auto other_board = [](DeviceFacts& f) {
  f.uuid = board(9);
  f.tpm = digest(9);
  f.hash_digest = digest(99);
};

std::vector<Row> rows() {
  using enum Kinship;
  const auto other_serial = [](DeviceFacts& f) {
    f.serial = "CONTOSO-0000002";
    f.hash_digest = digest(98);
  };
  const auto no_pkid = [](DeviceFacts& f) { f.pkid = {}; };
  return {
      {"same record", device(), device(), duplicate, duplicate, "duplicate.record"},
      {"same tuple record", tuple(), tuple(), duplicate, duplicate, "duplicate.record"},
      {"newer capture", captured_at(101), device(), replaces, duplicate, ""},
      {"older capture", captured_at(99), device(), superseded, superseded, "superseded.stale"},
      {"capture of the same second",
       changed(captured_at(100), [](DeviceFacts& f) { f.hash_digest = digest(77); }), device(),
       duplicate, duplicate, "duplicate.recapture"},
      {"capture of unknown time",
       changed(captured_at(101), [](DeviceFacts& f) { f.captured_at = 0; }), device(), duplicate,
       duplicate, "duplicate.recapture"},
      {"capture after one of unknown time", captured_at(101),
       changed(device(), [](DeviceFacts& f) { f.captured_at = 0; }), duplicate, duplicate,
       "duplicate.recapture"},
      {"tuple of a known hash", tuple(), device(), duplicate, duplicate, "duplicate.device"},
      {"PKID of a known hash", pkid_only(), device(), duplicate, duplicate, "duplicate.device"},
      {"hash for a known tuple", device(), tuple(), replaces, duplicate, ""},
      {"hash for a known PKID", device(), pkid_only(), replaces, duplicate, ""},
      {"the hash without its PKID column", changed(device(), no_pkid), device(), duplicate,
       duplicate, "duplicate.device"},
      {"another board with the serial number", changed(device(), other_board),
       changed(device(), no_pkid), conflict, conflict, "conflict.serial_reused"},
      {"a board under another serial number", changed(device(), other_serial), device(), conflict,
       conflict, "conflict.board_reused"},
      {"a PKID on another device", changed(changed(device(), other_board), other_serial), device(),
       conflict, conflict, "conflict.pkid_reused"},
      {"a PKID on another serial number", pkid_only(),
       changed(pkid_only(), [](DeviceFacts& f) { f.serial = "X"; }), duplicate, duplicate,
       "duplicate.device"},
      {"another PKID for the device",
       changed(captured_at(101), [](DeviceFacts& f) { f.pkid = "3305000000002"; }), device(),
       conflict, conflict, "conflict.pkid_changed"},
      {"a changed UUID alone", changed(captured_at(101), [](DeviceFacts& f) { f.uuid = board(9); }),
       device(), replaces, duplicate, ""},
      {"a changed TPM alone", changed(captured_at(101), [](DeviceFacts& f) { f.tpm = digest(9); }),
       device(), replaces, duplicate, ""},
      {"the serial number of another maker",
       changed(tuple(), [](DeviceFacts& f) { f.manufacturer = "Fabrikam"; }), tuple(), unrelated,
       unrelated, ""},
      {"the serial number of another model",
       changed(tuple(), [](DeviceFacts& f) { f.model = "Tablet"; }), tuple(), unrelated, unrelated,
       ""},
      {"nothing in common", changed(tuple(), [](DeviceFacts& f) { f.serial = "X"; }), tuple(),
       unrelated, unrelated, ""},
      {"another customer's device",
       changed(device(), [](DeviceFacts& f) { f.customer = Uuid(board(7)); }), device(), conflict,
       conflict, "conflict.other_customer"},
      {"another customer's serial number of another model",
       changed(tuple(),
               [](DeviceFacts& f) {
                 f.customer = Uuid(board(7));
                 f.model = "Tablet";
               }),
       tuple(), unrelated, unrelated, ""},
  };
}

}  // namespace

TEST_CASE("what an incoming record is to one that is known") {
  for (const Row& row : rows()) {
    for (const Progress progress : kAlive) {
      INFO(row.name << ", progress " << static_cast<int>(progress));
      const auto decision = compare(row.incoming, row.stored, progress);
      CHECK(decision.kinship == (progress == Progress::waiting ? row.waiting : row.later));
      if (!row.code.empty()) CHECK(decision.code == row.code);
      CHECK(decision.code.empty() == (decision.kinship == Kinship::unrelated));
      CHECK(decision.reason.empty() == decision.code.empty());
    }
  }
}

TEST_CASE("a newer capture names its reason by what it meets") {
  CHECK(compare(captured_at(101), device(), Progress::waiting).code == "superseded.recapture");
  CHECK(compare(captured_at(101), device(), Progress::registered).code == "duplicate.recapture");
  CHECK(compare(device(), tuple(), Progress::registered).code == "duplicate.device");
}

TEST_CASE("a record that holds nothing stands in nobody's way") {
  for (const Row& row : rows()) {
    INFO(row.name);
    CHECK(compare(row.incoming, row.stored, Progress::gone).kinship == Kinship::unrelated);
  }
}

TEST_CASE("a held record holds its repetitions, and no other story") {
  const auto held = [](const DeviceFacts& incoming) {
    return compare(incoming, device(), Progress::held);
  };
  CHECK(held(device()).code == "conflict.held");
  CHECK(held(captured_at(101)).code == "conflict.held");
  CHECK(held(tuple()).code == "conflict.held");
  CHECK(held(changed(device(), other_board)).kinship == Kinship::unrelated);
  CHECK(held(changed(device(), [](DeviceFacts& f) { f.customer = Uuid(board(7)); })).kinship ==
        Kinship::unrelated);
}

TEST_CASE("the published example is two devices") {
  DeviceFacts first;
  first.serial = "2R9-ZNP67";
  first.pkid = "00329-00000-0003-AA606";
  first.hash_digest = digest(1);
  DeviceFacts second = first;
  second.hash_digest = digest(2);
  CHECK(compare(second, first, Progress::waiting).kinship == Kinship::unrelated);
  CHECK(compare(first, first, Progress::waiting).kinship == Kinship::duplicate);
}

TEST_CASE("of two answers the stronger one wins, and the first of equals") {
  const std::array order{Kinship::unrelated, Kinship::replaces, Kinship::conflict,
                         Kinship::superseded, Kinship::duplicate};
  for (std::size_t left = 0; left < order.size(); ++left) {
    for (std::size_t right = 0; right < order.size(); ++right) {
      const DedupeDecision one{order[left], "", ""};
      const DedupeDecision other{order[right], "", ""};
      CHECK(&strongest(one, other) == (right > left ? &other : &one));
    }
  }
}
