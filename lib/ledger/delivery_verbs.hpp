// ledger/delivery_verbs.hpp - from pending records to a verdict of the service.
//
// States:    a chunk is planned -> sending -> submitted -> settled, with unconfirmed for a POST
//            whose fate is unknown (docs/architecture.md, "Life of a chunk"). Its members, kind and
//            request id never change; its body is rebuilt from them and must have the digest of the
//            first attempt. An unconfirmed chunk asks again under its own id (Inquiry::resend) or
//            is looked for in the listing of its batch (Inquiry::look), which it never leaves
//            again.
#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/sha256.hpp"
#include "base/uuid.hpp"
#include "record/device.hpp"
#include "record/verdict.hpp"

#include <array>
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
enum class Inquiry { resend = 0, look = 1 };
// Does the service take an upload once that comes twice under one id? Learned per account.
enum class Honours { unknown = 0, yes = 1, no = 2 };
std::string_view to_string(ChunkState state);
std::string_view to_string(ChunkKind kind);
std::string_view to_string(BatchPresence presence);
std::string_view to_string(Inquiry inquiry);
std::string_view to_string(Honours honours);

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
  // Learned from a 413: the most that one request may carry. 0: nothing learned.
  std::size_t learned_devices = 0;
  std::size_t learned_bytes = 0;
};

// One partner account: what all of its destinations share.
struct AccountRow {
  std::string name;
  std::string paused_code;  // empty: not paused
  std::string paused_reason;
  UtcTime paused_at{};
  UtcTime throttled_until{};
  Honours honours = Honours::unknown;
  int concurrency = 0;  // the limit last in force; 0: none yet
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
  int attempts = 0;          // numbers its POSTs
  int failures = 0;          // of those, the latest in a row that failed by themselves
  UtcTime failing_since{};   // the first of them; never set by trouble with authentication
  bool had_unknown = false;  // a POST before the latest may have had an effect
  Inquiry inquiry = Inquiry::resend;
  UtcTime unknown_since{};  // end of the latest POST whose fate is unknown
  int looks = 0;            // listings compared so far
  int polls = 0;
  UtcTime not_before{};    // of the next attempt, look or poll
  UtcTime submitted_at{};  // first time the service accepted it
  Uuid tracking_id;
  bool is_stalled = false;
  std::string last_error;
  ChunkId split_from;  // the chunk it was cut from
};

// What an HTTP exchange left behind, kept with the attempt.
struct ExchangeRecord {
  int http_status = 0;  // 0: no reply
  std::string request_id;
  std::string correlation_id;
  std::string cv;
  std::string server_id;
  std::string date;
  std::string error;             // what was wrong, or empty; at most 2 KB
  int tries = 1;                 // requests sent within one attempt
  bool had_unknown_try = false;  // one of them, before the last, may have had an effect
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
  std::string device_id;  // the service's, when it told
};

// How an attempt went wrong.
enum class FailureKind {
  no_effect,    // for sure
  unknown,      // it may have had one
  turned_away,  // authentication or a closed door: no attempt is counted, nothing gets older
};
struct AttemptFailure {
  FailureKind kind = FailureKind::unknown;
  Inquiry inquiry = Inquiry::resend;  // look sticks
  UtcTime not_before{};
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

// A record that a person must decide about: it waits until it is released or cancelled.
struct HeldRecord {
  RecordId record;
  std::string code;
  std::string message;
  std::string fix;
};

// What a job's end, or a look at its batch, says. Together the lists name every open member of the
// chunk exactly once: one without a verdict that no later chunk and no queue has taken over.
struct JobEnd {
  std::vector<DeviceOutcome> outcomes;
  std::vector<Requeue> requeue;
  std::vector<HeldRecord> held;
  // Nobody answered for these: the chunk stays, unconfirmed, and is looked for at `next_look`.
  std::vector<RecordId> unanswered;
  UtcTime next_look{};
};

// A member without a verdict, as a listing could name it.
struct OpenMember {
  RecordId record;
  std::string serial;
  std::string pkid;
  std::string device_id;  // known from an earlier registration; mostly empty
};

// What went before for one record of a chunk.
struct RecordPast {
  int times_sent_before = 0;  // other chunks that may have carried it to the service
  // Of any chunk, this one included, but for those before a person had it tried again.
  UtcTime first_sent_at{};
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
  // 0 leaves a bound as it is; smaller ones stay.
  virtual Result<void> learn_size(DestinationId destination, std::size_t devices,
                                  std::size_t bytes) = 0;

