#include "ledger/store/delivery_store.hpp"
#include "ledger/store/tally.hpp"
#include "ledger/store/verify_check.hpp"

#include <algorithm>

namespace devicebatch::ledger {
namespace {

// So many broken rows are named; the count says the rest.
constexpr std::size_t kNamed = 5;

// Of the record r of the submission s, with its route t.
#define DESTINATION "ifnull(t.destination, s.destination)"

std::string name_of(RecordId record) {
  return "record " + std::to_string(record.value);
}

std::uint64_t count_of(Connection& db, const char* sql) {
  return static_cast<std::uint64_t>(db.number(sql));
}

// How many of the members point to the chunk. The others must have gone on to a later one.
std::uint64_t check_members(Connection& db, Check& check, ChunkId id, bool is_settled) {
  std::uint64_t pointing = 0;
  for (const RecordId member : members_of(db, id)) {
    const std::int64_t points_to =
        db.number("SELECT ifnull(chunk, 0) FROM record WHERE id = ?", member);
    if (points_to == id.value) {
      ++pointing;
      continue;
    }
    const bool may_have_moved =
        is_settled ||
        db.number("SELECT EXISTS(SELECT 1 FROM carried WHERE record = ? AND chunk = ?)", member,
                  id) != 0;
    if (may_have_moved && points_to > id.value) continue;
    check.complain(name_of(member) + " is in chunk " + std::to_string(id.value) +
                   " and points to " + std::to_string(points_to));
  }
  return pointing;
}

}  // namespace

void Check::complain(const std::string& what) {
  ++complaints_;
  if (complaints_ <= kNamed) text_ += "; " + what;
}

void Check::expect(std::string_view what, std::uint64_t counted, std::uint64_t kept) {
  if (counted == kept) return;
  complain(std::string(what) + " counted " + std::to_string(counted) + ", kept " +
           std::to_string(kept));
}

void Check::report(Verification& into, const std::string& if_sound) const {
  if (complaints_ == 0) {
    into.lines.push_back(name_ + ": " + if_sound);
    return;
  }
  into.is_sound = false;
  into.lines.push_back(name_ + ": FAILED (" + std::to_string(complaints_) + ")" + text_);
}

void check_chunks(Connection& db, Verification& result) {
  Check check("chunks");
  std::uint64_t chunks = 0;
  std::uint64_t pointing = 0;
  std::array<std::uint64_t, 5> states{};
  auto rows = db.query("SELECT id, state, devices FROM chunk ORDER BY id");
  while (rows.step()) {
    ++chunks;
    const ChunkId id = rows.id<ChunkId>(0);
    const std::string name = "chunk " + std::to_string(id.value);
    const auto state = static_cast<std::size_t>(std::clamp<std::int64_t>(rows.integer(1), 0, 4));
    const bool is_settled = state == static_cast<std::size_t>(ChunkState::settled);
    ++states[state];
    check.expect(name + ": devices", members_of(db, id).size(), rows.count(2));
    pointing += check_members(db, check, id, is_settled);
    if (!is_settled && open_members_of(db, id).empty()) {
      check.complain(name + " is open, and none of its records is");
    }
  }
  check.expect("records in chunks", pointing,
               count_of(db, "SELECT count(*) FROM record WHERE chunk > 0"));
  for (std::size_t state = 0; state < states.size(); ++state) {
    const auto as_state = static_cast<ChunkState>(state);
    check.expect(to_string(as_state), states[state], read_tally(db, tally_of(as_state)));
  }
  check.report(result, std::to_string(chunks) + " agree with their members");
}

void check_places(Connection& db, Verification& result) {
  Check check("places");
  std::uint64_t pending = 0;
  std::uint64_t queued = 0;
  std::uint64_t held = 0;
  auto rows = db.query(
      "SELECT r.id, iif(t.record IS NULL, r.chunk IS NULL AND (s.state < 3 OR r.id >= s.plan_from),"
      "  r.chunk = 0 AND s.state < 3), s.state,"
      " EXISTS(SELECT 1 FROM requeue q WHERE q.record = r.id AND q.destination = " DESTINATION
      "),"
      " EXISTS(SELECT 1 FROM held h WHERE h.record = r.id AND h.destination = " DESTINATION
      "),"
      " EXISTS(SELECT 1 FROM chunk c WHERE c.id = r.chunk AND c.state < 4"
      "  AND c.destination = " DESTINATION
      " AND NOT EXISTS(SELECT 1 FROM carried k"
      "  WHERE k.record = r.id AND k.chunk = c.id))"
      " FROM record r JOIN submission s ON s.id = r.submission"
      " LEFT JOIN route t ON t.record = r.id WHERE r.verdict = 0");
  while (rows.step()) {
    ++pending;
    queued += rows.count(3);
    held += rows.count(4);
    const std::int64_t places =
        rows.integer(1) + rows.integer(3) + rows.integer(4) + rows.integer(5);
    const std::string name = name_of(rows.id<RecordId>(0));
    if (places != 1) {
      check.complain(name + " is in " + std::to_string(places) + " places");
    }
    const auto state = rows.as<SubmissionState>(2);
    if (state < SubmissionState::pending && rows.integer(1) == 0) {
      check.complain(name + " is delivered before its file is complete");
    }
    if (state == SubmissionState::finished) check.complain(name + " is pending in a finished file");
  }
  check.expect("queued again", queued, count_of(db, "SELECT count(*) FROM requeue"));
  check.expect("held", held, count_of(db, "SELECT count(*) FROM held"));
  check.report(result, std::to_string(pending) + " pending records are in one each");
}

void check_dead_letters(Connection& db, Verification& result) {
  Check check("dead letters");
  const std::uint64_t letters = count_of(db, "SELECT count(*) FROM dead_letter");
  check.expect("failed records", letters, read_tally(db, tally_of(Verdict::failed)));
  check.expect(
      "with their record", letters,
      count_of(db,
               "SELECT count(*) FROM dead_letter d JOIN record r ON r.id = d.record"
               " AND r.verdict = 6 AND r.finished = d.at"
               " JOIN submission s ON s.id = r.submission LEFT JOIN route t ON t.record = r.id"
               " LEFT JOIN outcome o ON o.record = d.record WHERE d.code = ifnull(o.code, '')"
               " AND d.destination = " DESTINATION));
  check.expect("device ids without a record", 0,
               count_of(db,
                        "SELECT count(*) FROM device_id WHERE NOT EXISTS(SELECT 1 FROM record"
                        " WHERE record.id = device_id.record)"));
  check.report(result, std::to_string(letters) + " failed records are theirs");
}

}  // namespace devicebatch::ledger
