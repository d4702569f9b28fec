// sim/intake_driver.hpp - takes files in and writes receipts, one step at a time.
//
// Purpose:   the verbs of the ledger in the order in which lib/engine uses them, without its file
//            system, so that a crash can come between any two of them.
// Lifecycle: one for each start of the process.
// Threading: one thread.
#pragma once

#include "engine/delivery/delivery.hpp"
#include "record/row_checker.hpp"

#include "fault/sim/oracle.hpp"
#include "fault/sim/sim_folder.hpp"
#include "fault/sim/sim_queue.hpp"

#include <deque>

namespace devicebatch::sim {

// What intake needs of the world around it.
struct IntakeWorld {
  const Scenario& scenario;
  std::vector<FilePlan>& files;
  const Clock& clock;
  SimFolder& folder;
  Oracle& oracle;
  Dice& dice;
  std::function<void(const std::string&)> tell;
  std::function<void()> on_receipt;  // a receipt is there for all to see
};

class IntakeDriver {
 public:
  IntakeDriver(IntakeWorld& world, SimQueue& queue, engine::Delivery& delivery)
      : world_(world), queue_(queue), delivery_(delivery) {}

  // What a start, or trouble, left behind.
  void recover();
  // One step; false: nothing to do now.
  bool advance();
  // When a step that failed is tried again.
  std::optional<MonoTime> next_try() const;
  std::size_t finished() const { return finished_; }

 private:
  enum class Step { rename, note_claim, append, complete, acknowledge };
  struct Task {
    std::size_t file = 0;
    std::string name;
    std::string claim_name;
    Uuid uuid;
    SubmissionId id;
    Step step = Step::rename;
    std::uint64_t last_line = 0;
  };
  bool see_file();
  void take(Task& task);
  Result<void> append_some(Task& task);
  Result<void> complete(Task& task);
  void acknowledge(const Task& task);
  bool write_receipt();
  Result<void> end_submission(const ledger::SubmissionSummary& summary);
  void failed(const Error& error);
  bool recover_row(const ledger::IntakeRow& row);
  record::RecordBatch rows_of(const FilePlan& file, std::uint64_t after_line, std::size_t count);
  template <class T>
  Result<T> ask(std::function<Result<T>(ledger::Ledger&)> verb);

  IntakeWorld& world_;
  SimQueue& queue_;
  engine::Delivery& delivery_;
  std::deque<Task> tasks_;
  bool has_recovered_ = false;
  MonoTime not_before_{};
  std::uint64_t receipts_seen_at_ = ~std::uint64_t{0};
  std::size_t finished_ = 0;
};

}  // namespace devicebatch::sim
