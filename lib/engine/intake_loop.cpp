#include "engine/intake_loop.hpp"

#include "base/limits.hpp"
#include "base/text.hpp"
#include "engine/async.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

namespace devicebatch::engine {
namespace {

// Larger files are taken one by one, so that small ones do not wait for them.
constexpr std::uint64_t kLargeFile = 4 << 20;
// A burst of events is one look.
constexpr std::chrono::milliseconds kLooksApart{20};
constexpr std::chrono::milliseconds kRetryDelay{1'000};
// Names of links, pipes and the like that are said once and remembered.
constexpr std::size_t kNamesNoted = 1'000;
// An archive is thinned out seldom, and not while the service starts.
constexpr std::chrono::minutes kPruneFirst{1};
constexpr std::chrono::hours kPruneEvery{1};

std::deque<std::vector<spool::Sighting>> cut(std::span<spool::Sighting> files, std::size_t size) {
  std::deque<std::vector<spool::Sighting>> groups;
  for (std::size_t begin = 0; begin < files.size(); begin += size) {
    const auto group = files.subspan(begin, std::min(size, files.size() - begin));
    groups.emplace_back(std::make_move_iterator(group.begin()),
                        std::make_move_iterator(group.end()));
  }
  return groups;
}

}  // namespace

IntakeLoop::IntakeLoop(Context& context, Source& source, std::function<void()> accepted)
    : context_(context),
      source_(source),
      accepted_(std::move(accepted)),
      looks_(context, source),
      changed_(context.loop.get_executor()),
      lane_ended_(context.loop.get_executor()) {}

void IntakeLoop::stop() {
  is_stopping_ = true;
  if (watched_) watched_->cancel();
  changed_.raise();
}

asio::awaitable<bool> IntakeLoop::has_claims() {
  bool has_some = false;
  std::function<void()> ask = [&] {
    const Result<void> asked =
        context_.ledger_queue.run([&](ledger::Ledger& ledger) -> Result<void> {
          Result<std::vector<ledger::IntakeRow>> rows = ledger.intake().unfinished_intake();
          if (!rows) return fail(std::move(rows.error()));
          // Those that are only `seen` may have been renamed before somebody could say so.
          has_some = std::ranges::any_of(*rows, [this](const ledger::IntakeRow& row) {
            return row.source == source_.config.name;
          });
          return {};
        });
    (void)asked;  // a ledger in trouble is told about by whoever needs it
  };
  co_await run_on_worker(context_.workers, ask);
  co_return has_some;
}

asio::awaitable<Result<void>> IntakeLoop::prepare() {
  spool::FolderOptions options = folder_options(source_.config);
  options.must_be_known = co_await has_claims();
  Result<void> opened;
  std::function<void()> open = [&] {
    Result<spool::DropFolder> folder = spool::DropFolder::open(source_.config.path, options);
    if (folder) {
      source_.folder = std::make_shared<const spool::DropFolder>(std::move(*folder));
    } else {
      opened = fail(std::move(folder), "source " + source_.config.name);
    }
  };
  co_await run_on_worker(context_.workers, open);
  if (!opened) co_return opened;
  if (next_prune_ == MonoTime()) next_prune_ = context_.clock.now_mono() + kPruneFirst;
  if (!source_.config.network) start_watching();
  needs_resume_ = true;
  co_return opened;
}

void IntakeLoop::start_watching() {
  if (watched_) watched_->cancel();
  Result<spool::WatchHint> hint = spool::WatchHint::open(source_.config.path);
  if (!hint) {
    log(context_.log, LogLevel::warning, "folder.not_watched", hint.error().message(),
        {{"source", source_.config.name}, {"rescan_ms", source_.config.rescan.count()}});
    return;
  }
  hint_ = std::make_shared<spool::WatchHint>(std::move(*hint));
  // The descriptor object closes what it is given: it gets a duplicate of its own.
  watched_ =
      std::make_shared<asio::posix::stream_descriptor>(context_.loop, dup(hint_->descriptor()));
  spawn(context_.loop, watch(hint_));
}

asio::awaitable<void> IntakeLoop::watch(std::shared_ptr<spool::WatchHint> hint) {
  // Kept here: the next folder gets a watch of its own.
  const std::shared_ptr<asio::posix::stream_descriptor> watched = watched_;
  asio::posix::stream_descriptor& descriptor = *watched;
  constexpr auto token = asio::as_tuple(asio::use_awaitable);
  while (!is_stopping_) {
    const auto [error] =
        co_await descriptor.async_wait(asio::posix::descriptor_base::wait_read, token);
    if (error) co_return;
    const spool::WatchHint::Drained drained = hint->drain();
    if (drained.saw_anything) cause_ = "hint";
    if (drained.overflowed) cause_ = "overflow";
    if (drained.folder_gone) {
      is_folder_lost_ = true;
      changed_.raise();
      co_return;
    }
    if (drained.saw_anything || drained.overflowed) changed_.raise();
  }
}

asio::awaitable<Look> IntakeLoop::look() {
  Look seen;
  const MonoTime now = context_.clock.now_mono();
  is_looking_ = true;
  std::function<void()> work = [&] {
    seen = looks_.look(now);
    // Made by an operator, maybe just now; where there is none, nothing happens.
    if (hint_) (void)hint_->watch_also(source_.config.path + "/urgent");
  };
  co_await run_on_worker(context_.workers, work);
  look_ended();
  context_.observer.folder_listed(source_.config.name, cause_);
  context_.observer.files_waiting(source_.config.name, looks_.waiting());
  last_look_ = context_.clock.now_mono();
  cause_ = "timer";
  co_return seen;
}

asio::awaitable<void> IntakeLoop::run() {
  while (!is_stopping_) {
    if (is_folder_lost_) co_await reopen();
    if (!is_folder_lost_) co_await work_once();
    if (is_stopping_) break;
    const MonoTime now = context_.clock.now_mono();
    const bool is_new_loss = is_folder_lost_ && now - reopened_at_ > kRetryDelay;
    if (is_new_loss || !arriving_.empty()) continue;
    const std::optional<std::chrono::milliseconds> pause = until_next_look();
    co_await changed_.wait_for(pause);
    const auto since = context_.clock.now_mono() - last_look_;
    if (since < kLooksApart && !is_stopping_) {
      const std::optional<std::chrono::milliseconds> apart = kLooksApart;
      co_await changed_.wait_for(apart);
    }
  }
  refuse_arrivals(Error(Errc::cancelled, "the service is stopping"));
}

// Another folder may be there by now, or the same one mounted again.
asio::awaitable<void> IntakeLoop::reopen() {
  Result<void> opened = co_await prepare();
  reopened_at_ = context_.clock.now_mono();
  is_folder_lost_ = !opened;
  if (opened) {
    accepted_();  // results may wait for the folder
    co_return;
  }
  folder_failed(opened.error());
  refuse_arrivals(opened.error());
}

asio::awaitable<void> IntakeLoop::work_once() {
  if (needs_resume_) co_await resume();
  co_await take_arrivals();
  Look seen = co_await look();
  if (seen.error) {
    // Opening it again tells what is wrong, and what to do; unless that has just worked.
    is_folder_lost_ = true;
    is_quiet_ = false;
    if (context_.clock.now_mono() - reopened_at_ <= kRetryDelay) folder_failed(*seen.error);
    co_return;
  }
  folder_works();
  note_look(seen);
  const bool took = !seen.ready.empty();
  has_more_ = took;
  if (took) co_await take(std::move(seen.ready));
  is_quiet_ = looks_.waiting() == 0 && !needs_resume_ && !has_more_;
  if (context_.clock.now_mono() >= next_prune_) co_await prune();
}

std::chrono::milliseconds IntakeLoop::until_next_look() const {
  std::chrono::milliseconds pause = source_.config.rescan;
  if (is_folder_lost_ || needs_resume_) pause = std::min(pause, kRetryDelay);
  if (has_more_) pause = kLooksApart;
  if (is_folder_lost_) return kRetryDelay;
  if (const auto next = looks_.next_look()) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(*next - context_.clock.now_mono());
    pause = std::min(pause, std::max(left, std::chrono::milliseconds(0)));
  }
  return pause;
}

// Once for each thing that is wrong, however often it is tried.
void IntakeLoop::folder_failed(const Error& error) {
  is_folder_lost_ = true;
  if (told_trouble_ == error.message()) return;
  told_trouble_ = error.message();
  log(context_.log, LogLevel::error, "folder.unusable", error.message(),
      {{"source", source_.config.name}, {"reason", to_string(error.code())}});
}

void IntakeLoop::folder_works() {
  if (told_trouble_.empty()) return;
  told_trouble_.clear();
  log(context_.log, LogLevel::info, "folder.usable", "the drop folder can be used again",
      {{"source", source_.config.name}});
}

asio::awaitable<void> IntakeLoop::take(std::vector<spool::Sighting> ready) {
  const auto others = std::ranges::find_if_not(ready, &spool::Sighting::is_urgent);
  std::vector<spool::Sighting> rest(std::make_move_iterator(others),
                                    std::make_move_iterator(ready.end()));
  ready.erase(others, ready.end());
  co_await take_part(std::move(ready));
  co_await take_part(std::move(rest));
}

asio::awaitable<void> IntakeLoop::take_part(std::vector<spool::Sighting> ready) {
  // Small files share their commits; large ones follow one by one.
  const auto large = std::stable_partition(
      ready.begin(), ready.end(),
      [](const spool::Sighting& file) { return file.state.bytes <= kLargeFile; });
  Groups small_files = cut(std::span(ready.begin(), large), limits::kFilesPerClaim);
  Groups large_files = cut(std::span(large, ready.end()), 1);
  ready.clear();
  if (small_files.size() > 1) {
    co_await take_in_two_lanes(small_files);
  } else {
    co_await take_groups(small_files);
  }
  co_await take_groups(large_files);
}

asio::awaitable<void> IntakeLoop::take_groups(Groups& groups) {
  while (!groups.empty() && !is_stopping_) {
    std::vector<spool::Sighting> group = std::move(groups.front());
    groups.pop_front();
    co_await take_group(std::move(group));
    if (!is_taking_urgent_ && !groups.empty()) co_await take_urgent();
  }
}

asio::awaitable<void> IntakeLoop::take_urgent() {
  is_taking_urgent_ = true;
  is_looking_ = true;
  Look seen;
  const MonoTime now = context_.clock.now_mono();
  std::function<void()> work = [&] { seen = looks_.look_urgent(now); };
  co_await run_on_worker(context_.workers, work);
  look_ended();
  if (!seen.ready.empty()) co_await take_group(std::move(seen.ready));
  is_taking_urgent_ = false;
}

// While one group waits for the ledger, or has its acknowledgements written, another is read.
asio::awaitable<void> IntakeLoop::take_in_two_lanes(Groups& groups) {
  bool has_other_ended = false;
  const auto other_ended = [&] {
    has_other_ended = true;
    lane_ended_.raise();
  };
  spawn(context_.loop, take_groups(groups), other_ended);
  co_await take_groups(groups);
  const std::optional<std::chrono::milliseconds> for_ever;
  while (!has_other_ended) co_await lane_ended_.wait_for(for_ever);
}

asio::awaitable<void> IntakeLoop::take_group(std::vector<spool::Sighting> group) {
  TakeResult result;
  std::function<void()> work = [&] { result = FileTaker(context_, source_).take(group); };
  co_await run_on_worker(context_.workers, work);
  note_result(result);
  note_claims(result);
}

asio::awaitable<void> IntakeLoop::resume() {
  needs_resume_ = false;
  TakeResult result;
  std::function<void()> work = [&] {
    const FileTaker taker(context_, source_);
    result = taker.resume();
    taker.return_strays(result);
  };
  co_await run_on_worker(context_.workers, work);
  note_result(result);
}

asio::awaitable<Result<void>> IntakeLoop::accept(
    Arrival arrival, std::unique_ptr<spool::DropFolder::Inbound> inbound) {
  const auto executor = context_.loop.get_executor();
  std::shared_ptr<Arriving> waiting(
      new Arriving{std::move(arrival), std::move(inbound), std::nullopt, Wakeup(executor)});
  if (is_stopping_) co_return fail(Errc::cancelled, "the service is stopping");
  arriving_.push_back(waiting);
  changed_.raise();
  const std::optional<std::chrono::milliseconds> until_decided;
  while (!waiting->accepted) co_await waiting->decided.wait_for(until_decided);
  co_return std::move(*waiting->accepted);
}

asio::awaitable<void> IntakeLoop::take_arrivals() {
  while (!arriving_.empty()) {
    const std::shared_ptr<Arriving> next = arriving_.front();
    arriving_.pop_front();
    Result<void> accepted;
    std::function<void()> work = [&] {
      accepted = FileTaker(context_, source_).accept(next->arrival, *next->inbound);
    };
    co_await run_on_worker(context_.workers, work);
    if (accepted) {
      accepted_();
    } else {
      needs_resume_ = true;  // what was claimed is picked up with the next look
    }
    next->accepted = std::move(accepted);
    next->decided.raise();
  }
}

void IntakeLoop::refuse_arrivals(const Error& why) {
  for (const std::shared_ptr<Arriving>& waiting : arriving_) {
    waiting->accepted = fail(Error(why));
    waiting->decided.raise();
  }
  arriving_.clear();
}

void IntakeLoop::note_result(const TakeResult& result) {
  if (result.last_error) {
    // The ledger knows what was stored before the fault, or in spite of it.
    needs_resume_ = true;
    log(context_.log, LogLevel::error, "intake.failed", result.last_error->message(),
        {{"source", source_.config.name},
         {"reason", to_string(result.last_error->code())},
         {"interrupted", result.interrupted}});
  }
  if (result.accepted > 0 || result.last_error) accepted_();
}

void IntakeLoop::note_claims(TakeResult& result) {
  // What earlier looks saw belongs to the worker for so long.
  if (is_looking_) {
    unnoted_.push_back(std::move(result));
    return;
  }
  const MonoTime now = context_.clock.now_mono();
  for (const spool::Sighting& file : result.claimed) looks_.claimed(file);
  for (const TakeResult::Refused& each : result.refused) {
    // Nothing in it can be claimed: opening the folder tells why.
    const int number = each.why.native();
    if (number == EROFS || number == ESTALE || number == EIO) is_folder_lost_ = true;
    if (const auto notice = looks_.refused(each.file, each.why, now)) note(*notice);
  }
}

void IntakeLoop::look_ended() {
  is_looking_ = false;
  for (TakeResult& result : std::exchange(unnoted_, {})) note_claims(result);
}

void IntakeLoop::note_look(const Look& seen) {
  // What went away is new when it comes again.
  const std::set<std::string_view> odd(seen.listing.odd.begin(), seen.listing.odd.end());
  std::erase_if(noted_names_, [&](const std::string& name) { return !odd.contains(name); });
  for (const std::string& name : seen.listing.odd) {
    if (noted_names_.size() >= kNamesNoted || !noted_names_.insert(name).second) continue;
    note({"file.odd", name, "not a regular file: left where it is; only files are taken"});
  }
  for (const Notice& notice : seen.notices) note(notice);
}

void IntakeLoop::note(const Notice& notice) {
  log(context_.log, LogLevel::warning, notice.event, notice.message,
      {{"source", source_.config.name}, {"file", printable(notice.name)}});
}

asio::awaitable<void> IntakeLoop::prune() {
  next_prune_ = context_.clock.now_mono() + kPruneEvery;
  bool has_more = false;
  std::function<void()> work = [&] {
    for (const spool::Place place : spool::kAllPlaces) {
      const spool::RetentionRule rule = retention_rule(source_.config, place);
      const UtcTime now = context_.clock.now_utc();
      const Result<spool::Pruned> pruned = source_.folder->prune(place, rule, now);
      const std::string folder(spool::folder_name(place));
      if (!pruned) {
        log(context_.log, LogLevel::warning, "archive.not_pruned", pruned.error().message(),
            {{"source", source_.config.name}, {"folder", folder}});
      } else if (pruned->files > 0) {
        has_more = has_more || pruned->has_more;
        log(context_.log, LogLevel::info, "archive.pruned", "",
            {{"source", source_.config.name},
             {"folder", folder},
             {"submissions", pruned->files},
             {"bytes", pruned->bytes}});
      }
    }
  };
  co_await run_on_worker(context_.workers, work);
  if (has_more) next_prune_ = context_.clock.now_mono() + kPruneFirst;
}

}  // namespace devicebatch::engine
