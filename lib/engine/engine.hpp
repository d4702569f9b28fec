// engine/engine.hpp - everything that runs, started and stopped together.
//
// Lifecycle: prepare() once, then run() until drain() or a failure; the object outlives the
//            io_context's run().
// Threading: the loop's thread.
// Errors:    prepare() hands back what an operator must fix; later faults are logged and waited
//            out, and a ledger that cannot be used leaves run() as LedgerBroken.
#pragma once

#include "engine/delivery/delivery.hpp"
#include "engine/intake_loop.hpp"
#include "engine/queue/queues.hpp"
#include "engine/receipt_loop.hpp"

#include <memory>

namespace devicebatch::engine {

class Engine {
 public:
  explicit Engine(Context& context);
  ~Engine();

  // Opens the folders, registers the destinations, recovers what a stop left behind.
  asio::awaitable<Result<void>> prepare();
  // Starts every loop.
  void run();
  // Stops taking work; `ended` is called when nothing is under way any more.
  void drain(std::function<void()> ended);

  // New secrets may be there, and a person may have acted: forget token failures and lift pauses
  // that authentication trouble caused.
  asio::awaitable<void> retry_authentication() { return delivery_.retry_authentication(); }

  // Looks into every folder at once, and asks every destination for its next step.
  void wake_up();
  // Nothing waits in any folder.
  bool is_quiet() const;

  Delivery& delivery() { return delivery_; }
  const Queues& queues() const { return queues_; }
  Source* source(std::string_view name);
  IntakeLoop* intake(std::string_view source_name);
  Destination* destination(std::string_view name) { return delivery_.destination(name); }
  Destination* destination(DestinationId id) { return delivery_.destination(id); }

  // A person changed records, chunks or pauses: everybody looks again.
  void changed_by_hand();
  // A submission was accepted or resumed for this destination.
  void accepted(Destination& destination);

 private:
  void make_loops();
  void loop_started();
  void loop_ended();

  Context& context_;
  Wakeup settled_;
  Delivery delivery_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<std::unique_ptr<IntakeLoop>> intakes_;
  Queues queues_;
  std::unique_ptr<ReceiptLoop> receipts_;
  std::size_t running_ = 0;
  std::function<void()> ended_;
};

}  // namespace devicebatch::engine
