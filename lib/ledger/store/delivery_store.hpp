// ledger/store/delivery_store.hpp - the delivery verbs on SQLite.
//
// Layout:    delivery_destinations.cpp, delivery_plan.cpp (records into chunks),
//            delivery_chunks.cpp (reading), delivery_attempts.cpp (a POST and what became of it),
//            delivery_settle.cpp.
#pragma once

#include "ledger/delivery_verbs.hpp"
#include "ledger/sqlite/connection.hpp"
#include "ledger/store/pack_store.hpp"
#include "ledger/store/tally.hpp"

namespace devicebatch::ledger {

// The columns read_chunk_row() expects, in its order.
#define DEVICEBATCH_CHUNK_COLUMNS                                                                 \
  "id, destination, kind, state, request_id, body_sha256, devices, attempts, polls, not_before, " \
  "submitted, tracking_id, is_stalled, last_error"
ChunkRow read_chunk_row(const Statement& row);

DestinationRow read_destination_row(const Statement& row);
#define DEVICEBATCH_DESTINATION_COLUMNS                                                       \
  "id, customer, batch, spelling, account, presence, paused_code, paused_reason, paused_at, " \
  "throttled_until"

// The ids of chunk_members.records.
std::vector<RecordId> unpack_members(Bytes stored);
std::vector<RecordId> members_of(Connection& db, ChunkId chunk);

class DeliveryStore final : public DeliveryVerbs {
 public:
  DeliveryStore(Connection& db, PackStore& packs) : db_(db), packs_(packs) {}

  Result<DestinationRow> destination(DestinationId destination) override;
  Result<std::vector<DestinationRow>> destinations() override;
  Result<void> record_presence(DestinationId destination, BatchPresence presence,
                               std::string_view spelling) override;
  Result<void> pause(DestinationId destination, std::string_view code, std::string_view reason,
                     UtcTime now) override;
  Result<void> resume(DestinationId destination) override;
  Result<void> throttle(DestinationId destination, UtcTime until) override;

  Result<std::optional<ChunkRow>> plan_chunk(DestinationId destination, ChunkKind kind,
                                             const ChunkLimits& limits, const Uuid& request_id,
                                             UtcTime now) override;
  Result<bool> has_open_create(DestinationId destination) override;
  Result<Waiting> waiting(DestinationId destination, std::size_t at_most, UtcTime now) override;

  Result<std::vector<record::Device>> devices_of(ChunkId chunk) override;
  Result<ChunkRow> chunk(ChunkId chunk) override;
  Result<std::vector<ChunkRow>> unsent_chunks(DestinationId destination) override;
  Result<std::vector<ChunkRow>> jobs_due(UtcTime now, std::size_t at_most) override;
  Result<std::optional<UtcTime>> next_poll_at() override;

  Result<void> begin_attempt(ChunkId chunk, const AttemptStart& start, UtcTime now) override;
  Result<void> attempt_submitted(ChunkId chunk, const ExchangeRecord& exchange,
                                 const Uuid& tracking_id, UtcTime next_poll, UtcTime now) override;
  Result<void> attempt_failed(ChunkId chunk, const ExchangeRecord& exchange, bool is_unknown,
                              UtcTime not_before, UtcTime now) override;
  Result<void> attempt_refused(ChunkId chunk, const ExchangeRecord& exchange,
                               const Refusal& refusal, UtcTime now) override;
  Result<void> attempt_void(ChunkId chunk, const ExchangeRecord& exchange, std::string_view why,
                            UtcTime now) override;

  Result<void> record_poll(ChunkId chunk, const ExchangeRecord& exchange, const JobLook& look,
                           UtcTime now) override;
  Result<void> job_lost(ChunkId chunk, const ExchangeRecord& exchange, UtcTime not_before,
                        UtcTime now) override;
  Result<void> settle(ChunkId chunk, const ExchangeRecord& exchange, const JobEnd& end,
                      UtcTime now) override;
  Result<int> times_sent_before(RecordId record, ChunkId current) override;
  Result<std::size_t> recover_sending(UtcTime now) override;

 private:
  // The chunk, when it is in one of the states given.
  Result<ChunkRow> chunk_in(ChunkId chunk, std::initializer_list<ChunkState> states);
  void change_state(ChunkId chunk, ChunkState from, ChunkState to);
  void end_attempt(const ChunkRow& chunk, const ExchangeRecord& exchange, std::string_view outcome,
                   UtcTime now);
  void save_poll(ChunkId chunk, const ExchangeRecord& exchange, std::string_view raw_state,
                 UtcTime now);
  void close_chunk(const ChunkRow& chunk, std::string_view error, UtcTime now);
  void give_verdict(const DeviceOutcome& outcome, VerdictMoves& moves, UtcTime now);
  void put_back(const ChunkRow& chunk, RecordId record, UtcTime not_before);
  Result<void> check_complete(ChunkId chunk, const JobEnd& end);

  Connection& db_;
  PackStore& packs_;
};

}  // namespace devicebatch::ledger
