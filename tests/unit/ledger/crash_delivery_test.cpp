// A kill at any write of a change leaves the ledger as it was before, or as it is after.
#include "unit/ledger/delivery_desk.hpp"
#include "unit/ledger/killed_child.hpp"
#include <catch2/catch.hpp>

#include <functional>

using namespace devicebatch;
using namespace devicebatch::ledger;

namespace {

struct Change {
  std::function<Result<void>(Ledger&)> verb;
  std::function<bool(LedgerDesk&)> is_done;
};

std::string file_of(LedgerDesk& desk) {
  desk.close();
  return support::read_file(desk.path());
}

void check_every_kill(const std::string& before, const Change& change) {
  int writes = 0;
  int done = 0;
  LedgerDesk desk;
  for (int kill_at = 0; kill_at == 0 || kill_at <= writes; ++kill_at) {
    INFO("killed at write " << kill_at << " of " << writes);
    replace_ledger(desk, before);
    const auto perform = [&] { return desk.in_transaction([&] { return change.verb(*desk); }); };
    const int count = run_in_child(desk, kill_at, [&] { return perform().has_value(); });
    if (kill_at == 0) writes = count;
    REQUIRE(writes > 3);
    REQUIRE((kill_at == 0 || count == kill_at));
    desk.check_soundness();
    if (change.is_done(desk)) {
      ++done;
      continue;
    }
    CHECK(kill_at != 0);
    ok(perform());
    CHECK(change.is_done(desk));
    desk.check_soundness();
  }
  // Only the last write, which empties the journal, can come after the commit.
  CHECK(done >= 1);
  CHECK(done <= 2);
}

}  // namespace

TEST_CASE("settling a part of a chunk is done entirely or not at all") {
  Delivery d(6);
  const ChunkRow chunk = d.desk.submitted_chunk();
  const auto m = d.members(chunk.id);
  JobEnd end;
  end.outcomes = {outcome(m[0], Verdict::registered), outcome(m[1], Verdict::failed, "device.808")};
  end.outcomes[0].device_id = "6e5c6a0e-8d1b-4f4c-9f5e-000000000001";
  end.requeue = {{m[2], at(60)}};
  end.held = {{m[3], "device.812", "message", "fix"}};
  end.unanswered = {m[4], m[5]};
  end.next_look = at(70);
  Change change;
  change.verb = [&](Ledger& ledger) { return ledger.delivery().settle(chunk.id, {}, end, at(50)); };
  change.is_done = [&](LedgerDesk& desk) {
    const bool is_unconfirmed = desk.chunk(chunk.id).state == ChunkState::unconfirmed;
    const auto status = desk.now([&] { return desk->reports().status(at(60)); });
    CHECK(status.held == (is_unconfirmed ? 1 : 0));
    CHECK(status.dead_letters == (is_unconfirmed ? 1 : 0));
    CHECK(desk.now([&] { return desk->delivery().open_members(chunk.id); }).size() ==
          (is_unconfirmed ? 2 : 6));
    return is_unconfirmed;
  };
  check_every_kill(file_of(d.desk), change);
}

TEST_CASE("a chunk is cut entirely or not at all") {
  Delivery d(4);
  const ChunkId chunk = d.sending();
  const std::array ids{d.desk.uuid(), d.desk.uuid()};
  Change change;
  change.verb = [&](Ledger& ledger) {
    return ledger.delivery().attempt_split(chunk, {}, 2, ids, at(50));
  };
  change.is_done = [&](LedgerDesk& desk) {
    const auto unsent = desk.now([&] { return desk->delivery().unsent_chunks(d.to); });
    const bool is_cut = desk.chunk(chunk).state == ChunkState::settled;
    CHECK(unsent.size() == (is_cut ? 2 : 1));
    return is_cut;
  };
  check_every_kill(file_of(d.desk), change);
}

TEST_CASE("a record is tried again entirely or not at all") {
  Delivery d(2);
  d.desk.settle_all(d.desk.submitted_chunk(), Verdict::failed);
  ok(d.desk.in_transaction(
      [&] { return d.desk->receipts().finish(d.submission, "rejected/a.csv", at(60)); }));
  const RecordId record =
      d.desk.now([&] { return d.operators().records({}, {}, 1); }).rows.at(0).record;
  Change change;
  change.verb = [&](Ledger& ledger) {
    return ledger.operators().retry(record, at(100), Delivery::alice(), at(90));
  };
  change.is_done = [&](LedgerDesk& desk) {
    const auto line = desk.now([&] { return desk->operators().record(record); });
    const bool is_open = line.verdict == Verdict::none;
    CHECK(desk.now([&] { return desk->operators().audit_log(0, 5); }).size() == (is_open ? 1 : 0));
    CHECK(desk.summary(d.submission).state ==
          (is_open ? SubmissionState::pending : SubmissionState::finished));
    return is_open;
  };
  check_every_kill(file_of(d.desk), change);
}