  // An account nobody wrote about is one with nothing in it.
  virtual Result<AccountRow> account(std::string_view name) = 0;
  virtual Result<void> pause_account(std::string_view name, std::string_view code,
                                     std::string_view reason, UtcTime now) = 0;
  virtual Result<void> resume_account(std::string_view name) = 0;
  // Only ever later, never earlier.
  virtual Result<void> throttle_account(std::string_view name, UtcTime until) = 0;
  virtual Result<void> learn_honours(std::string_view name, Honours honours) = 0;
  virtual Result<void> record_concurrency(std::string_view name, int limit) = 0;

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
  virtual Result<std::vector<OpenMember>> open_members(ChunkId chunk) = 0;
  // Chunks of a destination that are planned, sending or unconfirmed, oldest first.
  virtual Result<std::vector<ChunkRow>> unsent_chunks(DestinationId destination) = 0;
  // Submitted chunks by the time of their next poll.
  virtual Result<std::vector<ChunkRow>> jobs_due(UtcTime now, std::size_t at_most) = 0;
  virtual Result<std::optional<UtcTime>> next_poll_at() = 0;
  virtual Result<std::size_t> open_jobs() = 0;
  // No job of the destination is due before then.
  virtual Result<void> postpone_jobs(DestinationId destination, UtcTime until) = 0;

  // Committed before the first byte leaves: state sending, attempts + 1. Errc::corrupt when the
  // digest differs from that of an earlier attempt (promise I5).
  virtual Result<void> begin_attempt(ChunkId chunk, const AttemptStart& start, UtcTime now) = 0;
  virtual Result<void> attempt_submitted(ChunkId chunk, const ExchangeRecord& exchange,
                                         const Uuid& tracking_id, UtcTime next_poll,
                                         UtcTime now) = 0;
  // Planned again, or unconfirmed when this attempt or an earlier one may have had an effect.
  virtual Result<void> attempt_failed(ChunkId chunk, const ExchangeRecord& exchange,
                                      const AttemptFailure& failure, UtcTime now) = 0;
  // A definite no to the whole: the chunk ends, and two planned ones of its kind take over, the
  // first `first_half` members and the rest, each under its own request id. Errc::corrupt for a
  // chunk that may have had an effect.
  virtual Result<void> attempt_split(ChunkId chunk, const ExchangeRecord& exchange,
                                     std::size_t first_half, const std::array<Uuid, 2>& request_ids,
                                     UtcTime now) = 0;
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
  // The service does not know the tracking id any more: unconfirmed, to be looked for.
  virtual Result<void> job_lost(ChunkId chunk, const ExchangeRecord& exchange, UtcTime not_before,
                                UtcTime now) = 0;
  // The end of a job, or the result of a look at an unconfirmed chunk; `exchange` is kept as the
  // latest poll.
  virtual Result<void> settle(ChunkId chunk, const ExchangeRecord& exchange, const JobEnd& end,
                              UtcTime now) = 0;
  // Decides what 806 means, and when trying again has an end.
  virtual Result<RecordPast> past_of(RecordId record, ChunkId current) = 0;

  // After the wall clock went back: what waits until after `latest`, chunks, jobs and throttled
  // accounts, waits no longer. Requeued records keep their time: some wait for days.
  virtual Result<void> end_waits_beyond(UtcTime latest, UtcTime now) = 0;

  // On start: every sending chunk becomes unconfirmed. Returns how many.
  virtual Result<std::size_t> recover_sending(UtcTime now) = 0;
};

}  // namespace devicebatch::ledger
