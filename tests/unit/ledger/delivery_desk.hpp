// ledger/delivery_desk.hpp - a ledger with some records that wait, and the verbs of delivery at
// hand.
#pragma once

#include "unit/ledger/ledger_desk.hpp"

namespace devicebatch::ledger {

struct Delivery {
  explicit Delivery(std::uint64_t devices = 3) {
    submission = desk.submission("a.csv", BatchBuilder(desk->key_seed()).devices(1, devices));
    to = desk.destination();
  }
  DeliveryVerbs& verbs() { return desk->delivery(); }
  std::optional<ChunkRow> plan(std::size_t devices = 500, UtcTime when = at(30)) {
    ChunkLimits limits;
    limits.devices = devices;
    return plan_within(limits, when);
  }
  std::optional<ChunkRow> plan_within(const ChunkLimits& limits, UtcTime when = at(30)) {
    const Uuid request = desk.uuid();
    return desk.now(
        [&] { return verbs().plan_chunk(to, ChunkKind::append, limits, request, when); });
  }
  Result<void> begin(ChunkId chunk, std::string_view body = "body") {
    AttemptStart start;
    start.owner = "host:1";
    start.lease_until = at(100);
    start.body_sha256 = sha256(body);
    start.correlation_id = desk.uuid();
    return desk.in_transaction([&] { return verbs().begin_attempt(chunk, start, at(31)); });
  }
  void fail_attempt(ChunkId chunk, FailureKind kind, UtcTime now = at(32)) {
    fail_attempt(chunk, AttemptFailure{kind, Inquiry::resend, at(90)}, now);
  }
  void fail_attempt(ChunkId chunk, const AttemptFailure& failure, UtcTime now,
                    bool had_unknown_try = false) {
    ExchangeRecord exchange;
    exchange.error = "no reply";
    exchange.had_unknown_try = had_unknown_try;
    ok(desk.in_transaction([&] { return verbs().attempt_failed(chunk, exchange, failure, now); }));
  }
  // Planned and being sent.
  ChunkId sending(std::size_t devices = 500) {
    const auto chunk = plan(devices);
    REQUIRE(chunk);
    ok(begin(chunk->id));
    return chunk->id;
  }
  // An unconfirmed chunk that is looked for in its batch.
  ChunkId looked_for(std::size_t devices = 500) {
    const ChunkId chunk = sending(devices);
    fail_attempt(chunk, {FailureKind::unknown, Inquiry::look, at(90)}, at(32));
    return chunk;
  }
  Result<void> split(ChunkId chunk, std::size_t first_half, const ExchangeRecord& exchange = {}) {
    const std::array ids{desk.uuid(), desk.uuid()};
    return desk.in_transaction(
        [&] { return verbs().attempt_split(chunk, exchange, first_half, ids, at(40)); });
  }
  std::vector<RecordId> members(ChunkId chunk) {
    std::vector<RecordId> ids;
    for (const auto& device : desk.now([&] { return verbs().devices_of(chunk); })) {
      ids.push_back(device.record);
    }
    return ids;
  }
  std::size_t waiting(UtcTime when = at(30)) {
    return desk.now([&] { return verbs().waiting(to, 1'000, when); }).records;
  }
  Result<void> settle(ChunkId chunk, const std::vector<DeviceOutcome>& outcomes,
                      const std::vector<RecordId>& requeue) {
    JobEnd end;
    end.outcomes = outcomes;
    for (const RecordId record : requeue) end.requeue.push_back({record, at(200)});
    return desk.in_transaction(
        [&] { return verbs().settle(chunk, ExchangeRecord(), end, at(50)); });
  }

  Result<void> settle(ChunkId chunk, const JobEnd& end, UtcTime now = at(50)) {
    return desk.in_transaction([&] { return verbs().settle(chunk, ExchangeRecord(), end, now); });
  }
  std::vector<RecordId> open_members(ChunkId chunk) {
    std::vector<RecordId> ids;
    for (const auto& member : desk.now([&] { return verbs().open_members(chunk); })) {
      ids.push_back(member.record);
    }
    return ids;
  }
  RecordPast past(RecordId record, ChunkId current) {
    return desk.now([&] { return verbs().past_of(record, current); });
  }

  OperatorVerbs& operators() { return desk->operators(); }
  // A change by a person; all of them take who did it and when.
  Result<void> change(Result<void> (OperatorVerbs::*verb)(RecordId, const Actor&, UtcTime),
                      RecordId record, UtcTime now = at(100)) {
    return desk.in_transaction([&] { return (operators().*verb)(record, alice(), now); });
  }
  Result<void> retry(RecordId record, UtcTime not_before = at(150), UtcTime now = at(100)) {
    return desk.in_transaction([&] { return operators().retry(record, not_before, alice(), now); });
  }
  RecordLine line(RecordId record) {
    return desk.now([&] { return operators().record(record); });
  }
  static Actor alice() { return {"alice (1000)", "the maker has repaired it"}; }

  LedgerDesk desk;
  SubmissionId submission;
  DestinationId to;
};

inline DeviceOutcome outcome(RecordId record, Verdict verdict, std::string code = "") {
  DeviceOutcome answer;
  answer.record = record;
  answer.verdict = verdict;
  answer.code = std::move(code);
  answer.message = answer.code.empty() ? "" : "in words";
  return answer;
}

}  // namespace devicebatch::ledger
