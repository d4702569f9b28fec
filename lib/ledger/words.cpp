// The stable words of the stored states, for logs, JSON and people.
#include "ledger/delivery_verbs.hpp"
#include "ledger/intake_verbs.hpp"

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

}  // namespace devicebatch::ledger
