// ledger/operators/record_line.hpp - where a record is, and all that an operator sees of it.
//
// Lifecycle: one for each verb: it remembers submissions, whose state may change.
// Errors:    kept by the connection.
#pragma once

#include "ledger/operator_verbs.hpp"
#include "ledger/sqlite/connection.hpp"
#include "ledger/store/record_row.hpp"

#include <unordered_map>

namespace devicebatch::ledger {

// The code of what a person gave up, which is no dead letter.
inline constexpr std::string_view kCancelledCode = "operator.cancelled";

struct RecordPlace {
  RecordStage stage = RecordStage::waiting;
  UtcTime not_before{};  // of one that is queued again
};

class RecordLines {
 public:
  // The submission of a record.
  struct Origin {
    DestinationId destination;
    bool has_routes = false;  // some of its records go elsewhere
    SubmissionState state = SubmissionState::seen;
    Uuid uuid;
    std::string name;
  };

  explicit RecordLines(Connection& db) : db_(db) {}

  const Origin& origin_of(SubmissionId submission);
  DestinationId destination_of(RecordId record, SubmissionId submission);
  RecordPlace place_of(const RecordRow& record);
  RecordLine line_of(RecordRow&& record);

 private:
  void add_words(const RecordRow& record, RecordLine& line);

  Connection& db_;
  std::unordered_map<std::int64_t, Origin> origins_;
};

}  // namespace devicebatch::ledger
