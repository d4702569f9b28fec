#include "engine/receipt_loop.hpp"

#include <algorithm>

namespace devicebatch::engine {
namespace {

template <class T>
using Verb = std::function<Result<T>(ledger::Ledger&)>;

constexpr std::size_t kSubmissionsAtOnce = 500;
// After a full disk or a missing folder: soon enough for the line, seldom enough for the log.
constexpr std::chrono::seconds kRetryDelay{5};
// Without work, or with submissions of a source that is no longer in the settings.
constexpr std::chrono::minutes kLongestWait{5};

struct EndResult {
  std::size_t ended = 0;
  std::optional<Error> last_error;
};

// All together, or one by one when that fails, so that one bad file does not hold up the others.
EndResult end_each(Context& context, const Source& source,
                   std::span<const ledger::SubmissionSummary> submissions) {
  EndResult result;
  Result<void> all = write_receipts(context, source, submissions);
  if (all) {
    result.ended = submissions.size();
    return result;
  }
  result.last_error = std::move(all.error());
  if (submissions.size() == 1) return result;
  for (const ledger::SubmissionSummary& submission : submissions) {
    Result<void> one = write_receipts(context, source, {&submission, 1});
    if (one) {
      ++result.ended;
    } else {
      result.last_error = std::move(one.error());
    }
  }
  return result;
}

}  // namespace

ReceiptLoop::ReceiptLoop(Context& context, std::map<std::string, Source*> sources, Wakeup& changed)
    : context_(context),
      sources_(std::move(sources)),
      ledger_(context.ledger_queue, context.log),
      changed_(changed) {}

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
    const Source at_work = *source;  // a copy: the source's own loop may open its folder anew
    EndResult result;
    std::function<void()> work = [&] { result = end_each(context_, at_work, of_source); };
    co_await run_on_worker(context_.workers, work);
    has_progress = has_progress || result.ended > 0;
    if (result.ended > 0 && ended_) ended_();
    if (!result.last_error) continue;
    log(context_.log, LogLevel::error, "receipts.failed", result.last_error->message(),
        {{"source", name}, {"reason", to_string(result.last_error->code())}});
  }
  co_return has_progress;
}

asio::awaitable<void> ReceiptLoop::run() {
  while (!is_stopping_) {
    std::vector<ledger::SubmissionSummary> settled = co_await load_settled();
    const bool has_work = !settled.empty();
    const bool has_only_orphans =
        std::none_of(settled.begin(), settled.end(),
                     [this](const auto& one) { return sources_.contains(one.source); });
    const bool has_progress = co_await end_all(std::move(settled));
    if (has_progress) continue;
    std::optional<std::chrono::milliseconds> pause = kLongestWait;
    if (has_work) pause = kRetryDelay;
    if (has_work && has_only_orphans) {
      pause = kLongestWait;
      log(context_.log, LogLevel::warning, "receipts.no_source",
          "results wait for a source that is not in the settings any more");
    }
    co_await changed_.wait_for(pause);
  }
}

}  // namespace devicebatch::engine
