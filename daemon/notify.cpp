#include "daemon/notify.hpp"

#include <systemd/sd-daemon.h>

#include <cstdlib>

namespace devicebatch::daemon {

void notify_ready() {
  sd_notify(0, "READY=1");
}
void notify_reloading() {
  sd_notify(0, "RELOADING=1");
}
void notify_stopping() {
  sd_notify(0, "STOPPING=1");
}
void notify_status(const std::string& line) {
  sd_notify(0, ("STATUS=" + line).c_str());
}
void notify_watchdog() {
  sd_notify(0, "WATCHDOG=1");
}

std::optional<std::chrono::microseconds> watchdog_interval() {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
  return std::chrono::microseconds(microseconds);
}

bool has_service_manager() {
  return std::getenv("NOTIFY_SOCKET") != nullptr;
}

}  // namespace devicebatch::daemon
