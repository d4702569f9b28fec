// sim/world.hpp - everything a simulated run is made of, and how it moves.
//
// Lifecycle: step() until is_over() or is_broken(), then check_end().
// Threading: one thread.
#pragma once

#include "fault/sim/simulation.hpp"

namespace devicebatch::sim {

inline constexpr const char* kLedgerPath = "ledger.db";

class World {
 public:
  World(const Scenario& scenario, const MemoryDisk::Image& fresh, const RunOptions& options);
  ~World();

  void step();
  bool is_broken() const { return oracle_.is_broken(); }
  void broken(const std::string& promise, const std::string& how) { oracle_.broken(promise, how); }
  bool is_over() const { return is_over_; }
  std::size_t steps() const { return steps_; }
  // 0 while things still go wrong.
  MonoTime::duration since_calm() const;
  std::string open_work() const;
  void check_end();
  Outcome outcome() const;

 private:
  void plan();
  void start();
  void end(MemoryDisk::Ending ending);
  void end_soon(MemoryDisk::Ending ending);
  void step_process();
  void advance_time();
  bool run_something();
  void apply(const TroublePlan& trouble);
  void apply_spell(const TroublePlan& trouble);
  void apply_moment(const TroublePlan& trouble);
  void operate(const TroublePlan& trouble);
  void change_record(Trouble trouble);
  void pause(bool pauses);
  void release_all();
  void calm_down();
  void tend();
  void drop_fresh_file();
  void look_for_end();
  void in_ledger(const std::function<Result<void>(ledger::Ledger&)>& verb);
  void tell(const std::string& what) const;

  const Scenario& scenario_;
  RunOptions options_;
  std::vector<FilePlan> files_;
  VirtualClock clock_;
  Agenda agenda_;
  Dice disk_dice_;
  Dice network_dice_;
  Dice server_dice_;
  Dice schedule_dice_;
  Dice process_dice_;
  MemoryDisk disk_;
  SimFolder folder_;
  SimServer server_;
  Oracle oracle_;
  SimNetwork network_;
  IntakeWorld intake_world_;
  ProcessWorld process_world_;
  std::unique_ptr<Process> process_;

  MemoryDisk::Ending ending_ = MemoryDisk::Ending::crash;  // when the disk dies under the process
  bool ends_at_post_ = false;
  bool ends_at_receipt_ = false;
  bool has_io_failed_ = false;
  std::optional<MonoTime> start_at_;
  std::optional<MonoTime> calm_since_;
  std::optional<MonoTime> fresh_since_;
  MonoTime looked_at_{};   // when the end was last looked for
  bool has_news_ = false;  // time must not move yet
  bool is_over_ = false;
  std::size_t steps_ = 0;
  std::size_t steps_without_time_ = 0;
  std::size_t crashes_ = 0;
  std::size_t power_losses_ = 0;
};

}  // namespace devicebatch::sim
