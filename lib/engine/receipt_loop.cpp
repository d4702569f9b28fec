#include "engine/receipt_loop.hpp"

#include <algorithm>

namespace devicebatch::engine {
namespace {

template <class T>
using Verb = std::function<Result<T>(ledger::Ledger&)>;

constexpr std::size_t kSubmissionsAtOnce = 500;
// After a full disk or a missing folder: soon enough for the line, seldom enough for the log.
constexpr std::chrono::seconds kRetryDelay{5};

}  // namespace

ReceiptLoop::ReceiptLoop(Context& context, std::map<std::string, Source*> sources)
    : context_(context),
      sources_(std::move(sources)),
      ledger_(context.ledger_thread, context.log),
      changed_(context.loop.get_executor()) {}

void ReceiptLoop::stop() {
  is_stopping_ = true;
  changed_.raise();
}

asio::awaitable<std::vector<ledger::SubmissionSummary>> ReceiptLoop::load_settled() {
  using Summaries = std::vector<ledger::SubmissionSummary>;
  Verb<Summaries> read = [](ledger::Ledger& verbs) -> Result<Summaries> {
    Result<std::vector<SubmissionId>> ids =
        verbs.receipts().settled_submissions(kSubmissionsAtOnce);
    if (!ids) return fail(std::move(ids.error()));
    Summaries summaries;
    for (const SubmissionId id : *ids) {
      Result<ledger::SubmissionSummary> summary = verbs.receipts().summary(id);
      if (!summary) return fail(std::move(summary.error()));
      summaries.push_back(std::move(*summary));
    }
    return summaries;
  };
  Summaries settled = co_await ledger_.keep<Summaries>(read);
  co_return settled;
}

// True when at least one was ended, so that asking for more makes sense at once.
asio::awaitable<bool> ReceiptLoop::end_all(std::vector<ledger::SubmissionSummary> settled) {
  bool has_progress = false;
  for (auto& [name, source] : sources_) {
    std::vector<ledger::SubmissionSummary> of_source;
    std::copy_if(settled.begin(), settled.end(), std::back_inserter(of_source),
                 [&name = name](const ledger::SubmissionSummary& summary) {
                   return summary.source == name;
                 });
    if (of_source.empty() || !source->folder) continue;
    const Source& at_work = *source;  // a structured binding cannot be captured by every compiler
    Result<void> ended;
    std::function<void()> work = [&] { ended = write_receipts(context_, at_work, of_source); };
    co_await run_on_worker(context_.workers, work);
    has_progress = has_progress || ended.has_value();
    if (ended) continue;
    log(context_.log, LogLevel::error, "receipts.failed", ended.error().message(),
        {{"source", name}, {"reason", to_string(ended.error().code())}});
  }
  co_return has_progress;
}

asio::awaitable<void> ReceiptLoop::run() {
  while (!is_stopping_) {
    std::vector<ledger::SubmissionSummary> settled = co_await load_settled();
    const bool has_work = !settled.empty();
    const bool has_progress = co_await end_all(std::move(settled));
    if (has_progress) continue;
    std::optional<std::chrono::milliseconds> pause;
    if (has_work) pause = kRetryDelay;
    co_await changed_.wait_for(pause);
  }
}

}  // namespace devicebatch::engine
