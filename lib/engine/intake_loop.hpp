// engine/intake_loop.hpp - watches one drop folder and takes what is ready.
//
// Purpose:   inotify only says that a look is due; the listing is the truth.
// Lifecycle: run() ends after stop(), when no take is under way.
// Threading: the loop's thread; listing, renaming and reading on a worker.
#pragma once

#include "engine/folder_look.hpp"
#include "engine/take_files.hpp"
#include "spool/watch_hint.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <deque>
#include <memory>
#include <set>

namespace devicebatch::engine {

class IntakeLoop {
 public:
  // `accepted` is called on the loop whenever submissions became pending.
  IntakeLoop(Context& context, Source& source, std::function<void()> accepted);

  // Opens the folder and resumes what was interrupted; before the daemon calls itself ready.
  asio::awaitable<Result<void>> prepare();
  asio::awaitable<void> run();
  void stop();

  // `submit`: takes a received file between two looks, so that no two hands read one file.
  asio::awaitable<Result<void>> accept(Arrival arrival,
                                       std::unique_ptr<spool::DropFolder::Inbound> inbound);

  // A look at once, whatever the hint says.
  void look_now() { changed_.raise(); }
  bool is_quiet() const { return is_quiet_; }

 private:
  struct Arriving {
    Arrival arrival;
    std::unique_ptr<spool::DropFolder::Inbound> inbound;
    std::optional<Result<void>> accepted;
    Wakeup decided;
  };
  asio::awaitable<bool> has_claims();
  asio::awaitable<void> reopen();
  asio::awaitable<void> work_once();
  asio::awaitable<Look> look();
  asio::awaitable<void> take_arrivals();
  using Groups = std::deque<std::vector<spool::Sighting>>;
  asio::awaitable<void> take(std::vector<spool::Sighting> ready);
  asio::awaitable<void> take_part(std::vector<spool::Sighting> ready);
  asio::awaitable<void> take_groups(Groups& groups);
  asio::awaitable<void> take_in_two_lanes(Groups& groups);
  asio::awaitable<void> take_group(std::vector<spool::Sighting> group);
  // What became urgent while others are taken.
  asio::awaitable<void> take_urgent();
  asio::awaitable<void> resume();
  asio::awaitable<void> prune();
  asio::awaitable<void> watch(std::shared_ptr<spool::WatchHint> hint);
  void start_watching();
  void note_result(const TakeResult& result);
  void note_claims(TakeResult& result);
  void look_ended();
  void refuse_arrivals(const Error& why);
  // Says once, as long as it is there, what is left lying and why.
  void note_look(const Look& seen);
  void note(const Notice& notice);
  void folder_failed(const Error& error);
  void folder_works();
  std::chrono::milliseconds until_next_look() const;

  Context& context_;
  Source& source_;
  std::function<void()> accepted_;
  FolderLook looks_;
  Wakeup changed_;
  Wakeup lane_ended_;
  std::shared_ptr<asio::posix::stream_descriptor> watched_;
  std::shared_ptr<spool::WatchHint> hint_;
  std::string_view cause_ = "start";
  bool needs_resume_ = false;
  bool is_folder_lost_ = false;
  std::string told_trouble_;  // of the folder, until it works again
  bool is_stopping_ = false;
  bool is_quiet_ = false;  // the last look found nothing that waits
  bool has_more_ = false;  // the last look took files: there may be more
  bool is_taking_urgent_ = false;
  bool is_looking_ = false;
  std::vector<TakeResult> unnoted_;  // of takes that ended during a look
  MonoTime reopened_at_{};
  MonoTime last_look_{};
  MonoTime next_prune_{};
  std::set<std::string> noted_names_;
  std::deque<std::shared_ptr<Arriving>> arriving_;
};

}  // namespace devicebatch::engine
