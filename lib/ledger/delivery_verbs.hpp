// ledger/delivery_verbs.hpp - from pending records to a verdict of the service.
//
// States:    a chunk is planned -> sending -> submitted -> settled, with unconfirmed for a POST
//            whose fate is unknown (docs/architecture.md, "Life of a chunk"). Its members, kind and
//            request id never change; its body is rebuilt from them and must have the digest of the
//            first attempt.
#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/sha256.hpp"
#include "base/uuid.hpp"
#include "record/device.hpp"
#include "record/verdict.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace devicebatch::ledger {

// The numbers of these enums are stored and never change.
enum class ChunkState { planned = 0, sending = 1, unconfirmed = 2, submitted = 3, settled = 4 };
enum class ChunkKind { create = 0, append = 1 };
enum class BatchPresence { unknown = 0, absent = 1, present = 2 };
std::string_view to_string(ChunkState state);
std::string_view to_string(ChunkKind kind);
std::string_view to_string(BatchPresence presence);

struct DestinationRow {
  DestinationId id;
  Uuid customer;
  std::string batch;     // as configured
  std::string spelling;  // as the service spells it, once known
  std::string account;
  BatchPresence presence = BatchPresence::unknown;
  std::string paused_code;  // empty: not paused
  std::string paused_reason;
  UtcTime paused_at{};
  UtcTime throttled_until{};
};

struct ChunkLimits {
  std::size_t devices = 500;
  std::size_t body_bytes = 2'500'000;
  std::size_t overhead_per_device = 100;  // partner_center::encoding_overhead()
};

struct ChunkRow {
  ChunkId id;
  DestinationId destination;
  ChunkKind kind = ChunkKind::append;
  ChunkState state = ChunkState::planned;
  Uuid request_id;
  std::optional<Digest> body_sha256;  // once the first attempt began
  std::size_t devices = 0;
  int attempts = 0;
  int polls = 0;
  UtcTime not_before{};    // of the next attempt or poll
  UtcTime submitted_at{};  // first time the service accepted it
  Uuid tracking_id;
  bool is_stalled = false;
  std::string last_error;
};

// What an HTTP exchange left behind, kept with the attempt.
struct ExchangeRecord {
  int http_status = 0;  // 0: no reply
  std::string request_id;
  std::string correlation_id;
  std::string cv;
  std::string server_id;
  std::string date;
  std::string error;  // what was wrong, or empty; at most 2 KB
};

struct AttemptStart {
  std::string owner;  // who holds the lease: host and process
  UtcTime lease_until{};
  Digest body_sha256{};
  Uuid correlation_id;
};

struct DeviceOutcome {
  RecordId record;
  Verdict verdict = Verdict::none;
  std::string code;     // "device.808"; empty for a plain registered
  std::string message;  // the service's words or ours
  std::string fix;
};

// Why a whole request was refused for good.
struct Refusal {
  std::string code;
  std::string message;
  std::string fix;
};

// What a look at an open job told.
struct JobLook {
  std::string raw_state;  // as the service spells it
  UtcTime next_poll{};
  bool is_stalled = false;
};

// A record that must be sent again in a later chunk.
struct Requeue {
  RecordId record;
  UtcTime not_before{};
};

// The end of a job. Together the two lists name every member of the chunk exactly once.
struct JobEnd {
  std::vector<DeviceOutcome> outcomes;
  std::vector<Requeue> requeue;
};

class DeliveryVerbs {
 public:
  virtual ~DeliveryVerbs() = default;

  virtual Result<DestinationRow> destination(DestinationId destination) = 0;
  virtual Result<std::vector<DestinationRow>> destinations() = 0;
  virtual Result<void> record_presence(DestinationId destination, BatchPresence presence,
                                       std::string_view spelling) = 0;
  virtual Result<void> pause(DestinationId destination, std::string_view code,
                             std::string_view reason, UtcTime now) = 0;
  virtual Result<void> resume(DestinationId destination) = 0;
  virtual Result<void> throttle(DestinationId destination, UtcTime until) = 0;

  // Cuts the next chunk from the records that wait, in the order they came, requeued ones first
  // when due. nullopt: nothing waits. `request_id` is its MS-RequestId for life.
  virtual Result<std::optional<ChunkRow>> plan_chunk(DestinationId destination, ChunkKind kind,
                                                     const ChunkLimits& limits,
                                                     const Uuid& request_id, UtcTime now) = 0;
  // Is there a create that was submitted and whose job has not settled?
  virtual Result<bool> has_open_create(DestinationId destination) = 0;
  // How many records wait for a chunk, counted up to `at_most`; and when the next requeued one is
  // due.
  struct Waiting {
    std::size_t records = 0;
    std::optional<UtcTime> next_requeued;
  };
  virtual Result<Waiting> waiting(DestinationId destination, std::size_t at_most, UtcTime now) = 0;

  // The members in their order, hashes included: the body can be rebuilt at any time.
  virtual Result<std::vector<record::Device>> devices_of(ChunkId chunk) = 0;
  virtual Result<ChunkRow> chunk(ChunkId chunk) = 0;
  // Chunks of a destination that are planned, sending or unconfirmed, oldest first.
  virtual Result<std::vector<ChunkRow>> unsent_chunks(DestinationId destination) = 0;
  // Submitted chunks by the time of their next poll.
  virtual Result<std::vector<ChunkRow>> jobs_due(UtcTime now, std::size_t at_most) = 0;
  virtual Result<std::optional<UtcTime>> next_poll_at() = 0;

  // Committed before the first byte leaves: state sending, attempts + 1. Errc::corrupt when the
  // digest differs from that of an earlier attempt (promise I5).
  virtual Result<void> begin_attempt(ChunkId chunk, const AttemptStart& start, UtcTime now) = 0;
  virtual Result<void> attempt_submitted(ChunkId chunk, const ExchangeRecord& exchange,
                                         const Uuid& tracking_id, UtcTime next_poll,
                                         UtcTime now) = 0;
  // No effect for sure (planned again) or unknown (unconfirmed); next try not before `not_before`.
  virtual Result<void> attempt_failed(ChunkId chunk, const ExchangeRecord& exchange,
                                      bool is_unknown, UtcTime not_before, UtcTime now) = 0;
  // A definite no: every record of the chunk gets `verdict` failed with this code; settled.
  virtual Result<void> attempt_refused(ChunkId chunk, const ExchangeRecord& exchange,
                                       const Refusal& refusal, UtcTime now) = 0;
  // A definite no to the way, not to the devices (the batch exists after all): the records wait
  // again, for a new chunk with a new id.
  virtual Result<void> attempt_void(ChunkId chunk, const ExchangeRecord& exchange,
                                    std::string_view why, UtcTime now) = 0;

  // A look at a job that did not settle it.
  virtual Result<void> record_poll(ChunkId chunk, const ExchangeRecord& exchange,
                                   const JobLook& look, UtcTime now) = 0;
  // The service does not know the tracking id any more: unconfirmed again, same id and body.
  virtual Result<void> job_lost(ChunkId chunk, const ExchangeRecord& exchange, UtcTime not_before,
                                UtcTime now) = 0;
  virtual Result<void> settle(ChunkId chunk, const ExchangeRecord& exchange, const JobEnd& end,
                              UtcTime now) = 0;
  // How many other chunks may have carried this record to the service: decides what 806 means, and
  // when trying again has an end.
  virtual Result<int> times_sent_before(RecordId record, ChunkId current) = 0;

  // On start: every sending chunk becomes unconfirmed. Returns how many.
  virtual Result<std::size_t> recover_sending(UtcTime now) = 0;
};

}  // namespace devicebatch::ledger
