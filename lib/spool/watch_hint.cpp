#include "spool/watch_hint.hpp"

#include "base/text.hpp"

#include <sys/inotify.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace devicebatch::spool {
namespace {

constexpr std::uint32_t kEvents =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

// About 2,000 events a read.
constexpr std::size_t kReadBytes = 64 * 1024;

// The kernel's queue holds 16,384 events unless configured; a folder in which events arrive as fast
// as they are read must not keep us. The descriptor stays readable, so nothing is lost.
constexpr int kReadsMax = 32;

void take_in(std::string_view events, int folder, WatchHint::Drained& drained) {
  while (events.size() >= sizeof(inotify_event)) {
    inotify_event event;
    std::memcpy(&event, events.data(), sizeof event);
    events.remove_prefix(sizeof event + event.len);
    drained.saw_anything = true;
    if ((event.mask & IN_Q_OVERFLOW) != 0) drained.overflowed = true;
    if (event.wd != folder) continue;
    if ((event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)) != 0) {
      drained.folder_gone = true;
    }
  }
}

Result<int> add_watch(int inotify, const std::string& path) {
  const int watch = ::inotify_add_watch(inotify, path.c_str(), kEvents);
  if (watch >= 0) return watch;
  if (errno == ENOSPC) {
    return fail(Errc::full, "no more inotify watches; fix: raise fs.inotify.max_user_watches",
                ENOSPC);
  }
  return fail(system_error(errno, "watch " + printable(path)));
}

}  // namespace

Result<WatchHint> WatchHint::open(const std::string& path) {
  FileHandle inotify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!inotify && errno == EMFILE) {
    return fail(Errc::full, "no more inotify instances; fix: raise fs.inotify.max_user_instances",
                EMFILE);
  }
  if (!inotify) return fail(system_error(errno, "inotify"));
  auto watch = add_watch(inotify.descriptor(), path);
  if (!watch) return fail(std::move(watch.error()));
  return WatchHint(std::move(inotify), *watch);
}

Result<void> WatchHint::watch_also(const std::string& path) const {
  auto watch = add_watch(inotify_.descriptor(), path);
  if (!watch) return fail(std::move(watch.error()));
  return {};
}

WatchHint::Drained WatchHint::drain() {
  Drained drained;
  std::array<char, kReadBytes> buffer;
  for (int reads = 0; reads < kReadsMax; ++reads) {
    auto got = inotify_.read(buffer);
    if (!got || *got == 0) break;  // EAGAIN: nothing is pending
    take_in(std::string_view(buffer.data(), *got), folder_, drained);
  }
  return drained;
}

}  // namespace devicebatch::spool
