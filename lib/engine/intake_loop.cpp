#include "engine/intake_loop.hpp"

#include "base/limits.hpp"
#include "base/text.hpp"
#include "engine/async.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <unistd.h>

#include <algorithm>

namespace devicebatch::engine {
namespace {

// Files of one listing: bounds memory with 200,000 files in the folder; the rest comes next time.
constexpr std::size_t kFilesPerLook = 20'000;
// Larger files are taken one by one, so that small ones do not wait for them.
constexpr std::uint64_t kLargeFile = 4 << 20;
// A burst of events is one look.
constexpr std::chrono::milliseconds kLooksApart{20};
constexpr std::chrono::milliseconds kRetryDelay{1'000};
// Names of links, pipes and the like that are said once and remembered.
constexpr std::size_t kNamesNoted = 1'000;

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
      readiness_(source.config.settle, source.config.incomplete_timeout),
      changed_(context.loop.get_executor()),
      lane_ended_(context.loop.get_executor()) {}

void IntakeLoop::stop() {
  is_stopping_ = true;
  if (watched_) watched_->cancel();
  changed_.raise();
}

asio::awaitable<Result<void>> IntakeLoop::prepare() {
  Result<void> opened;
  std::function<void()> open = [&] {
    Result<spool::DropFolder> folder = spool::DropFolder::open(source_.config.path);
    if (folder) {
      source_.folder = std::make_shared<const spool::DropFolder>(std::move(*folder));
      identity_ = FolderIdentity::of(source_.config.path);
    } else {
      opened = fail(std::move(folder), "source " + source_.config.name);
    }
  };
  co_await run_on_worker(context_.workers, open);
  if (!opened) co_return opened;
  start_watching();
  needs_resume_ = true;
  co_return opened;
}

void IntakeLoop::start_watching() {
  Result<spool::WatchHint> hint = spool::WatchHint::open(source_.config.path);
  if (!hint) {
    log(context_.log, LogLevel::warning, "folder.not_watched", hint.error().message(),
        {{"source", source_.config.name}, {"rescan_ms", source_.config.rescan.count()}});
    return;
  }
  auto shared = std::make_shared<spool::WatchHint>(std::move(*hint));
  // The descriptor object closes what it is given: it gets a duplicate of its own.
  watched_ =
      std::make_unique<asio::posix::stream_descriptor>(context_.loop, dup(shared->descriptor()));
  spawn(context_.loop, watch(std::move(shared)));
}

asio::awaitable<void> IntakeLoop::watch(std::shared_ptr<spool::WatchHint> hint) {
  asio::posix::stream_descriptor& descriptor = *watched_;
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

asio::awaitable<IntakeLoop::Look> IntakeLoop::look() {
  Look look;
  const MonoTime now = context_.clock.now_mono();
  std::function<void()> work = [&] {
    if (FolderIdentity::of(source_.config.path) != identity_) {
      look.error = Error(Errc::not_found, "the drop folder or a part of it was moved or removed");
      return;
    }
    Result<spool::Listing> listing = source_.folder->list(kFilesPerLook);
    if (!listing) {
      look.error = std::move(listing.error());
      return;
    }
    look.listing = std::move(*listing);
    for (spool::Sighting& file : readiness_.look(look.listing.files, now)) {
      const Result<spool::DropFolder::Ends> ends = source_.folder->read_ends(file.name);
      if (!ends) {  // gone, held, or not for us: the next look knows more
        if (ends.error().code() == Errc::forbidden) look.unreadable.push_back(file.name);
        continue;
      }
      const format::Completeness complete = format::judge_completeness(ends->head, ends->tail);
      const bool is_complete = complete == format::Completeness::complete;
      if (!is_complete && readiness_.should_wait(file.name, now)) continue;
      look.ready.push_back(std::move(file));
    }
  };
  co_await run_on_worker(context_.workers, work);
  context_.observer.folder_listed(source_.config.name, cause_);
  context_.observer.files_waiting(source_.config.name, readiness_.waiting());
  last_look_ = context_.clock.now_mono();
  cause_ = "timer";
  co_return look;
}

asio::awaitable<void> IntakeLoop::run() {
  while (!is_stopping_) {
    if (is_folder_lost_) {
      is_folder_lost_ = false;
      Result<void> opened = co_await prepare();
      if (opened) {
        accepted_();  // results may wait for the folder
      } else {
        folder_failed(opened.error());
      }
    }
    if (needs_resume_) co_await resume();
    co_await take_arrivals();
    Look seen = co_await look();
    if (seen.error) {
      folder_failed(*seen.error);
    } else {
      note_odd(seen);
    }
    has_more_ = !seen.listing.is_complete;
    const bool took = !seen.ready.empty();
    if (took) co_await take(std::move(seen.ready));
    is_quiet_ = !took && readiness_.waiting() == 0 && !needs_resume_ && !has_more_;
    if (is_stopping_) break;
    if (!arriving_.empty()) continue;
    const std::optional<std::chrono::milliseconds> pause = until_next_look();
    co_await changed_.wait_for(pause);
    const auto since = context_.clock.now_mono() - last_look_;
    if (since < kLooksApart && !is_stopping_) {
      const std::optional<std::chrono::milliseconds> apart = kLooksApart;
      co_await changed_.wait_for(apart);
    }
  }
}

std::chrono::milliseconds IntakeLoop::until_next_look() const {
  std::chrono::milliseconds pause = source_.config.rescan;
  if (is_folder_lost_ || needs_resume_) pause = std::min(pause, kRetryDelay);
  if (has_more_) pause = kLooksApart;
  if (const auto next = readiness_.next_look()) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(*next - context_.clock.now_mono());
    pause = std::min(pause, std::max(left, std::chrono::milliseconds(0)));
  }
  return pause;
}

void IntakeLoop::folder_failed(const Error& error) {
  if (!is_folder_lost_) {
    log(context_.log, LogLevel::error, "folder.unusable", error.message(),
        {{"source", source_.config.name}, {"reason", to_string(error.code())}});
  }
  is_folder_lost_ = true;
}

asio::awaitable<void> IntakeLoop::take(std::vector<spool::Sighting> ready) {
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
  }
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
}

asio::awaitable<void> IntakeLoop::resume() {
  needs_resume_ = false;
  TakeResult result;
  std::function<void()> work = [&] { result = FileTaker(context_, source_).resume(); };
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

void IntakeLoop::note_odd(const Look& seen) {
  if (!noted_names_.empty()) {
    std::set<std::string_view> listed(seen.listing.odd.begin(), seen.listing.odd.end());
    for (const spool::Sighting& file : seen.listing.files) listed.insert(file.name);
    // What went away is new when it comes again.
    std::erase_if(noted_names_, [&](const std::string& name) { return !listed.contains(name); });
  }
  note_names(seen.listing.odd, "file.odd",
             "not a regular file: left where it is; only files are taken");
  note_names(seen.unreadable, "file.unreadable",
             "left where it is: the service's user may not read it; change its owner or mode");
}

void IntakeLoop::note_names(const std::vector<std::string>& names, std::string_view event,
                            const char* message) {
  for (const std::string& name : names) {
    if (noted_names_.size() >= kNamesNoted || !noted_names_.insert(name).second) continue;
    log(context_.log, LogLevel::warning, event, message,
        {{"source", source_.config.name}, {"file", printable(name)}});
  }
}

}  // namespace devicebatch::engine
