// The kernel's timers, taken away from this program: time is ours, and setting them was half of
// what a seed cost. Asio looks at its own timers instead, each time it runs (epoll_reactor).
#include <cerrno>

extern "C" int timerfd_create(int, int) noexcept {
  errno = EINVAL;
  return -1;
}
