// ledger/store/delivery_store.hpp - the delivery verbs on SQLite.
//
// Layout:    delivery_destinations.cpp, delivery_plan.cpp (records into chunks),
//            delivery_chunks.cpp (reading), delivery_attempts.cpp (a POST and what became of it),
//            delivery_accounts.cpp, delivery_settle.cpp (verdicts, and the end of a chunk).
#pragma once

#include "ledger/delivery_verbs.hpp"
#include "ledger/sqlite/connection.hpp"
#include "ledger/store/pack_store.hpp"
#include "ledger/store/tally.hpp"

#include <span>
#include <string>
#include <vector>

namespace devicebatch::ledger {

// The columns read_chunk_row() expects, in its order.
#define DEVICEBATCH_CHUNK_COLUMNS                                                                 \
  "id, destination, kind, state, request_id, body_sha256, devices, attempts, polls, not_before, " \
  "submitted, tracking_id, is_stalled, last_error, failures, failing_since, had_unknown, "        \
  "inquiry, unknown_since, looks, split_from"
inline constexpr int kChunkColumns = 21;
ChunkRow read_chunk_row(const Statement& row);

DestinationRow read_destination_row(const Statement& row);
#define DEVICEBATCH_DESTINATION_COLUMNS                                                       \
  "id, customer, batch, spelling, account, presence, paused_code, paused_reason, paused_at, " \
  "learned_devices, learned_bytes"

#define DEVICEBATCH_ACCOUNT_COLUMNS \
  "name, paused_code, paused_reason, paused_at, throttled_until, honours, concurrency"
AccountRow read_account_row(const Statement& row);

// The ids of chunk_members.records.
std::vector<RecordId> unpack_members(Bytes stored);
std::vector<RecordId> members_of(Connection& db, ChunkId chunk);
std::vector<std::uint8_t> pack_members(std::span<const RecordId> members);
// Those of them that have no verdict and that no later chunk and no queue has taken over.
std::vector<RecordId> open_members_of(Connection& db, ChunkId chunk);

// The service's id of a device: stored, and as text; empty when it is not known.
void store_device_id(Connection& db, RecordId record, std::string_view id);
std::string device_id_of(Connection& db, RecordId record);

// An error text is for a person; a reply body of megabytes is not.
inline constexpr std::size_t kErrorBytes = 2'048;

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
  Result<void> learn_size(DestinationId destination, std::size_t devices,
                          std::size_t bytes) override;

  Result<AccountRow> account(std::string_view name) override;
  Result<void> pause_account(std::string_view name, std::string_view code, std::string_view reason,
                             UtcTime now) override;
  Result<void> resume_account(std::string_view name) override;
  Result<void> throttle_account(std::string_view name, UtcTime until) override;
  Result<void> learn_honours(std::string_view name, Honours honours) override;
  Result<void> record_concurrency(std::string_view name, int limit) override;

  Result<std::optional<ChunkRow>> plan_chunk(DestinationId destination, ChunkKind kind,
                                             const ChunkLimits& limits, const Uuid& request_id,
                                             UtcTime now) override;
  Result<bool> has_open_create(DestinationId destination) override;
  Result<Waiting> waiting(DestinationId destination, std::size_t at_most, UtcTime now) override;

  Result<std::vector<record::Device>> devices_of(ChunkId chunk) override;
  Result<ChunkRow> chunk(ChunkId chunk) override;
  Result<std::vector<OpenMember>> open_members(ChunkId chunk) override;
  Result<std::vector<ChunkRow>> unsent_chunks(DestinationId destination) override;
  Result<std::vector<ChunkRow>> jobs_due(UtcTime now, std::size_t at_most) override;
  Result<std::optional<UtcTime>> next_poll_at() override;
  Result<std::size_t> open_jobs() override;
  Result<void> postpone_jobs(DestinationId destination, UtcTime until) override;
  Result<void> end_waits_beyond(UtcTime latest, UtcTime now) override;

  Result<void> begin_attempt(ChunkId chunk, const AttemptStart& start, UtcTime now) override;
  Result<void> attempt_submitted(ChunkId chunk, const ExchangeRecord& exchange,
                                 const Uuid& tracking_id, UtcTime next_poll, UtcTime now) override;
  Result<void> attempt_failed(ChunkId chunk, const ExchangeRecord& exchange,
                              const AttemptFailure& failure, UtcTime now) override;
  Result<void> attempt_split(ChunkId chunk, const ExchangeRecord& exchange, std::size_t first_half,
                             const std::array<Uuid, 2>& request_ids, UtcTime now) override;
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
  Result<RecordPast> past_of(RecordId record, ChunkId current) override;
  Result<std::size_t> recover_sending(UtcTime now) override;

 private:
  // The chunk, when it is in one of the states given.
  Result<ChunkRow> chunk_in(ChunkId chunk, std::initializer_list<ChunkState> states);
  ChunkId insert_chunk(const ChunkRow& chunk, std::span<const RecordId> members, UtcTime now);
  void change_state(ChunkId chunk, ChunkState from, ChunkState to);
  void end_attempt(const ChunkRow& chunk, const ExchangeRecord& exchange, std::string_view outcome,
                   UtcTime now);
  void save_poll(ChunkId chunk, const ExchangeRecord& exchange, std::string_view raw_state,
                 UtcTime now);
  void close_chunk(const ChunkRow& chunk, std::string_view error, UtcTime now);
  // Open members are left: the chunk is looked for in its batch.
  void keep_looking(const ChunkRow& chunk, UtcTime not_before, UtcTime now);
  void give_verdict(const ChunkRow& chunk, const DeviceOutcome& outcome, VerdictMoves& moves,
                    UtcTime now);
  void put_back(const ChunkRow& chunk, RecordId record, UtcTime not_before);
  void hold_back(const ChunkRow& chunk, const HeldRecord& held, UtcTime now);
  Result<void> check_complete(ChunkId chunk, const JobEnd& end);

  Connection& db_;
  PackStore& packs_;
};

}  // namespace devicebatch::ledger
