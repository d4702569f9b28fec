// engine/intake_loop.hpp - watches one drop folder and takes what is ready.
//
// Purpose:   inotify only says that a look is due; the listing is the truth.
// Lifecycle: run() ends after stop(), when no take is under way.
// Threading: the loop's thread; listing, renaming and reading on a worker.
#pragma once

#include "engine/take_files.hpp"
#include "spool/readiness.hpp"
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
  struct Look {
    spool::Listing listing;
    std::vector<spool::Sighting> ready;
    std::vector<std::string> unreadable;  // their permissions are in the way
    std::optional<Error> error;
  };
  struct Arriving {
    Arrival arrival;
    std::unique_ptr<spool::DropFolder::Inbound> inbound;
    std::optional<Result<void>> accepted;
    Wakeup decided;
  };
  asio::awaitable<Look> look();
  asio::awaitable<void> take_arrivals();
  using Groups = std::deque<std::vector<spool::Sighting>>;
  asio::awaitable<void> take(std::vector<spool::Sighting> ready);
  asio::awaitable<void> take_groups(Groups& groups);
  asio::awaitable<void> take_in_two_lanes(Groups& groups);
  asio::awaitable<void> take_group(std::vector<spool::Sighting> group);
  asio::awaitable<void> resume();
  asio::awaitable<void> watch(std::shared_ptr<spool::WatchHint> hint);
  void start_watching();
  void note_result(const TakeResult& result);
  // Says once, as long as it is there, what is left lying and why.
  void note_odd(const Look& seen);
  void note_names(const std::vector<std::string>& names, std::string_view event,
                  const char* message);
  void folder_failed(const Error& error);
  std::chrono::milliseconds until_next_look() const;

  Context& context_;
  Source& source_;
  std::function<void()> accepted_;
  spool::Readiness readiness_;
  Wakeup changed_;
  Wakeup lane_ended_;
  std::unique_ptr<asio::posix::stream_descriptor> watched_;
  FolderIdentity identity_;
  std::string_view cause_ = "start";
  bool needs_resume_ = false;
  bool is_folder_lost_ = false;
  bool is_stopping_ = false;
  bool is_quiet_ = false;  // the last look found nothing that waits
  bool has_more_ = false;  // the last listing was cut short
  MonoTime last_look_{};
  std::set<std::string> noted_names_;
  std::deque<std::shared_ptr<Arriving>> arriving_;
};

}  // namespace devicebatch::engine
