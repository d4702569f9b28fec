// What goes wrong in a simulated world, and how it gets well again.
#include "fault/sim/world.hpp"

namespace devicebatch::sim {
namespace {

using namespace std::chrono_literals;

const ledger::Actor kOperator{"operator (1000)", "as simulated"};

}  // namespace

void World::apply(const TroublePlan& trouble) {
  if (calm_since_) return;
  tell("trouble: " + std::string(to_string(trouble.trouble)));
  switch (trouble.trouble) {
    case Trouble::crash:
    case Trouble::power_loss:
      ending_ = trouble.trouble == Trouble::crash ? MemoryDisk::Ending::crash
                                                  : MemoryDisk::Ending::power_loss;
      if (process_) disk_.kill();
      return;
    case Trouble::crash_in_commit:
    case Trouble::power_loss_in_commit:
      ending_ = trouble.trouble == Trouble::crash_in_commit ? MemoryDisk::Ending::crash
                                                            : MemoryDisk::Ending::power_loss;
      if (trouble.detail % 4 != 0) return disk_.kill_in(trouble.detail);
      if (process_) process_->queue().kill_after_commit();
      return;
    case Trouble::crash_at_post:
    case Trouble::power_loss_at_post:
      ending_ = trouble.trouble == Trouble::crash_at_post ? MemoryDisk::Ending::crash
                                                          : MemoryDisk::Ending::power_loss;
      ends_at_post_ = true;
      return;
    case Trouble::power_loss_at_receipt:
      ends_at_receipt_ = true;
      return;
    default:
      apply_spell(trouble);
  }
}

void World::apply_spell(const TroublePlan& trouble) {
  const auto until = [&](std::function<void()> end) { agenda_.in(trouble.lasts, std::move(end)); };
  switch (trouble.trouble) {
    case Trouble::partition:
      network_.is_parted = true;
      return until([this] { network_.is_parted = false; });
    case Trouble::outage:
      server_.is_down = true;
      return until([this] { server_.is_down = false; });
    case Trouble::unauthorized:
      server_.void_tokens();
      return until([this] { server_.void_tokens(); });
    case Trouble::forbidden:
      server_.forbidden_customer = scenario_.settings
                                       .destinations[static_cast<std::size_t>(trouble.detail) %
                                                     scenario_.settings.destinations.size()]
                                       .customer;
      return until([this] { server_.forbidden_customer.clear(); });
    case Trouble::token_refused:
      server_.refuses_credentials = true;
      server_.void_tokens();
      return until([this] { server_.refuses_credentials = false; });
    case Trouble::full_disk:
      disk_.set_full(true);
      return until([this] { disk_.set_full(false); });
    default:
      apply_moment(trouble);
  }
}

void World::apply_moment(const TroublePlan& trouble) {
  switch (trouble.trouble) {
    case Trouble::failing_write:
      return disk_.fail_write_in(trouble.detail);
    case Trouble::failing_sync:
      return disk_.fail_sync_in(trouble.detail);
    case Trouble::clock_back:
      return clock_.jump(-trouble.lasts);
    case Trouble::clock_forth:
      oracle_.wall_clock_jumped();
      return clock_.jump(trouble.lasts);
    default:
      operate(trouble);
  }
}

void World::operate(const TroublePlan& trouble) {
  if (!process_ || !process_->is_prepared()) return;
  switch (trouble.trouble) {
    case Trouble::operator_pause:
      pause(true);
      agenda_.in(trouble.lasts, [this] { pause(false); });
      return;
    case Trouble::operator_hold:
      change_record(trouble.trouble);
      agenda_.in(trouble.lasts, [this] { release_all(); });
      return;
    case Trouble::operator_retry:
      return change_record(trouble.trouble);
    default:
      return process_->retry_authentication();
  }
}

void World::pause(bool pauses) {
  if (!process_ || !process_->is_prepared()) return;
  for (const auto& destination : process_->delivery().destinations()) {
    const DestinationId id = destination->id;
    in_ledger([&](ledger::Ledger& ledger) {
      return pauses ? ledger.delivery().pause(id, engine::kPausedByOperator, "as simulated",
                                              clock_.now_utc())
                    : ledger.delivery().resume(id);
    });
    if (disk_.is_dead()) return;
    destination->changed.raise();
  }
}

// One record that waits is held, or one that failed is tried again.
void World::change_record(Trouble trouble) {
  const bool holds = trouble == Trouble::operator_hold;
  in_ledger([&](ledger::Ledger& ledger) -> Result<void> {
    ledger::RecordFilter filter;
    if (holds) filter.stage = ledger::RecordStage::waiting;
    if (!holds) filter.verdict = Verdict::failed;
    auto page = ledger.operators().records(filter, RecordId(), 50);
    if (!page) return fail(std::move(page.error()));
    if (page->rows.empty()) return {};
    const ledger::RecordLine& line = page->rows[schedule_dice_.below(page->rows.size())];
    tell("operator: " + std::string(holds ? "holds " : "retries ") + line.serial);
    if (holds) return ledger.operators().hold(line.record, kOperator, clock_.now_utc());
    oracle_.receipt_withdrawn(line.submission);
    return ledger.operators().retry(line.record, clock_.now_utc(), kOperator, clock_.now_utc());
  });
  if (process_ && !disk_.is_dead()) process_->delivery().wake_up();
}

void World::release_all() {
  if (!process_ || !process_->is_prepared()) return;
  in_ledger([&](ledger::Ledger& ledger) -> Result<void> {
    ledger::RecordFilter filter;
    filter.stage = ledger::RecordStage::held;
    auto page = ledger.operators().records(filter, RecordId(), 1000);
    if (!page) return fail(std::move(page.error()));
    for (const ledger::RecordLine& line : page->rows) {
      auto released = ledger.operators().release(line.record, kOperator, clock_.now_utc());
      if (!released) return released;
    }
    return {};
  });
  if (process_ && !disk_.is_dead()) process_->delivery().wake_up();
}

void World::calm_down() {
  tell("all trouble ends");
  calm_since_ = clock_.now_mono();
  network_.calm_down();
  server_.calm_down();
  disk_.forget_faults();
  ends_at_post_ = false;
  ends_at_receipt_ = false;
  tend();
}

// An operator who looks in now and then.
void World::tend() {
  if (process_ && process_->is_prepared() && !fresh_since_) {
    process_->retry_authentication();
    pause(false);
    release_all();
  }
  if (!fresh_since_) agenda_.in(5min, [this] { tend(); });
}

}  // namespace devicebatch::sim
