// The stable words of the stored states, for logs, JSON and people.
#include "ledger/delivery_verbs.hpp"
#include "ledger/intake_verbs.hpp"
#include "ledger/operator_verbs.hpp"

namespace devicebatch::ledger {

std::string_view to_string(SubmissionState state) {
  switch (state) {
    case SubmissionState::seen:
      return "seen";
    case SubmissionState::claimed:
      return "claimed";
    case SubmissionState::ingesting:
      return "ingesting";
    case SubmissionState::pending:
      return "pending";
    case SubmissionState::finished:
      return "finished";
  }
  return "unknown";
}

std::string_view to_string(ChunkState state) {
  switch (state) {
    case ChunkState::planned:
      return "planned";
    case ChunkState::sending:
      return "sending";
    case ChunkState::unconfirmed:
      return "unconfirmed";
    case ChunkState::submitted:
      return "submitted";
    case ChunkState::settled:
      return "settled";
  }
  return "unknown";
}

std::string_view to_string(ChunkKind kind) {
  return kind == ChunkKind::create ? "create" : "append";
}

std::string_view to_string(BatchPresence presence) {
  switch (presence) {
    case BatchPresence::unknown:
      return "unknown";
    case BatchPresence::absent:
      return "absent";
    case BatchPresence::present:
      return "present";
  }
  return "unknown";
}

std::string_view to_string(Inquiry inquiry) {
  return inquiry == Inquiry::resend ? "resend" : "look";
}

std::string_view to_string(Honours honours) {
  switch (honours) {
    case Honours::unknown:
      return "unknown";
    case Honours::yes:
      return "yes";
    case Honours::no:
      return "no";
  }
  return "unknown";
}

std::string_view to_string(Resolution resolution) {
  switch (resolution) {
    case Resolution::keep:
      return "keep";
    case Resolution::send:
      return "send";
    case Resolution::drop:
      return "drop";
  }
  return "unknown";
}

std::optional<Resolution> parse_resolution(std::string_view word) {
  for (const Resolution one : {Resolution::keep, Resolution::send, Resolution::drop}) {
    if (word == to_string(one)) return one;
  }
  return std::nullopt;
}

std::string_view to_string(RecordStage stage) {
  switch (stage) {
    case RecordStage::arriving:
      return "arriving";
    case RecordStage::waiting:
      return "waiting";
    case RecordStage::held:
      return "held";
    case RecordStage::planned:
      return "planned";
    case RecordStage::sending:
      return "sending";
    case RecordStage::unconfirmed:
      return "unconfirmed";
    case RecordStage::submitted:
      return "submitted";
    case RecordStage::finished:
      return "finished";
  }
  return "unknown";
}

}  // namespace devicebatch::ledger
